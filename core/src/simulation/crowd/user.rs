//! What one of the users does, as often as its store fails it, until it is done.

use futures::future::join;
use futures::{StreamExt, TryStreamExt};

use super::{Step, What};
use crate::simulation::server::Server;
use crate::{
    AllOptions, Error, ErrorKind, HistoryOptions, Jules, QueueOptions, Result, RunConfig, Session, SlotWait,
    StreamOptions, SyncDepth, SyncOptions, TaskConfig, WorkOptions,
};

/// What a user was given: for each thing that was asked for, the session that it became.
pub(super) type Given = Vec<(String, String)>;

pub(super) struct User<'c> {
    pub(super) number: usize,
    pub(super) step: &'c Step,
    pub(super) jules: &'c Jules,
    pub(super) server: &'c Server,
}

/// How often one call is made.
const PATIENCE: usize = 200;

fn run(prompt: &str) -> RunConfig {
    RunConfig::new(prompt).require_approval(false).wait_for_slot(SlotWait::Forever)
}

/// What the store did may pass.
async fn rest(error: &Error) {
    assert!(error.kind() == ErrorKind::Store && error.fault().is_some() && error.retryable(), "{error:?}");
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

/// Makes a call until the store lets it be.
async fn persist<T>(call: impl AsyncFn() -> Result<T>) -> T {
    for _ in 0..PATIENCE {
        match call().await {
            Ok(done) => return done,
            Err(error) => rest(&error).await,
        }
    }
    panic!("a call failed {PATIENCE} times");
}

impl User<'_> {
    pub(super) async fn does(self) -> Given {
        tokio::time::sleep(self.step.after).await;
        match self.step.what {
            What::Run(None) => self.runs(run(&format!("alone {}", self.number))).await,
            What::Run(Some(key)) => {
                let name = self.name_of(key);
                self.runs(run(&name).key(&name)).await
            }
            What::All(items) => self.runs_all((0..items).map(|item| self.item(item)).collect(), false).await,
            What::AllKeyed(items) => self.runs_all((0..items).map(|item| self.name_of(item)).collect(), true).await,
            What::Work(tasks) => self.works(tasks).await,
            What::Say => self.says().await,
            What::Ask => self.asks().await,
            What::Read => self.reads().await,
            What::Sync => {
                let options = SyncOptions { depth: SyncDepth::Activities, ..SyncOptions::default() };
                // What the store kept it from is counted as failed.
                for _ in 0..PATIENCE {
                    if persist(async || self.jules.sync(options.clone()).await).await.is_complete {
                        return Vec::new();
                    }
                }
                panic!("a sync was never complete");
            }
        }
    }

    fn name_of(&self, key: u8) -> String {
        format!("key {key} of {}", self.step.store)
    }

    fn item(&self, item: u8) -> String {
        format!("item {item} of {}", self.number)
    }

    /// The session, once: where the store fails behind the create, the error has its id.
    async fn made(&self, config: &RunConfig) -> Session {
        for _ in 0..PATIENCE {
            match self.jules.run(config.clone()).session().await {
                Ok(session) => return session,
                Err(error) => {
                    if let Some(id) = error.session_id() {
                        return self.jules.session(id).unwrap();
                    }
                    rest(&error).await;
                }
            }
        }
        panic!("a create failed {PATIENCE} times");
    }

    async fn streams(&self, session: &Session) -> Vec<String> {
        let mut given: Vec<String> = Vec::new();
        for _ in 0..PATIENCE {
            let options = StreamOptions { after: given.last().cloned(), ..StreamOptions::default() };
            let mut stream = session.stream(options);
            let error = loop {
                match stream.next().await {
                    Some(Ok(activity)) => given.push(activity.id),
                    Some(Err(error)) => break error,
                    None => return given,
                }
            };
            rest(&error).await;
        }
        panic!("a stream broke {PATIENCE} times");
    }

    /// The outcome, and meanwhile everything that the session does.
    async fn runs(&self, config: RunConfig) -> Given {
        let prompt = config.prompt.clone();
        let session = self.made(&config).await;
        let result = persist(async || session.result().await);
        let (mut streamed, outcome) = join(self.streams(&session), result).await;
        assert!(outcome.state.is_terminal(), "{prompt:?}: {outcome:?}");
        let mut there = self.server.world().session(&outcome.session_id).unwrap().ids();
        streamed.sort();
        there.sort();
        assert_eq!(streamed, there, "{prompt:?}");
        vec![(prompt, outcome.session_id)]
    }

    /// Each item whose error names a session has that one; the others are given once more.
    async fn runs_all(&self, names: Vec<String>, keyed: bool) -> Given {
        let mut given = Given::new();
        for _ in 0..PATIENCE {
            let is_left = |name: &&String| !given.iter().any(|(known, _)| known == *name);
            let left: Vec<_> = names.iter().filter(is_left).cloned().collect();
            if left.is_empty() {
                return given;
            }
            let map = move |name: String| async move {
                let config = RunConfig::new(&name).require_approval(false);
                Ok(if keyed { config.key(name) } else { config })
            };
            let options = AllOptions { stop_on_error: Some(false), ..AllOptions::default() };
            let mut all = self.jules.all(left, map, options).unwrap();
            while let Some(one) = all.next().await {
                match one.result {
                    Ok(outcome) => given.push((one.item, outcome.session_id)),
                    Err(error) => {
                        given.extend(error.session_id().map(|id| (one.item, id.to_owned())));
                        rest(&error).await;
                    }
                }
            }
        }
        panic!("items failed {PATIENCE} times");
    }

    async fn works(&self, tasks: u8) -> Given {
        let queue = self.jules.queue("q", QueueOptions::default()).unwrap();
        let key = |task: u8| format!("task {task} of {}", self.step.store);
        let config = |task: u8| TaskConfig::new(key(task), RunConfig::new(key(task)));
        persist(async || queue.add_all((0..tasks).map(config)).await).await;
        persist(async || {
            let mut work = queue.work(WorkOptions::default()).unwrap();
            while let Some(one) = work.next().await {
                drop(one?);
            }
            Ok(())
        })
        .await;
        // Another one may be at the last of them, or have added more.
        let done = persist(async || queue.results().try_collect::<Vec<_>>().await).await;
        done.into_iter().map(|task| (task.key, task.session_id.unwrap())).collect()
    }

    /// The message may come so late that it wakes the session.
    async fn says(&self) -> Given {
        let name = format!("talk {}", self.number);
        let session = self.made(&run(&name)).await;
        persist(async || session.send("Hurry up").await).await;
        assert!(persist(async || session.result().await).await.state.is_terminal());
        persist(async || session.info().await).await;
        vec![(name, session.id().to_owned())]
    }

    async fn asks(&self) -> Given {
        let name = format!("question {}", self.number);
        let session = self.made(&run(&name)).await;
        for _ in 0..PATIENCE {
            match session.ask("How far are you?").await {
                Ok(answer) => {
                    let answers = self.server.world().session(session.id()).unwrap().answers_to("How far are you?");
                    assert_eq!(answers, [answer.id], "{name:?}");
                    break;
                }
                Err(error) if error.kind() == ErrorKind::SessionEnded => break,
                // It was sent, and is not to be sent again.
                Err(error) if error.kind() == ErrorKind::Store && !error.retryable() => break,
                Err(error) => rest(&error).await,
            }
        }
        assert!(persist(async || session.result().await).await.state.is_terminal());
        vec![(name, session.id().to_owned())]
    }

    /// Reads in several ways what is there, and then all of it.
    async fn reads(&self) -> Given {
        let name = format!("read {}", self.number);
        let session = self.made(&run(&name)).await;
        persist(async || session.info().await).await;
        persist(async || self.jules.quota().await).await;
        persist(async || self.jules.sessions(Default::default()).try_collect::<Vec<_>>().await).await;
        persist(async || session.result().await).await;
        let streamed = self.streams(&session).await;
        persist(async || session.activities().hydrate().await).await;
        let offline = HistoryOptions { offline: true, ..HistoryOptions::default() };
        let stored = persist(async || session.history(offline.clone()).try_collect::<Vec<_>>().await).await;
        let stored: Vec<_> = stored.into_iter().map(|activity| activity.id).collect();
        assert_eq!(stored, streamed, "{name:?}");
        vec![(name, session.id().to_owned())]
    }
}
