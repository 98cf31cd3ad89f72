//! A queue of tasks in the cache: Swift adds, works, looks and answers; what comes of it crosses as JSON.

use std::sync::{Arc, Mutex as Lock, PoisonError};

use tokio::sync::{Mutex, oneshot};

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::to_json;
use crate::living::Counted;
use crate::options::{TaskConfig, WorkOptions, duration};
use crate::runtime::{call, call_json, runtime};
use crate::stream::TaskList;

/// Is asked whether a plan is approved, on whatever thread it happens.
#[uniffi::export(callback_interface)]
pub(crate) trait PlanListener: Send + Sync {
    /// `task` is the JSON of a [`jules::Task`] with its plan. An answer that is let go of is a no.
    fn asked(&self, task: String, answer: Arc<PlanAnswer>);
}

/// What is said of one plan.
#[derive(uniffi::Object)]
pub(crate) struct PlanAnswer {
    answer: Lock<Option<oneshot::Sender<bool>>>,
    _counted: Counted,
}

#[uniffi::export]
impl PlanAnswer {
    pub(crate) fn give(&self, approved: bool) {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer {
            // Whoever asked may be gone.
            answer.send(approved).ok();
        }
    }
}

/// How plans are gone about: by the word of a rule, or this is asked.
pub(crate) fn approve(rule: &str, listener: Option<Box<dyn PlanListener>>) -> Result<jules::Approve, Failure> {
    let Some(listener) = listener else { return Ok(rule.parse()?) };
    let listener = Arc::<dyn PlanListener>::from(listener);
    Ok(jules::Approve::ask(move |task, _plan| {
        let listener = Arc::clone(&listener);
        async move {
            let Ok(task) = to_json(&task) else { return false };
            let (answer, answered) = oneshot::channel();
            let answer = PlanAnswer { answer: Lock::new(Some(answer)), _counted: Counted::new() };
            listener.asked(task, Arc::new(answer));
            answered.await.unwrap_or(false)
        }
    }))
}

#[derive(uniffi::Object)]
pub(crate) struct Queue {
    queue: jules::Queue,
    _counted: Counted,
}

impl Queue {
    pub(crate) fn new(queue: jules::Queue) -> Arc<Self> {
        Arc::new(Self { queue, _counted: Counted::new() })
    }
}

#[uniffi::export]
impl Queue {
    pub(crate) async fn add(
        &self,
        task: TaskConfig,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let task = jules::TaskConfig::try_from(task)?;
        call_json(cancel, self.queue.add(task).timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn add_all(
        &self,
        tasks: Vec<TaskConfig>,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let tasks: Vec<_> = tasks.into_iter().map(jules::TaskConfig::try_from).collect::<Result<_, _>>()?;
        call_json(cancel, self.queue.add_all(tasks).timeout_opt(duration(timeout))).await
    }

    /// Works until it is stopped, or until Swift lets go of it.
    pub(crate) fn work(
        &self,
        options: WorkOptions,
        rule: String,
        listener: Option<Box<dyn PlanListener>>,
    ) -> Result<Arc<QueueWork>, Failure> {
        let _inside = runtime()?.enter();
        let options = jules::WorkOptions::from(options).approve(approve(&rule, listener)?);
        let work = Arc::new(Mutex::new(Some(self.queue.work(options)?)));
        Ok(Arc::new(QueueWork { work, stopped: CancelToken::new(), _counted: Counted::new() }))
    }

    pub(crate) fn tasks(&self, states: Vec<String>) -> Result<Arc<TaskList>, Failure> {
        let states: Vec<jules::TaskState> = states.iter().map(|state| state.parse()).collect::<Result<_, _>>()?;
        Ok(TaskList::new(self.queue.tasks(states)))
    }

    pub(crate) fn results(&self) -> Arc<TaskList> {
        TaskList::new(self.queue.results())
    }

    pub(crate) fn waiting_for_person(&self) -> Arc<TaskList> {
        TaskList::new(self.queue.waiting_for_person())
    }

    pub(crate) async fn task(
        &self,
        key: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        call_json(cancel, self.queue.task(&key).timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn cancel(
        &self,
        key: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        call_json(cancel, self.queue.cancel(&key).timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn pause(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<(), Failure> {
        call(cancel, self.queue.pause().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn resume(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<(), Failure> {
        call(cancel, self.queue.resume().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn status(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<String, Failure> {
        call_json(cancel, self.queue.status().timeout_opt(duration(timeout))).await
    }
}

/// A worker.
#[derive(uniffi::Object)]
pub(crate) struct QueueWork {
    work: Arc<Mutex<Option<jules::Work>>>,
    stopped: Arc<CancelToken>,
    _counted: Counted,
}

#[uniffi::export]
impl QueueWork {
    /// What it has brought to its end, at least one and at most `max`, as a JSON array; nothing at the end, and once it is
    /// stopped.
    pub(crate) async fn next_chunk(&self, max: u32, cancel: Arc<CancelToken>) -> Result<Option<String>, Failure> {
        let (work, stopped) = (Arc::clone(&self.work), Arc::clone(&self.stopped));
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let chunk = call(cancel, async move {
            let mut work = work.lock().await;
            let Some(open) = work.as_mut() else { return Ok(None) };
            tokio::select! {
                biased;
                () = stopped.cancelled() => {
                    *work = None;
                    Ok(None)
                }
                chunk = open.next_chunk(max) => chunk.transpose(),
            }
        });
        chunk.await?.map(|results| to_json(&results)).transpose()
    }

    /// Stops the work; its tasks are given back.
    pub(crate) fn stop(&self) {
        self.stopped.cancel();
        if let Ok(mut work) = self.work.try_lock() {
            *work = None;
        }
    }
}
