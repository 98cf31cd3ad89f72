//! The query string: an operation's own parameters and Google's system parameters.

use super::error::ApiError;
use super::fields::Mask;
use super::operation::Operation;
use super::schema::camel_case;

/// System parameters that are accepted and have no effect here.
const IGNORED: &[&str] =
    &["key", "access_token", "oauth_token", "callback", "quotaUser", "uploadType", "upload_protocol", "$.xgafv"];

/// A request's parameters, checked for the operation.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) page_size: Option<String>,
    pub(crate) page_token: Option<String>,
    pub(crate) filter: Option<String>,
    pub(crate) fields: Option<Mask>,
    /// Answers come indented unless the client says false.
    pub(crate) compact: bool,
}

impl Query {
    /// Reads name and value pairs; what the operation doesn't know is refused.
    pub(crate) fn parse(
        pairs: &[(String, String)],
        operation: &Operation,
        ignore_fields: bool,
    ) -> Result<Self, ApiError> {
        let mut query = Self::default();
        for (name, value) in pairs {
            let plain = name.strip_prefix('$').unwrap_or(name);
            let camel = camel_case(plain);
            if operation.parameters().contains(&camel.as_str()) {
                query.set(&camel, value);
                continue;
            }
            match plain {
                "fields" if ignore_fields || value.is_empty() => {}
                "fields" => query.fields = Some(Mask::parse(value, operation.answer_type())?),
                "prettyPrint" => query.compact = !flag(name, value)?,
                "alt" if value == "json" => {}
                "alt" => return Err(invalid_value("alt", value)),
                _ if IGNORED.contains(&name.as_str()) => {}
                _ => return Err(unknown_parameter(name)),
            }
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, value: &str) {
        let slot = match name {
            "pageSize" => &mut self.page_size,
            "pageToken" => &mut self.page_token,
            _ => &mut self.filter,
        };
        *slot = Some(value.to_owned());
    }
}

fn flag(name: &str, value: &str) -> Result<bool, ApiError> {
    match value {
        "" | "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(invalid_value(name, value)),
    }
}

fn invalid_value(name: &str, value: &str) -> ApiError {
    ApiError::field(name, format!("Invalid value at '{name}', \"{value}\""))
}

pub(crate) fn unknown_parameter(name: &str) -> ApiError {
    ApiError::field(
        name,
        format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. \
             Field '{name}' could not be found in request message."
        ),
    )
}
