//! A queue of tasks in the cache: what is added to it, who works for it, how it stands.

use std::sync::Arc;

use jules::{Approve, Queue, QueueOptions, TaskConfig, TaskState, WorkOptions};
use napi::bindgen_prelude::{Either, Promise, PromiseRaw};
use napi::threadsafe_function::ThreadsafeFunction;
use napi::{Env, Status};
use napi_derive::napi;

use crate::call::{nothing, promise};
use crate::cancel::CancelToken;
use crate::error::{to_json, to_napi};
use crate::options::{NativeQueueOptions, NativeTaskConfig, NativeWorkOptions, millis};
use crate::runtime::enter;
use crate::stream::{TaskFeed, WorkFeed};

/// Is asked whether a plan is approved: gets the task as JSON text, with its plan.
type Ask = ThreadsafeFunction<String, Promise<bool>, String, Status, false, true>;

/// A queue; creating one makes no request.
#[napi]
#[derive(Debug)]
pub struct NativeQueue(Queue);

/// Writes a method that takes a task's key and gives the task, as JSON text.
macro_rules! of_key {
    ($(#[$doc:meta])* $name:ident) => {
        #[napi]
        impl NativeQueue {
            $(#[$doc])*
            #[napi]
            pub fn $name<'env>(
                &self,
                env: &'env Env,
                key: String,
                timeout_ms: Option<f64>,
                cancel: Option<&CancelToken>,
            ) -> napi::Result<PromiseRaw<'env, String>> {
                promise(env, cancel, self.0.$name(&key).timeout_opt(millis(timeout_ms)), |task| to_json(&task))
            }
        }
    };
}

of_key! {
    /// The task with this key.
    task
}

of_key! {
    /// Cancels the task with this key.
    cancel
}

/// Writes a method that answers nothing.
macro_rules! effect {
    ($(#[$doc:meta])* $name:ident) => {
        #[napi]
        impl NativeQueue {
            $(#[$doc])*
            #[napi]
            pub fn $name<'env>(
                &self,
                env: &'env Env,
                timeout_ms: Option<f64>,
                cancel: Option<&CancelToken>,
            ) -> napi::Result<PromiseRaw<'env, ()>> {
                promise(env, cancel, self.0.$name().timeout_opt(millis(timeout_ms)), nothing)
            }
        }
    };
}

effect! {
    /// Has all workers start nothing more.
    pause
}

effect! {
    /// Lets them start tasks again.
    resume
}

#[napi]
impl NativeQueue {
    pub(crate) fn new(jules: &jules::Jules, name: &str, options: &NativeQueueOptions) -> napi::Result<Self> {
        jules.queue(name, QueueOptions::from(options)).map(Self).map_err(to_napi)
    }

    /// Adds a task and gives it as JSON text.
    #[napi]
    pub fn add<'env>(
        &self,
        env: &'env Env,
        task: NativeTaskConfig,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let task = TaskConfig::try_from(task).map_err(to_napi)?;
        promise(env, cancel, self.0.add(task).timeout_opt(millis(timeout_ms)), |task| to_json(&task))
    }

    /// Adds tasks and gives what came of it as JSON text.
    #[napi]
    pub fn add_all<'env>(
        &self,
        env: &'env Env,
        tasks: Vec<NativeTaskConfig>,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let tasks: Vec<_> = tasks.into_iter().map(TaskConfig::try_from).collect::<Result<_, _>>().map_err(to_napi)?;
        promise(env, cancel, self.0.add_all(tasks).timeout_opt(millis(timeout_ms)), |added| to_json(&added))
    }

    /// Works for the queue, until the feed is closed. `approve` is a rule's word, or is asked.
    #[napi]
    pub fn work(
        &self,
        options: NativeWorkOptions,
        #[napi(ts_arg_type = "string | ((task: string) => Promise<boolean>) | undefined")] approve: Option<
            Either<String, Ask>,
        >,
    ) -> napi::Result<WorkFeed> {
        let options = WorkOptions::from(options).approve(rule(approve)?);
        enter(|| self.0.work(options)).map(WorkFeed::new).map_err(to_napi)
    }

    /// Tasks in one of these states, or all.
    #[napi]
    pub fn tasks(&self, states: Vec<String>) -> napi::Result<TaskFeed> {
        let states: Vec<TaskState> =
            states.iter().map(|state| state.parse()).collect::<Result<_, _>>().map_err(to_napi)?;
        Ok(TaskFeed::new(self.0.tasks(states)))
    }

    /// All finished tasks.
    #[napi]
    pub fn results(&self) -> TaskFeed {
        TaskFeed::new(self.0.results())
    }

    /// Tasks that wait for a person.
    #[napi]
    pub fn waiting_for_person(&self) -> TaskFeed {
        TaskFeed::new(self.0.waiting_for_person())
    }

    /// How it stands, as JSON text.
    #[napi]
    pub fn status<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        promise(env, cancel, self.0.status().timeout_opt(millis(timeout_ms)), |status| to_json(&status))
    }
}

fn rule(approve: Option<Either<String, Ask>>) -> napi::Result<Approve> {
    match approve {
        None => Ok(Approve::None),
        Some(Either::A(word)) => word.parse().map_err(to_napi),
        Some(Either::B(ask)) => {
            let ask = Arc::new(ask);
            Ok(Approve::ask(move |task, _plan| {
                let ask = Arc::clone(&ask);
                async move {
                    let Ok(task) = to_json(&task) else { return false };
                    // Where JavaScript has gone meanwhile, nobody says yes.
                    match ask.call_async_catch(task).await {
                        Ok(answer) => answer.await.unwrap_or(false),
                        Err(_) => false,
                    }
                }
            }))
        }
    }
}
