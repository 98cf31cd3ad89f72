//! Applying a patch to a directory, and telling the user what stands in the way.

use std::io;
use std::path::Path;

use super::bound::Bound;
use super::change::ParsedPatch;
use super::checkout::Checkout;
use super::commit;
use super::fault::patch_error;
use super::plan::{Plan, read_entry};
use super::read::{Patch, Sort};
use super::safety;
use crate::ground::error::{Error, Result};

/// Applies a patch, all of it or nothing. `base_commit` is what it was made for; may be empty.
pub(crate) fn apply_to(text: &str, base_commit: &str, directory: &Path) -> Result<ParsedPatch> {
    let text = Patch::complete(text);
    let patch = readable(&text)?;
    let doing = || format!("applying the changes to {}", directory.display());
    let checkout = existing(directory).map_err(|error| error.while_doing(doing()))?;
    let task = Task { patch: &patch, text: &text, base_commit, checkout: &checkout };
    let mut bound = Bound::of(&text);
    let applied = Plan::of(&patch, &checkout, &mut bound)
        .map_err(|error| task.explain(error, &bound))
        .and_then(|plan| commit::carry_out(&plan, &checkout));
    applied.map_err(|error| error.while_doing(doing()))?;
    Ok(ParsedPatch::of(&patch))
}

/// What the patch's files will hold when it is applied to the directory, or hold already because it has been; in its
/// order; empty for files that it deletes and for what isn't text.
pub(crate) fn contents_in(text: &str, base_commit: &str, directory: &Path) -> Result<Vec<String>> {
    let text = Patch::complete(text);
    let patch = readable(&text)?;
    let doing = || format!("working out the changed files of {}", directory.display());
    let checkout = existing(directory).map_err(|error| error.while_doing(doing()))?;
    let task = Task { patch: &patch, text: &text, base_commit, checkout: &checkout };
    task.contents().map_err(|error| error.while_doing(doing()))
}

/// A patch and where it is to be applied.
struct Task<'t> {
    patch: &'t Patch<'t>,
    text: &'t str,
    base_commit: &'t str,
    checkout: &'t Checkout,
}

impl Task<'_> {
    fn contents(&self) -> Result<Vec<String>> {
        let mut bound = Bound::of(self.text);
        let plan = match Plan::of(self.patch, self.checkout, &mut bound) {
            Ok(plan) => Some(plan),
            Err(_) if !bound.is_met() && self.is_there() => None,
            Err(error) => return Err(self.explain(error, &bound)),
        };
        let mut contents = Vec::new();
        for file in &self.patch.files {
            let path = safety::to_path(&file.new);
            let entry = match &plan {
                _ if file.sort == Sort::Delete => None,
                Some(plan) => plan.written.get(&path).cloned(),
                None => read_entry(self.checkout, &path, true, &mut bound)?,
            };
            let content = entry.as_ref().map_or(&[][..], |entry| &entry.content);
            // A patch may name a file often, and each of its files gets a content of its own.
            bound.take(content.len() as u64, "the files' contents in all")?;
            contents.push(str::from_utf8(content).unwrap_or_default().to_owned());
        }
        Ok(contents)
    }

    fn is_there(&self) -> bool {
        Plan::of(&self.patch.reversed(), self.checkout, &mut Bound::of(self.text)).is_ok()
    }

    /// Says when the patch is already applied, and else where it would fit.
    fn explain(&self, error: Error, bound: &Bound) -> Error {
        if !bound.is_met() && self.is_there() {
            return patch_error("the patch is already applied").with_hint("Nothing was changed.");
        }
        if error.has_hint() {
            return error;
        }
        let state = match self.base_commit {
            "" => "in the state that the changes were made for".to_owned(),
            commit => format!("at commit {commit}, for which the changes were made"),
        };
        error.with_hint(format!("Nothing was changed. Apply the changes to a checkout {state}."))
    }
}

fn readable(text: &str) -> Result<Patch<'_>> {
    let patch = Patch::read(text);
    if patch.files.is_empty() && !text.trim().is_empty() {
        return Err(patch_error("the patch contains no changes to files"));
    }
    Ok(patch)
}

fn existing(directory: &Path) -> Result<Checkout> {
    let unopened = |cause: io::Error| patch_error(format!("the directory can't be opened: {cause}")).with_source(cause);
    if !directory.metadata().map_err(unopened)?.is_dir() {
        return Err(patch_error("not a directory"));
    }
    Checkout::open(directory).map_err(unopened)
}
