//! Nothing is put beyond a symbolic link: not one that is there, and not one that the patch makes. As in git, only a link
//! that the patch takes away makes room for a directory.

use std::collections::BTreeSet;
use std::path::Path;

use super::checkout::Checkout;
use super::fault::{beyond_link, failed};
use super::read::{FilePatch, Mode, Patch, Sort};
use super::safety;
use crate::ground::error::Result;

/// What a patch does to symbolic links, in whatever order.
#[derive(Debug)]
pub(super) struct Links<'p> {
    made: BTreeSet<&'p [u8]>,
    gone: BTreeSet<&'p [u8]>,
}

impl<'p> Links<'p> {
    pub(super) fn of(patch: &'p Patch<'_>) -> Self {
        let is_link = |mode: Option<Mode>| mode.is_some_and(Mode::is_link);
        let made = |file: &&FilePatch<'_>| file.sort != Sort::Delete && is_link(file.new_mode);
        let gone = |file: &&FilePatch<'_>| matches!(file.sort, Sort::Delete | Sort::Rename) && is_link(file.old_mode);
        Self {
            made: patch.files.iter().filter(made).map(|file| file.new.as_slice()).collect(),
            gone: patch.files.iter().filter(gone).map(|file| file.old.as_slice()).collect(),
        }
    }

    /// Refuses a path to write to that leads beyond a link.
    pub(super) fn refuse_beyond(&self, path: &[u8], checkout: &Checkout) -> Result<()> {
        if !self.made.is_empty()
            && let Some(link) = safety::parents(path).find(|parent| self.made.contains(parent))
        {
            return Err(beyond_link(&String::from_utf8_lossy(link)));
        }
        let there = checkout.link_on_the_way(&safety::to_path(path));
        match there.map_err(|cause| failed("finding it", cause))? {
            Some(link) if !self.goes_away(path, &link) => Err(beyond_link(&link.to_string_lossy())),
            _ => Ok(()),
        }
    }

    fn goes_away(&self, path: &[u8], link: &Path) -> bool {
        !self.gone.is_empty()
            && safety::parents(path).any(|parent| self.gone.contains(parent) && safety::to_path(parent) == link)
    }
}
