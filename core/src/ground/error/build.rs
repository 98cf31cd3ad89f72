//! How an error is made, piece by piece.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Answer, Error, ErrorKind, Inner, Mistake, Quota};

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            hint: None,
            retryable: matches!(kind, ErrorKind::Network | ErrorKind::RateLimit | ErrorKind::Server),
            limit: None,
            limit_figures: None,
            answer: Answer::default(),
            attempts: None,
            session_id: None,
            too_large: None,
            attachments: Vec::new(),
            mistake: None,
            file: None,
            hunk: None,
            source: None,
        }))
    }

    /// A custom error, such as [`Jules::all`](crate::Jules::all)'s `map` gives for an item that it can't describe:
    /// of the kind [`Config`](ErrorKind::Config).
    pub fn custom(message: impl Into<String>) -> Self {
        Self::config(message)
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn store(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Store, message)
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the client is closed").with_hint("Make a new one.")
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same with other texts, such as those without the key, in what quotes what the caller gave.
    pub(crate) fn with_texts(mut self, change: impl Fn(&str) -> String) -> Self {
        let inner = &mut *self.0;
        inner.message = change(&inner.message);
        inner.hint = inner.hint.take().map(|hint| Cow::Owned(change(&hint)));
        for text in [&mut inner.session_id, &mut inner.file] {
            *text = text.take().map(|text| change(&text));
        }
        if let Some(mistake) = inner.mistake.take() {
            inner.mistake = Some(Box::new(mistake.with_texts(&change)));
        }
        self
    }

    /// Says what was being done; the innermost wording wins, for it knows best.
    pub(crate) fn while_doing(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        if self.0.operation.is_none() {
            self.0.operation = Some(operation.into());
        }
        self
    }

    pub(crate) fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Says what the call was waiting for in the end.
    pub(crate) fn while_waiting_for(mut self, what: &str) -> Self {
        self.0.message = format!("{} while waiting for {what}", self.0.message);
        self
    }

    /// Says that this failure, which a call was trying to get over, stands behind it.
    pub(crate) fn because_of(mut self, last: Self) -> Self {
        self.0.message = format!("{}; the latest attempt failed: {}", self.0.message, last.0.message);
        self.0.attempts = last.0.attempts;
        self.0.answer = last.0.answer.clone();
        self.with_source(last)
    }

    pub(crate) fn with_answer(mut self, answer: Answer) -> Self {
        self.0.answer = answer;
        self
    }

    pub(crate) fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Marks it as what remains after this many attempts: nobody above needs to try again, unless the server named a
    /// time or a limit of the plan that others free.
    pub(crate) fn spent(mut self, attempts: u32) -> Self {
        self.0.attempts = Some(attempts);
        let told_when = self.0.kind == ErrorKind::RateLimit && self.0.answer.retry_after.is_some();
        self.0.retryable = told_when || self.0.limit.is_some();
        self
    }

    /// Says which session it is about; the innermost wins.
    pub(crate) fn in_session(mut self, id: impl Into<String>) -> Self {
        self.0.session_id.get_or_insert_with(|| id.into());
        self
    }

    /// Fills in the id of an earlier answer where the last attempt had none.
    pub(crate) fn or_request_id(mut self, earlier: Option<&str>) -> Self {
        let id = &mut self.0.answer.request_id;
        *id = id.take().or_else(|| earlier.map(str::to_owned));
        self
    }

    /// Marks an answer that is larger than what is read: so many bytes, as far as they were counted.
    pub(crate) fn with_too_large(mut self, bytes: Option<u64>) -> Self {
        self.0.too_large = bytes;
        self
    }

    /// How large the answer was, when it was larger than what is read.
    pub(crate) fn too_large(&self) -> Option<u64> {
        self.0.too_large
    }

    /// Whether Google itself said so, in its own shape, and no proxy in between.
    pub(crate) fn is_authoritative(&self) -> bool {
        self.0.answer.is_googles
    }

    /// The quota that was exceeded, where the answer names one.
    pub(crate) fn quota(&self) -> Option<&Quota> {
        self.0.answer.quota.as_deref()
    }

    pub(crate) fn with_mistake(mut self, mistake: Mistake) -> Self {
        self.0.mistake = Some(Box::new(mistake));
        self
    }

    /// Says which file of a patch it is about.
    pub(crate) fn in_file(mut self, path: impl Into<String>) -> Self {
        self.0.file = Some(path.into());
        self
    }

    /// Says which hunk of the file it is about, from 1.
    pub(crate) fn in_hunk(mut self, number: u64) -> Self {
        self.0.hunk = Some(number);
        self
    }

    pub(crate) fn has_hint(&self) -> bool {
        self.0.hint.is_some()
    }
}
