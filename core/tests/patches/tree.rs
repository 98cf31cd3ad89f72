//! What a directory holds, written down and compared: files with content and executable bit, links, directories.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    File { content: Vec<u8>, program: bool },
    Link(Vec<u8>),
    Directory,
}

impl Node {
    pub(super) fn text(content: &str) -> Self {
        Self::File { content: content.into(), program: false }
    }
}

/// By path, as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree(pub(super) BTreeMap<Vec<u8>, Node>);

impl Tree {
    pub(super) fn write(&self, directory: &Path) {
        for (path, node) in &self.0 {
            let path = directory.join(std::ffi::OsStr::from_bytes(path));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match node {
                Node::File { content, program } => {
                    fs::write(&path, content).unwrap();
                    let mode = if *program { 0o755 } else { 0o644 };
                    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
                }
                Node::Link(target) => symlink(std::ffi::OsStr::from_bytes(target), &path).unwrap(),
                Node::Directory => fs::create_dir_all(&path).unwrap(),
            }
        }
    }

    pub(super) fn read(directory: &Path) -> Self {
        let mut tree = Self::default();
        tree.collect(directory, PathBuf::new());
        tree
    }

    fn collect(&mut self, directory: &Path, inside: PathBuf) {
        for entry in fs::read_dir(directory.join(&inside)).unwrap() {
            let entry = entry.unwrap();
            let path = inside.join(entry.file_name());
            let metadata = entry.metadata().unwrap();
            let node = if metadata.is_dir() {
                self.collect(directory, path.clone());
                Node::Directory
            } else if metadata.is_symlink() {
                Node::Link(fs::read_link(entry.path()).unwrap().into_os_string().into_vec())
            } else {
                let program = metadata.permissions().mode() & 0o100 != 0;
                Node::File { content: fs::read(entry.path()).unwrap(), program }
            };
            self.0.insert(path.into_os_string().into_vec(), node);
        }
    }

    /// The tree without its directories, which git doesn't know.
    pub(super) fn files(&self) -> Self {
        Self(self.0.iter().filter(|(_, node)| **node != Node::Directory).map(|(p, n)| (p.clone(), n.clone())).collect())
    }
}
