//! One constructor for each kind of fault, for tests written in Rust.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fault::{Fault, FaultKind, Moment};
use crate::api::ApiError;

impl Fault {
    /// Answers this status with a Google-style error body, without any effect.
    pub fn status(status: u16) -> Self {
        Self::of(FaultKind::Status {
            status,
            code: None,
            message: None,
            body: None,
            retry_after: None,
            retry_after_date: None,
            headers: BTreeMap::new(),
            after_effect: false,
        })
    }

    /// Gives a `status` fault a body of its own: JSON, or a text as it is.
    #[must_use]
    pub fn body(mut self, content: impl Into<Value>) -> Self {
        if let FaultKind::Status { body, .. } = &mut self.kind {
            *body = Some(content.into());
        }
        self
    }

    /// Gives a `status` fault another gRPC code than the status suggests.
    #[must_use]
    pub fn code(mut self, word: &str) -> Self {
        if let FaultKind::Status { code, .. } = &mut self.kind {
            *code = Some(word.to_owned());
        }
        self
    }

    /// Gives a `status` fault a message of its own.
    #[must_use]
    pub fn message(mut self, text: &str) -> Self {
        if let FaultKind::Status { message, .. } = &mut self.kind {
            *message = Some(text.to_owned());
        }
        self
    }

