//! Weight that is made as an answer is written and stored nowhere: text for outputs, names for branches.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::script::filler;

const BLOCK: usize = 64 * 1024;

/// Bytes that a made-up branch takes in an answer, about.
const BRANCH_BYTES: usize = 40;

/// Appends an output whose patch is so long.
pub(crate) fn add_output(session: &mut Value, source: Option<&str>, bytes: usize) {
    if bytes == 0 {
        return;
    }
    let mut change_set = json!({ "gitPatch": { "unidiffPatch": text(bytes) } });
    if let Some(source) = source {
        change_set["source"] = json!(source);
    }
    let output = json!({ "changeSet": change_set });
    match session["outputs"].as_array_mut() {
        Some(outputs) => outputs.push(output),
        None => session["outputs"] = json!([output]),
    }
}

/// Appends so many branches to a source.
pub(crate) fn add_branches(source: &mut Value, count: usize) {
    if count == 0 {
        return;
    }
    let made = (1..=count).map(|number| json!({ "displayName": format!("feature/made-up-{number:05}") }));
    match source["githubRepo"]["branches"].as_array_mut() {
        Some(branches) => branches.extend(made),
        None => source["githubRepo"]["branches"] = made.collect(),
    }
}

/// How many made-up branches weigh so much.
pub(crate) fn branches_of(bytes: usize) -> usize {
    bytes.div_ceil(BRANCH_BYTES)
}

fn text(bytes: usize) -> String {
    static MADE: OnceLock<String> = OnceLock::new();
    let block = MADE.get_or_init(|| filler(BLOCK));
    let mut text = block.repeat(bytes / BLOCK);
    text.push_str(&block[..bytes % BLOCK]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_is_what_was_asked_for() {
        let mut session = json!({ "outputs": [{ "pullRequest": {} }] });
        add_output(&mut session, Some("sources/a"), 200_000);
        assert_eq!(session["outputs"][1]["changeSet"]["gitPatch"]["unidiffPatch"].as_str().unwrap().len(), 200_000);
        let mut source = json!({ "githubRepo": {} });
        add_branches(&mut source, branches_of(40_000));
        assert_eq!(source["githubRepo"]["branches"].as_array().unwrap().len(), 1000);
    }
}
