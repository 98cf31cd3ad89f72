//! Long texts cross beside the JSON: `JSON.parse` looks at each of their characters, and making a string of them doesn't.
//! `ts/values/long.ts` puts them back in the same order.

use jules::{Activity, Artifact, Event, SessionInfo, Source, Task, Worked};

/// From so many bytes on a string of its own is cheaper than a text in JSON.
const LONG: usize = 256;

/// Stands in the JSON where a text was taken out. A text that is just this is taken out too.
const MARK: &str = "\u{7f}";

/// Texts in a row. They are one allocation, for the thread that makes strings of them frees it while others allocate.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn bytes(&self) -> usize {
        self.all.len()
    }

    fn add(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.all[begin..*end])
    }
}

/// Something whose long texts can be taken out of it.
pub(crate) trait Long {
    /// Takes them out, in the order in which they are put back.
    fn take_out(&mut self, _texts: &mut Texts) {}
}

impl Long for Source {}
impl Long for SessionInfo {}
impl Long for Task {}
impl Long for Worked {}

impl Long for Activity {
    fn take_out(&mut self, texts: &mut Texts) {
        let mut take = |text: &mut String| {
            if text.len() >= LONG || text == MARK {
                texts.add(text);
                MARK.clone_into(text);
            }
        };
        match (&mut self.event, &mut self.description) {
            // Its JSON has one description: the event's.
            (Event::ProgressUpdated { description, .. }, _) => take(description),
            (Event::AgentMessaged { message } | Event::UserMessaged { message }, description) => {
                take(message);
                description.iter_mut().for_each(&mut take);
            }
            (_, description) => description.iter_mut().for_each(&mut take),
        }
        for artifact in &mut self.artifacts {
            match artifact {
                Artifact::ChangeSet(changes) => take(&mut changes.git_patch.unidiff_patch),
                Artifact::BashOutput(bash) => take(&mut bash.output),
                Artifact::Media(media) => take(&mut media.data),
                _ => {}
            }
        }
    }
}
