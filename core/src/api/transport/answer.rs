//! From an HTTP response to a result: which status is which error, what the server said of it, and what that means for
//! what was asked.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};

use super::call::Delivery;
use super::error_body::{ErrorBody, LONGEST_QUOTE};
use super::http::HttpResponse;
use super::request::Request;
use crate::api::ApiKey;
use crate::ground::error::{Answer, Error, ErrorKind, Limit, Quota};
use crate::ground::model::Timestamp;
use crate::ground::printable::cut;

/// The server's clock at the time of the answer, to the second.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Timestamp::from_system(date)
}

/// `Retry-After`, in seconds or as a date (counted from the answer's own date).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// The error that an answer other than 2xx stands for.
pub(super) fn error_of(response: &HttpResponse, request: &Request, url: &str, key: &ApiKey) -> Error {
    let said = ErrorBody::read(&response.body, key);
    let status = response.status;
    let kind = kind_of(status, &said);
    let message = match (&said.message, status) {
        (_, 300..=399) => format!(
            "the server redirected to {}; redirects are not followed",
            header(&response.headers, LOCATION.as_str()).map_or("an unknown location".to_owned(), |place| format!(
                "{:?}",
                cut(&key.redact(&place), LONGEST_QUOTE)
            ))
        ),
        (Some(message), _) => format!("the server said {:?}{}", message, said.violations()),
        (None, _) => match said.quote() {
            quote if quote.is_empty() => "the server gave no reason".to_owned(),
            quote => format!("the server answered {quote:?}"),
        },
    };
    let quota = Quota::read(request.operation.name(), &said.details);
    let limit = said.limit(request.operation).filter(|_| quota.as_ref().is_none_or(|quota| quota.per_minute.is_none()));
    let told = retry_after(&response.headers).or_else(|| quota.as_ref()?.retry_delay);
    // Who is told when to come back has come too often, whatever the words.
    let limit = limit.filter(|limit| *limit != Limit::Unknown || told.is_none());
    let error = Error::new(kind, message).with_limit(limit).with_answer(Answer {
        status: Some(status),
        code: said.code.clone(),
        details: said.details.clone(),
        method: Some(request.method().to_string()),
        url: Some(url.to_owned()),
        retry_after: told,
        request_id: request_id(&response.headers, key),
        is_googles: said.is_googles,
        quota: quota.map(Box::new),
    });
    match hint(kind, limit, &said) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The server's name for this exchange.
pub(super) fn request_id(headers: &HeaderMap, key: &ApiKey) -> Option<String> {
    let id =
        ["x-request-id", "x-goog-request-id", "x-guploader-uploadid"].iter().find_map(|name| header(headers, name))?;
    Some(cut(&key.redact(&id), LONGEST_QUOTE).into_owned())
}

/// What an answer other than 2xx means for what was asked. `known` is whether this server has answered well before: then a
/// page of a proxy that comes instead is passing trouble.
pub(super) fn effect(error: &Error, request: &Request, known: bool) -> Delivery {
    let operation = request.operation;
    let from_proxy = operation.reads() && known && !error.is_authoritative();
    let aborted = operation.is_idempotent() && (error.code() == Some("ABORTED") || !error.is_authoritative());
    match (error.status().unwrap_or_default(), error.limit()) {
        (429, Some(Limit::Unknown)) if !request.reports_full => Delivery::NotTaken,
        (_, Some(_)) => Delivery::Refused,
        (429, _) => Delivery::NotTaken,
        (408 | 425 | 499 | 500 | 502 | 503 | 504 | 520..=529, _) => Delivery::Perhaps,
        (409 | 412, _) if aborted => Delivery::Perhaps,
        (300..=399 | 401 | 403, _) if from_proxy => Delivery::Perhaps,
        // What failed in an unknown way may have done its work all the same.
        (500..=599, _) if from_proxy || !operation.reads() => Delivery::Perhaps,
        _ => Delivery::Refused,
    }
}

fn kind_of(status: u16, said: &ErrorBody) -> ErrorKind {
    let code = said.code.as_deref().unwrap_or_default();
    match status {
        401 | 403 => ErrorKind::Authentication,
        400 if said.has_reason("API_KEY_INVALID") => ErrorKind::Authentication,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        // Too early, and given up by a proxy: neither is about the request.
        425 | 499 => ErrorKind::Server,
        429 => ErrorKind::RateLimit,
        _ if matches!(code, "FAILED_PRECONDITION" | "ABORTED") => ErrorKind::Precondition,
        409 | 412 => ErrorKind::Precondition,
        400..=499 => ErrorKind::InvalidRequest,
        _ => ErrorKind::Server,
    }
}

fn hint(kind: ErrorKind, limit: Option<Limit>, said: &ErrorBody) -> Option<&'static str> {
    match kind {
        _ if limit == Some(Limit::Day) => Some("The plan's limit of sessions in 24 hours is reached."),
        _ if limit == Some(Limit::Slots) => {
            Some("The plan's limit of concurrent sessions is reached; wait for one to end, or start many with `all`.")
        }
        ErrorKind::Authentication => Some("Check the API key, and that it belongs to an account that may use Jules."),
        ErrorKind::NotFound if said.message.is_none() => {
            Some("The response is not from the Jules API: check the base URL if one is set.")
        }
        ErrorKind::RateLimit => Some("Too many requests in a short time; wait, or send fewer at once."),
        _ => None,
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::transport::request::Operation;
    use bytes::Bytes;
    use serde_json::json;

    fn error(status: u16, body: &str) -> Error {
        let response = HttpResponse { status, headers: HeaderMap::new(), body: Bytes::from(body.to_owned()) };
        let request = Request::new(Operation::SessionsGet, ["sessions", "1"]);
        error_of(&response, &request, "https://example.com/", &ApiKey::from("secret"))
    }

    #[test]
    fn each_status_has_its_kind() {
        for (status, kind) in [
            (301, ErrorKind::Server),
            (400, ErrorKind::InvalidRequest),
            (401, ErrorKind::Authentication),
            (403, ErrorKind::Authentication),
            (404, ErrorKind::NotFound),
            (409, ErrorKind::Precondition),
            (412, ErrorKind::Precondition),
            (425, ErrorKind::Server),
            (429, ErrorKind::RateLimit),
            (499, ErrorKind::Server),
            (503, ErrorKind::Server),
        ] {
            assert_eq!(error(status, "").kind(), kind, "{status}");
        }
    }

    #[test]
    fn googles_json_is_read_and_wrong_fields_are_named() {
        let body = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "bad", "details": [
            {"fieldViolations": [{"field": "automationMode", "description": "unknown value"}]}]}});
        let error = error(400, &body.to_string());
        assert_eq!(error.code(), Some("INVALID_ARGUMENT"));
        assert!(error.to_string().contains("automationMode: unknown value"), "{error}");
    }

    #[test]
    fn a_key_that_is_refused_as_invalid_argument_is_an_authentication_error() {
        let body = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "API key not valid.",
            "details": [{"reason": "API_KEY_INVALID"}]}});
        assert_eq!(error(400, &body.to_string()).kind(), ErrorKind::Authentication);
    }

    #[test]
    fn an_html_page_is_quoted_without_its_tags() {
        let error = error(502, "<html><h1>Bad gateway</h1></html>");
        assert!(error.to_string().ends_with("the server answered \"Bad gateway\" (HTTP 502)"), "{error}");
    }

    #[test]
    fn a_key_that_the_server_echoes_is_not_passed_on() {
        let error = error(400, r#"{"error": {"message": "key secret is bad", "details": [{"key": "secret"}]}}"#);
        assert!(!format!("{error:?} {error} {}", error.to_json()).contains("secret"));
    }

    #[test]
    fn a_full_plan_and_a_spent_day_are_told_apart() {
        let limit = |status: u16, code: &str, message: &str| {
            let body = json!({"error": {"status": code, "message": message}}).to_string();
            let response = HttpResponse { status, headers: HeaderMap::new(), body: Bytes::from(body) };
            let request = Request::new(Operation::SessionsCreate, ["sessions"]);
            let error = error_of(&response, &request, "https://example.com/", &ApiKey::from("secret"));
            let meaning = [false, true].map(|reports| effect(&error, &request.clone().reports_full(reports), true));
            (error.limit(), meaning)
        };
        let (refused, not_taken) = ([Delivery::Refused; 2], [Delivery::NotTaken; 2]);
        let unless_told = [Delivery::NotTaken, Delivery::Refused];
        for (status, code, message, wanted) in [
            (429, "RESOURCE_EXHAUSTED", "Too many active sessions", (Some(Limit::Slots), refused)),
            (400, "FAILED_PRECONDITION", "5 concurrent sessions", (Some(Limit::Slots), refused)),
            (429, "RESOURCE_EXHAUSTED", "Daily limit reached", (Some(Limit::Day), refused)),
            (
                429,
                "RESOURCE_EXHAUSTED",
                "Resource has been exhausted (e.g. check quota).",
                (Some(Limit::Unknown), unless_told),
            ),
            (400, "FAILED_PRECONDITION", "Precondition check failed.", (Some(Limit::Unknown), refused)),
            (429, "RESOURCE_EXHAUSTED", "Slow down", (None, not_taken)),
            (429, "", "", (None, not_taken)),
            (400, "FAILED_PRECONDITION", "The repository is empty", (None, refused)),
        ] {
            assert_eq!(limit(status, code, message), wanted, "{message}");
        }
    }

    #[test]
    fn each_answer_has_its_meaning_for_reads_and_effects() {
        use Delivery::{NotTaken, Perhaps, Refused};
        let google =
            |status: u16, code: &str| json!({"error": {"code": status, "status": code, "message": "m"}}).to_string();
        let refused = google(401, "UNAUTHENTICATED");
        let (aborted, exists) = (google(409, "ABORTED"), google(409, "ALREADY_EXISTS"));
        // status, body, whether the server is known → of a read, of a create
        for (status, body, known, read, create) in [
            (302, "", false, Refused, Refused),
            (302, "", true, Perhaps, Refused),
            (401, "<html>", true, Perhaps, Refused),
            (401, "<html>", false, Refused, Refused),
            (401, &refused, true, Refused, Refused),
            (403, r#"{"error":"login"}"#, true, Perhaps, Refused),
            (404, "<html>", true, Refused, Refused),
            (409, &aborted, true, Perhaps, Refused),
            (409, &exists, true, Refused, Refused),
            (412, "", true, Perhaps, Refused),
            (413, "", true, Refused, Refused),
            (425, "", true, Perhaps, Perhaps),
            (429, "", true, NotTaken, NotTaken),
            (499, "", true, Perhaps, Perhaps),
            (501, &google(501, "UNIMPLEMENTED"), true, Refused, Perhaps),
            (505, "", true, Perhaps, Perhaps),
            (511, "", false, Refused, Perhaps),
            (520, "", true, Perhaps, Perhaps),
            (529, "", false, Perhaps, Perhaps),
        ] {
            let error = error(status, body);
            let of = |operation| effect(&error, &Request::new(operation, ["sessions"]), known);
            let meaning = (of(Operation::SessionsList), of(Operation::SessionsCreate));
            assert_eq!(meaning, (read, create), "{status} {body} {known}");
        }
    }

    #[test]
    fn a_quota_of_a_minute_is_no_limit_of_the_plan_and_names_its_figures() {
        let body = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED",
            "message": "Quota exceeded: 100 active requests per minute, see per day", "details": [
            {"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "CreatePerMinute", "quota_limit_value": "120"}},
            {"retryDelay": "7s"}]}});
        let response = HttpResponse { status: 429, headers: HeaderMap::new(), body: body.to_string().into() };
        let request = Request::new(Operation::SessionsCreate, ["sessions"]);
        let error = error_of(&response, &request, "https://example.com/", &ApiKey::from("secret"));
        assert_eq!((error.limit(), error.retry_after()), (None, Some(Duration::from_secs(7))));
        let quota = error.quota().unwrap();
        assert_eq!((quota.operation, quota.per_minute), ("sessions.create", Some(120)));
    }

    #[test]
    fn only_googles_own_shape_has_authority() {
        for (body, googles) in [
            (r#"{"error": {"code": 404, "message": "m", "status": "NOT_FOUND"}}"#, true),
            (r#"[{"error": {"code": 404, "message": "m", "status": "NOT_FOUND"}}]"#, true),
            ("\u{feff}{\"error\": {\"code\": 404, \"status\": \"NOT_FOUND\"}}", true),
            (r#"{"error": "not found"}"#, false),
            (r#"{"error": {"message": "m"}}"#, false),
            ("<html>404</html>", false),
            ("", false),
        ] {
            assert_eq!(error(404, body).is_authoritative(), googles, "{body}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        headers.insert(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:40 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(3)));
    }
}
