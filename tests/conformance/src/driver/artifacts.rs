//! The operations of outcomes: their files and changes, also applied to a directory that is made for the step.

use std::fs;
use std::io;
use std::path::Path;

use jules::{Activity, Artifact, Outcome, QueueStatus, Quota, SessionInfo, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::client::plain;
use super::failure::Failure;
use super::options;
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
            "readAgain" => self.read_again(call),
            "summary" => Ok(json!(activity(&call.with)?.summary())),
            "bashText" => {
                let artifacts = activity(&call.with)?.artifacts;
                let bash = artifacts
                    .iter()
                    .find_map(|one| if let Artifact::BashOutput(bash) = one { Some(bash) } else { None });
                let bash = bash.ok_or_else(|| Failure::unsupported("it has no output"))?;
                Ok(json!(bash.to_string()))
            }
            "mediaText" => {
                let artifacts = activity(&call.with)?.artifacts;
                let media =
                    artifacts.iter().find_map(|one| if let Artifact::Media(media) = one { Some(media) } else { None });
                let media = media.ok_or_else(|| Failure::unsupported("it has no media"))?;
                Ok(json!(String::from_utf8_lossy(&media.bytes()?)))
            }
            operation => Err(Failure::unsupported(format!("an outcome has no {operation}"))),
        }
    }

    fn read_again(&self, call: &Call<'_>) -> Result<Value, Failure> {
        if call.on.is_some() {
            return match self.handle(call)? {
                Handle::Outcome(outcome) => through(&*outcome),
                Handle::Snapshot(snapshot) => through(&*snapshot),
                _ => Err(Failure::unsupported("it is no value")),
            };
        }
        let json = options::value(&call.with, "json");
        match &*options::string(&call.with, "type") {
            "Activity" => read::<Activity>(json),
            "Outcome" => read::<Outcome>(json),
            "QueueStatus" => read::<QueueStatus>(json),
            "Quota" => read::<Quota>(json),
            "SessionInfo" => read::<SessionInfo>(json),
            "Source" => read::<Source>(json),
            kind => Err(Failure::unsupported(format!("no values of the kind {kind:?}"))),
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

fn activity(with: &Map<String, Value>) -> Result<Activity, Failure> {
    Ok(serde_json::from_value(options::value(with, "activity"))?)
}

/// Through text and back: what is read is what was written.
fn through<T: DeserializeOwned + Serialize + PartialEq>(value: &T) -> Result<Value, Failure> {
    let written = serde_json::to_string(value)?;
    let copy: T = serde_json::from_str(&written)?;
    if copy != *value {
        return Err(Failure::unsupported(format!("it is another one: {written}")));
    }
    plain(&copy)
}

fn read<T: DeserializeOwned + Serialize + PartialEq>(json: Value) -> Result<Value, Failure> {
    through(&serde_json::from_value::<T>(json)?)
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
