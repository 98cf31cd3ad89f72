//! Faults inside an answer's JSON: pages that repeat, are empty or in disorder, and words nobody knows.

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use super::fault::FaultKind;
use crate::api::Position;
use crate::serve::STRANGE_VALUE;

/// How a listing never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endless {
    /// Each page is empty and has a token that nobody saw before.
    New,
    /// The tokens of two pages lead to one another.
    Circle,
}

impl Endless {
    /// What the token of a page stands for that was asked for so.
    pub(crate) fn next(self, after: Option<Position>) -> Position {
        let number = after.map_or(0, |(_, number)| number);
        (0, if self == Self::Circle && number == 2 { 1 } else { number + 1 })
    }
}

/// What is changed in an answer before it is sent.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct PageFaults {
    pub(crate) duplicate: bool,
    pub(crate) shuffle: bool,
    pub(crate) repeat: bool,
    pub(crate) empty: bool,
    /// Tokens without an end: ever new ones, or two in a circle.
    pub(crate) endless: Option<Endless>,
    freeze_update_time: bool,
    vanish_outputs: bool,
    unknown_state: Option<String>,
    unknown_fields: bool,
    /// The text of a value that no `Value` can hold.
    pub(crate) strange: Option<String>,
}

impl PageFaults {
    pub(crate) fn add(&mut self, fault: FaultKind) {
        match fault {
            FaultKind::DuplicateItems {} => self.duplicate = true,
            FaultKind::ShuffleItems {} => self.shuffle = true,
            FaultKind::RepeatPage {} => self.repeat = true,
            FaultKind::EmptyPage {} => self.empty = true,
            FaultKind::EndlessPages { circle } => {
                self.endless = Some(if circle { Endless::Circle } else { Endless::New });
            }
            FaultKind::FreezeUpdateTime {} => self.freeze_update_time = true,
            FaultKind::VanishOutputs {} => self.vanish_outputs = true,
            FaultKind::UnknownState { state } => self.unknown_state = Some(state),
            FaultKind::UnknownFields {} => self.unknown_fields = true,
            FaultKind::StrangeValues { json } => self.strange = Some(json),
            _ => {}
        }
    }

    /// Doubles and disorders a page's items.
    pub(crate) fn disturb_items(&self, items: &mut Vec<Value>, random: &mut SmallRng) {
        if self.duplicate {
            let half = items.len().div_ceil(2);
            items.extend_from_within(..half);
        }
        if self.shuffle {
            items.shuffle(random);
        }
    }

    /// Changes every session and every object of a finished answer.
    pub(crate) fn disturb_answer(&self, answer: &mut Value) {
        match answer.get_mut("sessions").and_then(Value::as_array_mut) {
            Some(sessions) => sessions.iter_mut().for_each(|one| self.disturb_session(one)),
            None => self.disturb_session(answer),
        }
        if self.unknown_fields {
            add_to_all(answer, "fieldOfTomorrow", &json!({ "depth": 7, "words": ["not", "known"] }));
        }
        if self.strange.is_some() {
            add_to_all(answer, "strange", &json!(STRANGE_VALUE));
        }
    }

    fn disturb_session(&self, session: &mut Value) {
        if session.get("state").is_none() {
            return;
        }
        if let Some(state) = &self.unknown_state {
            session["state"] = json!(state);
        }
        if self.vanish_outputs
            && let Some(fields) = session.as_object_mut()
        {
            fields.remove("outputs");
        }
        if self.freeze_update_time {
            session["updateTime"] = session["createTime"].clone();
        }
    }
}

fn add_to_all(value: &mut Value, name: &str, more: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| add_to_all(item, name, more)),
        Value::Object(object) => {
            object.values_mut().for_each(|inner| add_to_all(inner, name, more));
            object.insert(name.to_owned(), more.clone());
        }
        _ => {}
    }
}