    /// Gives a `status` fault a `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let FaultKind::Status { retry_after, .. } = &mut self.kind {
            *retry_after = Some(json!(seconds));
        }
        self
    }

    /// Gives a `status` fault a `Retry-After` as a date, so many seconds from now by the emulator's clock.
    #[must_use]
    pub fn retry_after_date(mut self, seconds: i64) -> Self {
        if let FaultKind::Status { retry_after_date, .. } = &mut self.kind {
            *retry_after_date = Some(seconds);
        }
        self
    }

    /// Lets a `status` or `html` fault answer after the operation has had its effect.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        if let FaultKind::Status { after_effect, .. } | FaultKind::Html { after_effect, .. } = &mut self.kind {
            *after_effect = true;
        }
        self
    }

    /// The bare refusal that stands for a full plan and for other things.
    pub fn bare_precondition() -> Self {
        let ApiError { http, code, message, .. } = ApiError::bare_precondition();
        Self::status(http).code(code).message(&message)
    }

    /// 429 in the general words of any quota.
    pub fn generic_quota() -> Self {
        let ApiError { http, code, message, .. } = ApiError::generic_quota();
        Self::status(http).code(code).message(&message)
    }

    /// A create that is taken and yet answered as by a full plan: 400 without a word about sessions. Only for `sessions.create`.
    pub fn refused_but_created() -> Self {
        Self::of(FaultKind::RefusedButCreated { generic_quota: false }).on("sessions.create")
    }

    /// The same, answered 429 in the general words of any quota.
    pub fn over_quota_but_created() -> Self {
        Self::of(FaultKind::RefusedButCreated { generic_quota: true }).on("sessions.create")
    }

    /// A proxy's HTML error page.
    pub fn html(status: u16) -> Self {
        Self::of(FaultKind::Html { status, after_effect: false })
    }

    /// 302 to another place.
    pub fn redirect(location: &str) -> Self {
        Self::of(FaultKind::Redirect { location: location.to_owned(), status: 302 })
    }

    /// Waits before doing anything.
    pub fn delay(milliseconds: u64) -> Self {
        Self::of(FaultKind::Delay { ms: milliseconds })
    }

    /// Resets the connection (RST).
    pub fn reset(at: Moment) -> Self {
        Self::of(FaultKind::Reset { at })
    }

    /// Closes the connection in an orderly way (FIN), where nobody expects it.
    pub fn close(at: Moment) -> Self {
        Self::of(FaultKind::Close { at })
    }

    /// Goes silent and keeps the connection open.
    pub fn hang(at: Moment) -> Self {
        Self::of(FaultKind::Hang { at })
    }

    /// Half the body, then the end of the connection.
    pub fn truncate() -> Self {
        Self::of(FaultKind::Truncate {})
    }

    /// A complete body that isn't valid JSON.
    pub fn malformed() -> Self {
        Self::of(FaultKind::Malformed {})
    }

    /// A UTF-8 byte order mark before the body.
    pub fn bom() -> Self {
        Self::of(FaultKind::Bom {})
    }

    /// The body drips at this pace.
    pub fn slow(bytes_per_second: u64) -> Self {
        Self::of(FaultKind::Slow { bytes_per_second })
    }

    /// Activities answer 404 until the session is so old.
    pub fn not_found_window(milliseconds: u64) -> Self {
        Self::of(FaultKind::NotFoundWindow { ms: milliseconds })
    }

    /// 400 for any request with a `filter`.
    pub fn refuse_filter() -> Self {
        Self::of(FaultKind::RefuseFilter {})
    }

    /// The filter is accepted and has no effect.
    pub fn ignore_filter() -> Self {
        Self::of(FaultKind::IgnoreFilter {})
    }

    /// 400 for any request with `fields`.
    pub fn refuse_fields() -> Self {
        Self::of(FaultKind::RefuseFields {})
    }

    /// `fields` is accepted and has no effect.
    pub fn ignore_fields() -> Self {
        Self::of(FaultKind::IgnoreFields {})
    }

    /// Some items of a page come twice.
    pub fn duplicate_items() -> Self {
        Self::of(FaultKind::DuplicateItems {})
    }

    /// A page's items come in wrong order.
    pub fn shuffle_items() -> Self {
        Self::of(FaultKind::ShuffleItems {})
    }

    /// The token of this page leads to this page again. Use with `times` or `nth`.
    pub fn repeat_page() -> Self {
        Self::of(FaultKind::RepeatPage {})
    }

    /// A page without items, with a token that leads on. Use with `times` or `nth`.
    pub fn empty_page() -> Self {
        Self::of(FaultKind::EmptyPage {})
    }

    /// Empty pages, each with a new token that leads to the next.
    pub fn endless_pages() -> Self {
        Self::of(FaultKind::EndlessPages { circle: false })
    }

    /// The tokens of two pages lead to one another.
    pub fn circular_pages() -> Self {
        Self::of(FaultKind::EndlessPages { circle: true })
    }

    /// Sessions are shown with `updateTime` as at creation.
    pub fn freeze_update_time() -> Self {
        Self::of(FaultKind::FreezeUpdateTime {})
    }

    /// Sessions are shown without their outputs.
    pub fn vanish_outputs() -> Self {
        Self::of(FaultKind::VanishOutputs {})
    }

    /// Sessions are shown in a state that no document names.
    pub fn unknown_state(state: &str) -> Self {
        Self::of(FaultKind::UnknownState { state: state.to_owned() })
    }

    /// Every object of an answer carries a field that no document names.
    pub fn unknown_fields() -> Self {
        Self::of(FaultKind::UnknownFields {})
    }

    /// Every object has a field with this value, as it is written: `1e999`, or nesting without an end.
    pub fn strange_values(json: &str) -> Self {
        Self::of(FaultKind::StrangeValues { json: json.to_owned() })
    }

    /// So many headers more than an answer has, each of so many bytes.
    pub fn many_headers(count: usize, bytes: usize) -> Self {
        Self::of(FaultKind::ManyHeaders { count, bytes })
    }

    /// A body of a few kilobytes that unpacks to so many bytes of small values.
    pub fn gzip_bomb(bytes: usize) -> Self {
        Self::of(FaultKind::GzipBomb { bytes })
    }

    /// An activity, as it is created, becomes visible only so much later, behind newer ones.
    pub fn late(milliseconds: u64) -> Self {
        Self::of(FaultKind::Late { ms: milliseconds })
    }

    /// An activity, as it is created, is listed without its content at first, and whole only so much later.
    pub fn empty_first(milliseconds: u64) -> Self {
        Self::of(FaultKind::EmptyFirst { ms: milliseconds })
    }

    /// An activity, as it is created, gets half of a character (the escape `\ud83d`) in its text.
    pub fn cut_surrogate() -> Self {
        Self::of(FaultKind::CutSurrogate {})
    }

    /// An activity, as it is created, gets the time of the one before.
    pub fn equal_time() -> Self {
        Self::of(FaultKind::EqualTime {})
    }

    /// An activity, as it is created, gets an event that no document names.
    pub fn unknown_event() -> Self {
        Self::of(FaultKind::UnknownEvent {})
    }

    /// An activity, as it is created, gets an artifact that no document names.
    pub fn unknown_artifact() -> Self {
        Self::of(FaultKind::UnknownArtifact {})
    }

    /// An activity, as it is created, gets a bash output of so many bytes.
    pub fn huge(bytes: usize) -> Self {
        Self::of(FaultKind::Huge { bytes })
    }
}
