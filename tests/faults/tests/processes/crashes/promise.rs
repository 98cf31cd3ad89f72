//! What must hold, however often its process was killed.

use std::collections::BTreeSet;

use futures::StreamExt;
use jules::{HistoryOptions, Query, QueueOptions};

use super::Work;
use super::stage::{DELETED, ITEMS, Stage, TASKS};
use crate::live::on_server;

impl Stage {
    /// `printed` is what each one that was killed gave to its user, `last` what the one gave that came to its end.
    pub(super) async fn holds(&self, printed: &[Vec<String>], last: &[String]) {
        match self.work {
            Work::Stream => self.is_the_whole(&on_server(&self.emulator, &self.sessions[0]), printed, last),
            Work::Sync => self.is_synced(printed, last).await,
            Work::All => self.has_a_session_an_item(printed, last),
            Work::Queue => self.has_a_session_a_task(printed, last).await,
            Work::Key => self.has_one_session(printed, last),
            Work::Delete => self.has_no_deleted_one(printed, last).await,
            Work::Migration => self.is_brought_up_to_date(printed, last).await,
        }
        let files = std::fs::read_dir(self.path()).unwrap().map(|file| file.unwrap().file_name());
        let damaged: Vec<_> = files.filter(|name| name.to_string_lossy().contains("damaged")).collect();
        assert!(damaged.is_empty(), "{damaged:?}");
    }

    fn is_the_whole(&self, whole: &[String], printed: &[Vec<String>], last: &[String]) {
        assert_eq!(last, whole, "{:?}", self.work);
        for lines in printed {
            assert!(whole.starts_with(lines), "{:?}: {lines:?} is not the beginning of {whole:?}", self.work);
        }
    }

    /// What the store has of the sessions.
    async fn stored(&self) -> Vec<String> {
        let jules = self.client();
        let mut ids = Vec::new();
        for session in &self.sessions {
            let mut options = HistoryOptions::default();
            options.offline = true;
            let mut activities = jules.session(session).unwrap().history(options);
            while let Some(activity) = activities.next().await {
                ids.push(activity.unwrap().id);
            }
        }
        jules.close().await;
        ids
    }

    fn all_on_server(&self) -> Vec<String> {
        self.sessions.iter().flat_map(|session| on_server(&self.emulator, session)).collect()
    }

    async fn is_synced(&self, printed: &[Vec<String>], last: &[String]) {
        assert_eq!(self.stored().await, self.all_on_server());
        let told = printed.iter().flatten().chain(last);
        let told: BTreeSet<_> = told.collect();
        assert!(told.iter().all(|id| self.sessions.contains(id)), "{told:?}");
    }

    /// Each session that the server has, by its title or prompt.
    fn made(&self) -> BTreeSet<String> {
        self.emulator.sessions().into_iter().map(|session| session.id).collect()
    }

    fn has_a_session_an_item(&self, printed: &[Vec<String>], last: &[String]) {
        assert_eq!(last.len(), ITEMS, "{last:?}");
        let sessions: BTreeSet<_> = last.iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(sessions, self.made(), "one session an item, and no other");
        assert!(last.iter().all(|line| line.ends_with(" completed")), "{last:?}");
        for line in printed.iter().flatten() {
            assert!(last.contains(line), "{line} was given, and then {last:?}");
        }
    }

    async fn has_a_session_a_task(&self, printed: &[Vec<String>], last: &[String]) {
        assert_eq!(self.made().len(), TASKS, "a session a task");
        let given: Vec<_> = printed.iter().flatten().chain(last).collect();
        let different: BTreeSet<_> = given.iter().collect();
        assert_eq!(different.len(), given.len(), "an outcome was given twice: {given:?}");
        assert!(given.iter().all(|line| line.ends_with(" done")), "{given:?}");
        let jules = self.client();
        let results = jules.queue("fleet", QueueOptions::default()).unwrap().results();
        let results: Vec<_> = results.map(|task| task.unwrap()).collect().await;
        let sessions: BTreeSet<_> = results.iter().filter_map(|task| task.session_id.clone()).collect();
        assert_eq!((results.len(), sessions), (TASKS, self.made()), "all are done, each with its own session");
        jules.close().await;
    }

    fn has_one_session(&self, printed: &[Vec<String>], last: &[String]) {
        let id = self.made().pop_first().unwrap();
        assert_eq!(self.made().len(), 1);
        self.is_the_whole(&[id, "completed".to_owned()], printed, last);
    }

    async fn has_no_deleted_one(&self, printed: &[Vec<String>], last: &[String]) {
        let (deleted, kept) = self.sessions.split_at(DELETED);
        self.is_the_whole(deleted, printed, last);
        assert_eq!(self.made(), kept.iter().cloned().collect());
        let jules = self.client();
        let known = jules.select(Query::sessions()).await.unwrap();
        let known: BTreeSet<_> = known.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(known, kept.iter().cloned().collect(), "the store follows the server");
        jules.close().await;
    }

    async fn is_brought_up_to_date(&self, printed: &[Vec<String>], last: &[String]) {
        self.is_the_whole(&self.all_on_server(), printed, last);
        assert_eq!(super::older::version(&self.store()), super::older::version_of_today());
    }
}
