//! What can go wrong, and on which requests: the data of a fault, its builder and its JSON form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::OPERATION_NAMES;

/// A disturbance and the requests it meets.
///
/// ```
/// use jules_emulator::Fault;
///
/// let busy = Fault::status(503).retry_after(2).on("activities.list").times(3);
/// let torn = Fault::truncate().on("sessions.*").nth(4);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    #[serde(flatten)]
    pub(crate) selector: Selector,
    #[serde(flatten)]
    pub(crate) kind: FaultKind,
}

/// Which requests a fault meets; all conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Selector {
    /// Operation, `*` matches any part: `activities.list`, `sessions.*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// Path below the version, `*` matches any part: `/sessions/*/activities`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<String>,
    /// So many matching requests pass first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skip: Option<u32>,
    /// Only each nth matching request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nth: Option<u32>,
    /// At most so often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u32>,
    /// 0 to 1, by the emulator's seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
}

const SELECTOR_KEYS: &[&str] = &["on", "method", "path", "session", "skip", "nth", "times", "probability"];

/// When a connection is cut or goes silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Moment {
    /// Before the operation has any effect.
    #[default]
    Before,
    /// The operation is done, but nothing of the answer is sent.
    AfterEffect,
    /// After the answer's headers.
    Headers,
    /// In the middle of the answer's body.
    Body,
}

/// The disturbance itself. See the README's table for each one's meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum FaultKind {
    Status {
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// JSON is sent as JSON, a text as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
        /// Seconds as a number, or any text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<Value>,
        /// `Retry-After` as a date so many seconds from now, by the emulator's clock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_date: Option<i64>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        after_effect: bool,
    },
    /// The answer of a full plan to a create that was taken all the same.
    RefusedButCreated {
        #[serde(default)]
        generic_quota: bool,
    },
    Html {
        #[serde(default = "bad_gateway")]
        status: u16,
        #[serde(default)]
        after_effect: bool,
    },
    Redirect {
        location: String,
        #[serde(default = "found")]
        status: u16,
    },
    Delay {
        ms: u64,
    },
    Reset {
        #[serde(default)]
        at: Moment,
    },
    Close {
        #[serde(default)]
        at: Moment,
    },
    Hang {
        #[serde(default)]
        at: Moment,
    },
    Truncate {},
    Malformed {},
    Bom {},
    Slow {
        bytes_per_second: u64,
    },
    NotFoundWindow {
        ms: u64,
    },
    RefuseFilter {},
    IgnoreFilter {},
    RefuseFields {},
    IgnoreFields {},
    DuplicateItems {},
    ShuffleItems {},
    RepeatPage {},
    EmptyPage {},
    EndlessPages {
        #[serde(default)]
        circle: bool,
    },
    FreezeUpdateTime {},
    VanishOutputs {},
    UnknownState {
        #[serde(default = "dreaming")]
        state: String,
    },
    UnknownFields {},
    /// In every object a field whose value is this text, as it is.
    StrangeValues {
        json: String,
    },
    /// So many headers more than an answer has, each of so many bytes.
    ManyHeaders {
        count: usize,
        #[serde(default)]
        bytes: usize,
    },
    /// A body of a few kilobytes that unpacks to so many bytes of small values.
    GzipBomb {
        bytes: usize,
    },
    Late {
        ms: u64,
    },
    EmptyFirst {
        ms: u64,
    },
    CutSurrogate {},
    EqualTime {},
    UnknownEvent {},
    UnknownArtifact {},
    Huge {
        bytes: usize,
    },
}

fn bad_gateway() -> u16 {
    502
}

fn found() -> u16 {
    302
}

fn dreaming() -> String {
    "DREAMING".to_owned()
}

impl FaultKind {
    /// These change activities as they are created, the others answers to requests.
    pub(crate) fn is_about_activities(&self) -> bool {
        matches!(
            self,
            Self::Late { .. }
                | Self::EmptyFirst { .. }
                | Self::CutSurrogate {}
                | Self::EqualTime {}
                | Self::UnknownEvent {}
                | Self::UnknownArtifact {}
                | Self::Huge { .. }
        )
    }

    /// The word in its `kind` field.
    pub(crate) fn word(&self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value["kind"].as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl Fault {
    pub(crate) fn of(kind: FaultKind) -> Self {
        Self { selector: Selector::default(), kind }
    }

    /// Reads the JSON form, `{"kind": "status", "status": 503, "on": "activities.list", "times": 2}` for instance.
    ///
    /// # Errors
    /// Says which word isn't known.
    pub fn from_json(value: Value) -> Result<Self, String> {
        let Value::Object(object) = value else {
            return Err("a fault is a JSON object with a `kind`".to_owned());
        };
        let (selector, kind): (Map<_, _>, Map<_, _>) =
            object.into_iter().partition(|(key, _)| SELECTOR_KEYS.contains(&key.as_str()));
        let selector: Selector = serde_json::from_value(Value::Object(selector)).map_err(|error| error.to_string())?;
        let named = selector.on.as_deref().filter(|on| !on.contains('*'));
        if let Some(on) = named.filter(|on| !OPERATION_NAMES.contains(on)) {
            return Err(format!("there is no operation '{on}'; there are {}", OPERATION_NAMES.join(", ")));
        }
        let kind = serde_json::from_value(Value::Object(kind)).map_err(|error| error.to_string())?;
        Ok(Self { selector, kind })
    }

    /// Only this operation; `*` matches any part (`activities.list`, `sessions.*`).
    #[must_use]
    pub fn on(mut self, operation: &str) -> Self {
        self.selector.on = Some(operation.to_owned());
        self
    }

    /// Only this HTTP method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.selector.method = Some(method.to_owned());
        self
    }

    /// Only paths (below the version) like this one; `*` matches any part.
    #[must_use]
    pub fn path(mut self, glob: &str) -> Self {
        self.selector.path = Some(glob.to_owned());
        self
    }

    /// Only what is about this session id.
    #[must_use]
    pub fn session(mut self, id: &str) -> Self {
        self.selector.session = Some(id.to_owned());
        self
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, count: u32) -> Self {
        self.selector.skip = Some(count);
        self
    }

    /// Only each nth matching request.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.selector.nth = Some(nth);
        self
    }

    /// At most so often; without it, as long as the fault is there.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.selector.times = Some(times);
        self
    }

    /// Only with this probability (0 to 1), drawn from the emulator's seed.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.selector.probability = Some(probability);
        self
    }
}
