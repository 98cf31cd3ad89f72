//! Errors as Google's front end words them: code, message, status and typed details.

use serde_json::{Value, json};

use crate::world::QuotaDetails;

/// A refusal that is answered as `{"error": {…}}`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) http: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) details: Vec<Value>,
}

/// Either an answer's JSON or a refusal.
pub(crate) type ApiResult = Result<Value, ApiError>;

impl ApiError {
    pub(crate) fn new(http: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { http, code, message: message.into(), details: Vec::new() }
    }

    pub(crate) fn with_detail(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "Requested entity was not found.")
    }

    pub(crate) fn precondition(message: impl Into<String>) -> Self {
        Self::new(400, "FAILED_PRECONDITION", message)
    }

    /// What a full plan answers, and other things too: not a word about what was missing.
    pub(crate) fn bare_precondition() -> Self {
        Self::precondition("Precondition check failed.")
    }

    /// The general words for any quota.
    pub(crate) fn generic_quota() -> Self {
        Self::new(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")
    }

    /// The general words for a request that makes no sense.
    pub(crate) fn invalid() -> Self {
        Self::new(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
    }

    /// 400 INVALID_ARGUMENT that says what is wrong, and names the field unless the name is empty.
    pub(crate) fn field(field: &str, description: impl Into<String>) -> Self {
        let description = description.into();
        let mut violation = json!({ "description": description });
        if !field.is_empty() {
            violation["field"] = json!(field);
        }
        Self::new(400, "INVALID_ARGUMENT", description).with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [violation],
        }))
    }

    /// A quota a minute is used up.
    pub(crate) fn over_quota(rpc: &str, limit: u32, details: QuotaDetails) -> Self {
        let message = format!(
            "Quota exceeded for quota metric '{rpc} requests' and limit '{rpc} requests per minute' of service \
             'jules.googleapis.com' for consumer 'project_number:424242424242'."
        );
        let refusal = Self::new(429, "RESOURCE_EXHAUSTED", message.clone());
        match details {
            QuotaDetails::QuotaFailure => refusal.with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{ "subject": "project:424242424242", "description": message }],
            })),
            QuotaDetails::ErrorInfo => refusal.with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "quota_limit": format!("{rpc}RequestsPerMinutePerProject"),
                    "quota_limit_value": limit.to_string(),
                    "service": "jules.googleapis.com",
                    "consumer": "projects/424242424242",
                },
            })),
            QuotaDetails::None => Self::generic_quota(),
        }
    }

    /// The key is unknown: Google answers 400, not 401.
    pub(crate) fn wrong_key() -> Self {
        Self::new(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.").with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": { "service": "jules.googleapis.com" },
        }))
    }

    /// No key, or one that can't be a key.
    pub(crate) fn missing_key(rpc: &str) -> Self {
        Self::new(
            401,
            "UNAUTHENTICATED",
            "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials \
             that assert a principal. See https://cloud.google.com/docs/authentication",
        )
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "CREDENTIALS_MISSING",
            "domain": "googleapis.com",
            "metadata": {
                "method": format!("google.labs.jules.v1alpha.JulesService.{rpc}"),
                "service": "jules.googleapis.com",
            },
        }))
    }

    pub(crate) fn to_value(&self) -> Value {
        error_body(self.http, self.code, &self.message, &self.details)
    }
}

/// The envelope of every JSON error.
pub(crate) fn error_body(http: u16, code: &str, message: &str, details: &[Value]) -> Value {
    let mut error = json!({ "code": http, "message": message, "status": code });
    if !details.is_empty() {
        error["details"] = Value::Array(details.to_vec());
    }
    json!({ "error": error })
}

/// The gRPC name that usually goes with an HTTP status.
pub(crate) fn code_for(http: u16) -> &'static str {
    match http {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        412 => "FAILED_PRECONDITION",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500..=599 => "INTERNAL",
        _ => "UNKNOWN",
    }
}
