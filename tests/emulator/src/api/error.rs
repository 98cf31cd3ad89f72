//! Errors as Google's front end words them: code, message, status and typed details.

use serde_json::{Value, json};

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

    /// 400 INVALID_ARGUMENT that names the field and what is wrong with it.
    pub(crate) fn field(field: &str, description: impl Into<String>) -> Self {
        let description = description.into();
        Self::new(400, "INVALID_ARGUMENT", description.clone()).with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{ "field": field, "description": description }],
        }))
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

    pub(crate) fn missing_key() -> Self {
        Self::new(
            401,
            "UNAUTHENTICATED",
            "Request is missing required authentication credential. Expected OAuth 2 access token, \
             login cookie or other valid authentication credential.",
        )
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "CREDENTIALS_MISSING",
            "domain": "googleapis.com",
            "metadata": { "service": "jules.googleapis.com" },
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
