//! A look at a session that has only some of the fields adds to what is known and takes nothing away.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The fields of both as they were sent, the newer one's where both have them; but outputs that are known stay.
pub(super) fn merge(known: &str, partial: &str) -> String {
    type Fields<'t> = BTreeMap<String, &'t RawValue>;
    let (Ok(mut fields), Ok(newer)) =
        (serde_json::from_str::<Fields<'_>>(known), serde_json::from_str::<Fields<'_>>(partial))
    else {
        return known.to_owned();
    };
    for (name, value) in newer {
        if name != "outputs" || !fields.contains_key("outputs") {
            fields.insert(name, value);
        }
    }
    serde_json::to_string(&fields).unwrap_or_else(|_| known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_look_adds_fields_as_they_were_sent_and_keeps_outputs() {
        let known = r#"{"id":"1","state":"A","outputs":[1e400],"x":{"b":1,  "a":"\ud800"}}"#;
        let merged = merge(known, r#"{"state":"B","outputs":[],"title":"t"}"#);
        assert_eq!(merged, r#"{"id":"1","outputs":[1e400],"state":"B","title":"t","x":{"b":1,  "a":"\ud800"}}"#);
        assert_eq!(merge("no json", "{}"), "no json");
        assert_eq!(merge(known, "[]"), known);
    }
}
