//! An item that is too large even alone: asked for without what makes it so, and marked, so that its user sees that something
//! is missing.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::api::transport::{FromBody, Operation, Request, raw};

/// All of a session but its outputs.
pub(super) const SESSIONS: &str = "sessions(id,name,title,prompt,state,url,createTime,updateTime,archived,sourceContext,\
    requirePlanApproval,automationMode),nextPageToken";
const SESSION: &str = "id,name,title,prompt,state,url,createTime,updateTime,archived,sourceContext,requirePlanApproval,\
    automationMode";
const ACTIVITIES: &str = "activities(id,name,createTime,originator,description,agentMessaged,userMessaged,planGenerated,\
    planApproved,progressUpdated,sessionCompleted,sessionFailed),nextPageToken";
const ACTIVITY: &str = "id,name,createTime,originator,description,agentMessaged,userMessaged,planGenerated,planApproved,\
    progressUpdated,sessionCompleted,sessionFailed";

/// The text of an answer, unread.
pub(super) struct Text(pub(super) String);

impl FromBody for Text {
    fn read(text: &str, _: &Request) -> Result<Self, String> {
        raw(text).map(|raw| Self(raw.get().to_owned()))
    }
}

/// What to ask for, and the list that is left out.
pub(super) fn of(operation: Operation) -> Option<(&'static str, &'static str)> {
    match operation {
        Operation::SessionsList => Some((SESSIONS, "outputs")),
        Operation::SessionsGet => Some((SESSION, "outputs")),
        Operation::ActivitiesList => Some((ACTIVITIES, "artifacts")),
        Operation::ActivitiesGet => Some((ACTIVITY, "artifacts")),
        _ => None,
    }
}

/// The answer, with one thing of an unknown kind in the list that was left out: it says how large the whole is.
pub(super) fn with_mark(text: &str, operation: Operation, bytes: u64) -> Option<String> {
    let (_, member) = of(operation)?;
    let mark = format!("\"{member}\":[{{\"tooLarge\":{bytes}}}]");
    let marked = |item: &str| Some(format!("{{{mark},{}", item.trim_start().strip_prefix('{')?));
    let list = match operation {
        Operation::SessionsList => "sessions",
        Operation::ActivitiesList => "activities",
        _ => return marked(text),
    };
    let mut page: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
    let Some(items) = page.get(list) else { return Some(text.to_owned()) };
    let items: Vec<&RawValue> = serde_json::from_str(items.get()).ok()?;
    let items: Option<Vec<_>> = items.into_iter().map(|item| marked(item.get())).collect();
    let items = RawValue::from_string(format!("[{}]", items?.join(","))).ok()?;
    page.insert(list.to_owned(), items);
    serde_json::to_string(&page).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::model::{Activity, Artifact, SessionInfo, SessionOutput};
    use serde_json::json;

    #[test]
    fn what_was_left_out_is_there_as_something_unknown_that_says_its_size() {
        let item = with_mark(r#"{"id": "1", "progressUpdated": {}}"#, Operation::ActivitiesGet, 7).unwrap();
        let raw = json!({"tooLarge": 7});
        let activity = Activity::from_wire(&item).unwrap();
        assert_eq!(
            (activity.kind(), &activity.artifacts),
            ("progressUpdated", &vec![Artifact::Unknown { raw: raw.clone() }])
        );
        let page = r#"{"sessions": [ {"id": "1"}], "nextPageToken": "n"}"#;
        let page: serde_json::Value =
            serde_json::from_str(&with_mark(page, Operation::SessionsList, 7).unwrap()).unwrap();
        assert_eq!(page["nextPageToken"], "n");
        let info = SessionInfo::from_wire(&page["sessions"][0].to_string()).unwrap();
        assert_eq!((info.id.as_str(), info.outputs), ("1", vec![SessionOutput::Unknown { raw }]));
    }

    #[test]
    fn an_empty_page_stays_empty_and_what_has_no_large_part_is_not_asked_for_again() {
        assert_eq!(with_mark("{}", Operation::ActivitiesList, 7).as_deref(), Some("{}"));
        assert!(of(Operation::SourcesList).is_none());
    }
}
