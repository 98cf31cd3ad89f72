//! Applying a patch to a directory, and telling the user what stands in the way.

use std::path::{Path, PathBuf};

use super::change::ParsedPatch;
use super::commit;
use super::plan::{Plan, read_entry};
use super::read::{FilePatch, Patch, Sort};
use super::safety;
use crate::ground::error::{Error, ErrorKind, Result};

/// Applies a patch, all of it or nothing. `base_commit` is what it was made for; may be empty.
pub(crate) fn apply_to(text: &str, base_commit: &str, directory: &Path) -> Result<ParsedPatch> {
    let text = Patch::complete(text);
    let patch = readable(&text)?;
    let doing = || format!("applying the changes to {}", directory.display());
    let place = existing(directory).map_err(|error| error.while_doing(doing()))?;
    let applied = Plan::of(&patch, &place)
        .map_err(|error| explain(error, &patch, &place, base_commit))
        .and_then(|plan| commit::carry_out(&plan, &place));
    applied.map_err(|error| error.while_doing(doing()))?;
    Ok(ParsedPatch::of(&patch))
}

/// What the patch's files will hold when it is applied to the directory, or hold already because it has been; in its
/// order; empty for files that it deletes and for what is no text.
pub(crate) fn contents_in(text: &str, base_commit: &str, directory: &Path) -> Result<Vec<String>> {
    let text = Patch::complete(text);
    let patch = readable(&text)?;
    let doing = || format!("working out the changed files of {}", directory.display());
    let place = existing(directory).map_err(|error| error.while_doing(doing()))?;
    let plan = match Plan::of(&patch, &place) {
        Ok(plan) => Some(plan),
        Err(_) if Plan::of(&patch.reversed(), &place).is_ok() => None,
        Err(error) => return Err(explain(error, &patch, &place, base_commit).while_doing(doing())),
    };
    let content = |file: &FilePatch<'_>| {
        let path = safety::to_path(&file.new);
        let entry = match &plan {
            Some(plan) => plan.written.get(&path).cloned(),
            None => read_entry(&place.join(path)).map_err(|error| error.while_doing(doing()))?,
        };
        let kept = entry.filter(|_| file.sort != Sort::Delete);
        Ok(kept.and_then(|entry| String::from_utf8(entry.content).ok()).unwrap_or_default())
    };
    patch.files.iter().map(content).collect()
}

fn readable(text: &str) -> Result<Patch<'_>> {
    let patch = Patch::read(text);
    if patch.files.is_empty() && !text.trim().is_empty() {
        return Err(Error::new(ErrorKind::Patch, "no changes to files can be found in the patch"));
    }
    Ok(patch)
}

fn existing(directory: &Path) -> Result<PathBuf> {
    let place = directory.canonicalize().map_err(|cause| {
        Error::new(ErrorKind::Patch, format!("the directory can't be opened: {cause}")).with_source(cause)
    })?;
    if place.is_dir() { Ok(place) } else { Err(Error::new(ErrorKind::Patch, "this is no directory")) }
}

/// Says when the patch is there already, and else where it would fit.
fn explain(error: Error, patch: &Patch<'_>, place: &Path, base_commit: &str) -> Error {
    if Plan::of(&patch.reversed(), place).is_ok() {
        return Error::new(ErrorKind::Patch, "they are there already, to the last one")
            .with_hint("There is nothing to do; nothing was changed.");
    }
    if error.has_hint() {
        return error;
    }
    let state = match base_commit {
        "" => "in the state that the changes were made for".to_owned(),
        commit => format!("at commit {commit}, for which the changes were made"),
    };
    error.with_hint(format!("Nothing was changed. Apply the changes to a checkout {state}."))
}
