//! The operations of outcomes: their files and changes, also applied to a directory that is made for the step.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::client::plain;
use super::failure::Failure;
use super::stage::{Call, Handle, Stage};

impl Stage {
    pub(super) fn operate_on_outcome(&self, call: &Call<'_>) -> Result<Value, Failure> {
        match call.operation {
            "completed" => match self.handle(call)? {
                Handle::Outcome(outcome) => plain(&(*outcome).completed()?),
                _ => Err(Failure::unsupported("it is not an outcome")),
            },
            "generatedFiles" => self.generated_files(call),
            "changeSet.parsed" => plain(&self.change_set(call)?.map(|changes| changes.parsed())),
            "changeSet.applyTo" => {
                let changes = self.change_set(call)?.ok_or_else(|| Failure::unsupported("it has no changes"))?;
                let directory = directory_with(&call.with)?;
                changes.apply_to(directory.path()).map_err(|error| Failure::in_directory(error, directory.path()))?;
                let mut files = Map::new();
                collect(directory.path(), "", &mut files)?;
                Ok(Value::Object(files))
            }
            operation => Err(Failure::unsupported(format!("an outcome has no {operation}"))),
        }
    }

    fn generated_files(&self, call: &Call<'_>) -> Result<Value, Failure> {
        let handle = self.handle(call)?;
        if !call.with.contains_key("files") {
            return match handle {
                Handle::Outcome(outcome) => plain(outcome.generated_files().all()),
                Handle::Snapshot(snapshot) => plain(snapshot.generated_files.all()),
                _ => Err(Failure::unsupported("it has no files")),
            };
        }
        let directory = directory_with(&call.with)?;
        let files = match handle {
            Handle::Outcome(outcome) => outcome.generated_files_in(directory.path()),
            Handle::Snapshot(snapshot) => snapshot.generated_files_in(directory.path()),
            _ => return Err(Failure::unsupported("it has no files")),
        };
        plain(files.map_err(|error| Failure::in_directory(error, directory.path()))?.all())
    }
}

/// A new directory with the step's `files`, which maps paths to contents.
fn directory_with(with: &Map<String, Value>) -> Result<TempDir, Failure> {
    let directory = tempfile::tempdir()?;
    for (path, content) in with.get("files").and_then(Value::as_object).into_iter().flatten() {
        let path = directory.path().join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, content.as_str().unwrap_or_default())?;
    }
    Ok(directory)
}

/// Every file below, by its path with `/`.
fn collect(directory: &Path, prefix: &str, files: &mut Map<String, Value>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, json!(fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}
