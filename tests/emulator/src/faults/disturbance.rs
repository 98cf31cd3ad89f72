//! The faults that meet one request, sorted by the point of the exchange at which they act.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderName, HeaderValue, header};
use serde_json::Value;

use super::fault::{FaultKind, Moment};
use super::page::PageFaults;
use crate::api::{ApiError, code_for, error_body};
use crate::serve::Answer;

/// How a connection ends before its answer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Reset,
    Close,
    Hang,
}

/// A connection that ends, or goes silent, at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) moment: Moment,
    pub(crate) manner: Manner,
}

/// All that happens to one exchange.
#[derive(Debug, Default)]
pub(crate) struct Disturbance {
    /// Words of the faults, for the journal.
    pub(crate) names: Vec<String>,
    pub(crate) delay: Duration,
    /// Answered instead of doing the operation.
    pub(crate) instead: Option<Answer>,
    /// Answered after the operation was done.
    pub(crate) after_effect: Option<Answer>,
    pub(crate) cut: Option<Cut>,
    pub(crate) malformed: bool,
    pub(crate) bom: bool,
    /// How many headers more, and of how many bytes.
    pub(crate) many_headers: Option<(usize, usize)>,
    /// What the body unpacks to.
    pub(crate) bomb: Option<usize>,
    pub(crate) bytes_per_second: Option<u64>,
    pub(crate) not_found_window: Option<Duration>,
    pub(crate) refuse_filter: bool,
    pub(crate) ignore_filter: bool,
    pub(crate) refuse_fields: bool,
    pub(crate) ignore_fields: bool,
    pub(crate) page: PageFaults,
}

impl Disturbance {
    /// Combines faults; of two that want the same place the first one wins.
    pub(crate) fn combine(faults: Vec<FaultKind>, now: SystemTime) -> Self {
        let mut whole = Self::default();
        for fault in faults {
            whole.names.push(fault.word());
            whole.add(fault, now);
        }
        whole
    }

    fn add(&mut self, fault: FaultKind, now: SystemTime) {
        match fault {
            FaultKind::Status { after_effect, .. } | FaultKind::Html { after_effect, .. } => {
                let place = if after_effect { &mut self.after_effect } else { &mut self.instead };
                place.get_or_insert_with(|| answer_of(fault, now));
            }
            FaultKind::RefusedButCreated { .. } => {
                self.after_effect.get_or_insert_with(|| answer_of(fault, now));
            }
            FaultKind::Redirect { .. } => {
                self.instead.get_or_insert_with(|| answer_of(fault, now));
            }
            FaultKind::Delay { ms } => self.delay += Duration::from_millis(ms),
            FaultKind::Reset { at } => self.cut(at, Manner::Reset),
            FaultKind::Close { at } => self.cut(at, Manner::Close),
            FaultKind::Hang { at } => self.cut(at, Manner::Hang),
            FaultKind::Truncate {} => self.cut(Moment::Body, Manner::Close),
            FaultKind::Malformed {} => self.malformed = true,
            FaultKind::Bom {} => self.bom = true,
            FaultKind::ManyHeaders { count, bytes } => self.many_headers = Some((count, bytes)),
            FaultKind::GzipBomb { bytes } => self.bomb = Some(bytes),
            FaultKind::Slow { bytes_per_second } => self.bytes_per_second = Some(bytes_per_second),
            FaultKind::NotFoundWindow { ms } => {
                self.not_found_window = Some(Duration::from_millis(ms));
            }
            FaultKind::RefuseFilter {} => self.refuse_filter = true,
            FaultKind::IgnoreFilter {} => self.ignore_filter = true,
            FaultKind::RefuseFields {} => self.refuse_fields = true,
            FaultKind::IgnoreFields {} => self.ignore_fields = true,
            other => self.page.add(other),
        }
    }

    fn cut(&mut self, moment: Moment, manner: Manner) {
        self.cut.get_or_insert(Cut { moment, manner });
    }

    /// The cut, if it comes at this moment.
    pub(crate) fn cut_at(&self, moment: Moment) -> Option<Cut> {
        self.cut.filter(|cut| cut.moment == moment)
    }
}

/// The ready answer of a status, HTML or redirect fault.
fn answer_of(fault: FaultKind, now: SystemTime) -> Answer {
    match fault {
        FaultKind::Html { status, .. } => Answer::html(status, &html_page(status)),
        FaultKind::RefusedButCreated { generic_quota } => {
            let refusal = if generic_quota { ApiError::generic_quota() } else { ApiError::bare_precondition() };
            Answer::json(refusal.http, &refusal.to_value(), false)
        }
        FaultKind::Redirect { location, status } => {
            let mut answer = Answer::html(status, "<html><body>Moved</body></html>");
            answer.set(header::LOCATION, &location);
            answer
        }
        FaultKind::Status { status, code, message, body, retry_after, retry_after_date, headers, .. } => {
            let mut answer = match body {
                Some(Value::String(text)) => Answer::text(status, text),
                Some(json) => Answer::json(status, &json, false),
                None => {
                    let code = code.unwrap_or_else(|| code_for(status).to_owned());
                    let message = message.unwrap_or_else(|| format!("Emulated fault: {code}."));
                    Answer::json(status, &error_body(status, &code, &message, &[]), false)
                }
            };
            if let Some(wait) = retry_after {
                let text = wait.as_str().map_or_else(|| wait.to_string(), str::to_owned);
                answer.set(header::RETRY_AFTER, &text);
            }
            if let Some(seconds) = retry_after_date {
                answer.set(header::RETRY_AFTER, &date_in(now, seconds));
            }
            for (name, value) in headers {
                let pair = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()));
                if let (Ok(name), Ok(value)) = pair {
                    answer.headers.insert(name, value);
                }
            }
            answer
        }
        _ => Answer::text(500, String::new()),
    }
}

fn date_in(now: SystemTime, seconds: i64) -> String {
    let step = Duration::from_secs(seconds.unsigned_abs());
    let then = if seconds < 0 { now - step } else { now + step };
    httpdate::fmt_http_date(then)
}

/// An error page as proxies and front ends send it.
pub(crate) fn html_page(status: u16) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error {status}</title>\n\
         <p><b>{status}.</b> <ins>That's an error.</ins>\n\
         <p>The server encountered a temporary error and could not complete your request.\n"
    )
}
