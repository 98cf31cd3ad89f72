//! Queues: adding, working, and what can be seen of tasks.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use jules::{Approve, Plan, Queue, QueueOptions, Task, TaskConfig, TaskState, WorkOptions, Worked};
use serde_json::{Map, Value, json};

use super::client::{items, plain};
use super::failure::Failure;
use super::options;
use super::stage::{Call, Handle, Stage};

/// How often a task is read that is waited for.
const LOOK: Duration = Duration::from_millis(10);

impl Stage {
    /// The queue itself.
    pub(super) fn queue(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let mut bounds = QueueOptions::default();
        bounds.slots = call.with.get("slots").and_then(Value::as_u64);
        bounds.per_day = call.with.get("perDay").and_then(Value::as_u64);
        let queue = self.client_of(call)?.queue(&options::string(&call.with, "name"), bounds)?;
        let name = json!({ "name": queue.name() });
        self.keep(call, Handle::Queue(queue));
        Ok(name)
    }

    pub(super) async fn operate_on_queue(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let with = &call.with;
        let queue = match self.handle(call)? {
            Handle::Queue(queue) => queue,
            _ => return Err(Failure::unsupported("it is not a queue")),
        };
        let key = options::string(with, "key");
        match call.operation {
            "queue.add" => self.task(call, queue.add(task(with)?).await?),
            "queue.addAll" => {
                let listed = with.get("items").and_then(Value::as_array).into_iter().flatten();
                let tasks: Result<Vec<_>, _> = listed.filter_map(Value::as_object).map(task).collect();
                plain(&queue.add_all(tasks?).await?)
            }
            "queue.task" => self.task(call, queue.task(&key).await?),
            "queue.until" => {
                let state = options::string(with, "state").parse()?;
                self.task(call, until(&queue, &key, state).await?)
            }
            "queue.cancel" => self.task(call, queue.cancel(&key).await?),
            "queue.tasks" => {
                let named = options::texts(with.get("state"));
                let states: Result<Vec<TaskState>, _> = named.iter().map(|name| name.parse()).collect();
                items(queue.tasks(states?), call.take).await
            }
            "queue.waitingForPerson" => items(queue.waiting_for_person(), call.take).await,
            "queue.results" => items(queue.results(), call.take).await,
            "queue.status" => plain(&queue.status().await?),
            "queue.pause" => Ok(queue.pause().await.map(|()| Value::Null)?),
            "queue.resume" => Ok(queue.resume().await.map(|()| Value::Null)?),
            "queue.work" => work(&queue, call).await,
            "queue.finished" => queue
                .work(work_options(call)?)?
                .finished()
                .await?
                .iter()
                .map(worked)
                .collect::<Result<_, _>>()
                .map(Value::Array),
            other => Err(Failure::unsupported(format!("there is no operation {other}"))),
        }
    }

    fn task(&mut self, call: &Call<'_>, task: Task) -> Result<Value, Failure> {
        let value = plain(&task)?;
        self.keep(call, Handle::Task(Box::new(task)));
        Ok(value)
    }
}

/// What the worker has brought to its end, as it comes.
async fn work(queue: &Queue, call: &Call<'_>) -> Result<Value, Failure> {
    let mut work = queue.work(work_options(call)?)?;
    let mut done = Vec::new();
    while call.take.is_none_or(|take| done.len() < take) {
        match work.next().await {
            Some(Ok(one)) => done.push(worked(&one)?),
            Some(Err(error)) => return Err(Failure::Jules(Box::new(error), Some(done))),
            None => break,
        }
    }
    Ok(Value::Array(done))
}

fn work_options(call: &Call<'_>) -> Result<WorkOptions, Failure> {
    let mut wanted = WorkOptions::default();
    wanted.concurrency = call.with.get("concurrency").and_then(options::size);
    wanted.follow = options::flag(&call.with, "follow");
    wanted.approve = approve(call.with.get("approve"))?;
    Ok(wanted)
}

fn worked(one: &Worked) -> Result<Value, Failure> {
    let mut value = json!({ "key": one.task.key, "task": plain(&one.task)? });
    match &one.result {
        Ok(outcome) => value["outcome"] = plain(outcome)?,
        Err(error) => value["error"] = Failure::from(error.clone()).to_json(),
    }
    Ok(value)
}

fn approve(given: Option<&Value>) -> Result<Approve, Failure> {
    match given {
        None => Ok(Approve::None),
        Some(Value::Object(asked)) => {
            let keys: BTreeSet<String> = options::texts(asked.get("keys")).into_iter().collect();
            Ok(Approve::ask(move |task: Task, plan: Plan| {
                std::future::ready(keys.contains(&task.key) && !plan.steps.is_empty())
            }))
        }
        Some(word) => Ok(word.as_str().unwrap_or_default().parse()?),
    }
}

fn task(fields: &Map<String, Value>) -> Result<TaskConfig, Failure> {
    let mut task = TaskConfig::from(options::run(fields));
    task.priority = fields.get("priority").and_then(Value::as_i64).unwrap_or_default();
    task.not_before = fields.get("notBefore").and_then(Value::as_str).map(str::parse).transpose()?;
    task.max_attempts =
        fields.get("maxAttempts").and_then(Value::as_u64).and_then(|attempts| u32::try_from(attempts).ok());
    if let Some(word) = fields.get("retryOn").and_then(Value::as_str) {
        task.retry_on = word.parse()?;
    }
    Ok(task)
}

/// Reads the task until it is there; the runner bounds how long.
async fn until(queue: &Queue, key: &str, state: TaskState) -> Result<Task, Failure> {
    loop {
        let task = queue.task(key).await?;
        if task.state == state {
            return Ok(task);
        }
        tokio::time::sleep(LOOK).await;
    }
}
