//! What an engine's index of texts is made of: the runs of three letters in them. A row that has all runs of a term may have
//! the term; whoever asks looks at the row itself to be sure.

use crate::ground::model::SessionInfo;
use crate::ground::query::session_texts;

/// As many letters as one entry of an index has.
pub(super) const RUN: usize = 3;
/// So many runs tell rows apart well enough.
const ENOUGH: usize = 24;

/// The texts of a session in the server's JSON, folded.
pub(super) fn texts_of_session(body: &str) -> String {
    SessionInfo::from_wire(body).map(|info| session_texts(&info).join("\n")).unwrap_or_default()
}

/// The runs that a row must have which has all of the terms; none when the terms are too short to tell.
pub(super) fn runs(terms: &[String]) -> Vec<String> {
    let mut runs = Vec::new();
    for term in terms {
        let letters: Vec<char> = term.chars().collect();
        runs.extend(letters.windows(RUN).filter(|run| !run.contains(&'\0')).map(|run| run.iter().collect::<String>()));
    }
    runs.sort_unstable();
    runs.dedup();
    // Those that are dropped are spread over the terms as the rest is: by chance of the alphabet.
    let step = runs.len().div_ceil(ENOUGH).max(1);
    runs.into_iter().step_by(step).collect()
}
