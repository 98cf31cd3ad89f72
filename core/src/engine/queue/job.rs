//! One task at work: its session is made, or found, and watched to its end; whatever is known of it is in the store. It stops
//! as soon as another worker has taken it over.

use std::sync::Arc;

use super::step::{self, Attempts, Ending, Refusal};
use super::{Approval, Worked, limits};
use crate::engine::effects::{self, Asked, AskedTask, Defaults, Intent, OfTask, Patience, TaskNotes};
use crate::engine::presence::Held;
use crate::engine::watch::{Interest, Watched};
use crate::engine::{Hub, outcome, stall};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Event, Outcome, SessionInfo, SessionState, TaskState};
use crate::store::{TaskChange, TaskRecord};

/// A task under its lease.
pub(super) struct Job {
    pub(super) hub: Arc<Hub>,
    pub(super) record: TaskRecord,
    pub(super) held: Held,
    /// Whether it was noted with the claim that a create is about to be sent.
    pub(super) intended: bool,
    pub(super) approval: Approval,
}

/// What came of a task here.
pub(super) enum Done {
    /// It is finished.
    Finished(Box<Worked>),
    /// It waits, or somebody else has it.
    LeftIt,
    /// Nothing can be done here.
    Fatal(Error),
}

impl Job {
    /// Brings it as far as it comes here.
    pub(super) async fn run(self) -> Done {
        let (key, held) = (self.record.key.clone(), self.held.clone());
        let done = tokio::select! {
            biased;
            () = held.lost() => Ok(Done::LeftIt),
            done = self.go() => done,
        };
        match done {
            Ok(done) => done,
            Err(error) if effects::is_lost(&error) => Done::LeftIt,
            Err(error) if error.kind() == ErrorKind::Cancelled => Done::Fatal(error),
            Err(error) => {
                tracing::warn!(target: "jules::queue", task = key, %error, "leaving a task for a while");
                // Whoever takes it over is not to fail at once again.
                tokio::time::sleep(step::LATER).await;
                Done::LeftIt
            }
        }
    }

    async fn go(mut self) -> Result<Done> {
        let asked = Asked::read(&self.record.asked)?;
        let task = OfTask::new(self.held.clone(), &self.record).intended(self.intended);
        let nothing_sent = task.notes.intent.is_none() || self.intended;
        if self.record.cancelled && self.record.session.is_none() && nothing_sent {
            let error = cancelled(&self.record);
            return self.finish(TaskState::Cancelled, Err(error)).await;
        }
        let watched = match &self.record.session {
            Some(session) => self.hub.watched(session),
            None => match Box::pin(self.create(&asked, task)).await? {
                Ok(watched) => watched,
                Err(done) => return Ok(done),
            },
        };
        if self.record.cancelled {
            effects::stop(&watched).await?;
        }
        let wanted = asked.task.clone().unwrap_or_default();
        let limit = wanted.stall_timeout_ms.map(std::time::Duration::from_millis);
        let result = stall::or_stalled(&watched, limit, self.watch(&watched)).await;
        self.ended(result, &wanted).await
    }

    /// The task's session, made or found; or what has come of it without one.
    async fn create(&mut self, asked: &Asked, task: OfTask) -> Result<Result<Arc<Watched>, Done>> {
        let hub = Arc::clone(&self.hub);
        let config = asked.config();
        let create = async move {
            let mut intent = Intent::new(&hub, config, Defaults::RUN).await?.of_task(task);
            intent.create(&hub, &Patience { wait: None, on_wait: &|| {} }).await
        };
        let error = match effects::to_its_end(&self.hub, create).await {
            Ok(watched) => {
                self.read_again().await?;
                return Ok(Ok(watched));
            }
            Err(error) if effects::is_lost(&error) => return Err(error),
            Err(error) => error,
        };
        let left = error.next_at().and_then(|at| limits::left(&self.hub, at));
        match step::refused(&error, left) {
            Refusal::Wait { block } => {
                tracing::info!(target: "jules::queue", task = self.record.key, %error, "a task keeps waiting");
                if let Some(time) = block {
                    limits::block(&self.hub, time).await?;
                }
                // One that may have been taken all the same is looked for again: its intent, which the store has, stays.
                self.read_again().await?;
                self.change(TaskChange { refused: true, ..to(TaskState::Waiting) }, |notes| {
                    notes.intent = notes.intent.filter(|sent| sent.refused.is_some());
                })
                .await?;
                Ok(Err(Done::LeftIt))
            }
            Refusal::Later(time) => {
                tracing::warn!(target: "jules::queue", task = self.record.key, %error, "a task is tried again later");
                // What may have been sent is looked for then: its intent stays, which stands in the store alone.
                self.change_state(to(TaskState::Waiting)).await?;
                // Nobody takes it before then; no clock is asked, which may be set.
                tokio::time::sleep(time).await;
                Ok(Err(Done::LeftIt))
            }
            Refusal::Failed => {
                self.change(TaskChange { refused: true, ..TaskChange::default() }, |notes| notes.intent = None).await?;
                Ok(Err(self.finish(TaskState::Failed, Err(error)).await?))
            }
            Refusal::Fatal => {
                self.change_state(TaskChange { refused: true, ..to(TaskState::Waiting) }).await?;
                Ok(Err(Done::Fatal(error)))
            }
        }
    }

    /// Watches the session to its end, and notes whose turn it is.
    async fn watch(&mut self, watched: &Arc<Watched>) -> Result<Outcome> {
        let mut watch = watched.watch(Interest::State)?;
        let mut known: Option<SessionState> = None;
        loop {
            let news = |state: &SessionState| known.as_ref() != Some(state);
            let info = watch
                .until(|pulse| match pulse.over() {
                    Some(_) => Some(None),
                    None => pulse.info.as_ref().filter(|info| news(&info.state)).map(|info| Some(Arc::clone(info))),
                })
                .await?;
            let Some(info) = info else { return outcome::result(watched).await };
            known = Some(info.state.clone());
            // On the heap while it lasts: a job waits most of its time.
            Box::pin(self.saw(watched, &info)).await?;
        }
    }

    /// The session was seen in another state.
    async fn saw(&mut self, watched: &Arc<Watched>, info: &SessionInfo) -> Result<()> {
        let state = step::state_of(&info.state);
        let whole = match state {
            TaskState::NeedsPerson => Some(outcome::with_activities(watched, info.clone()).await?),
            _ => None,
        };
        let awaits_plan = info.state == SessionState::AwaitingPlanApproval;
        if awaits_plan && matches!(self.approval, Approval::Always) {
            return approve(watched).await;
        }
        let plan = whole.as_ref().and_then(|info| info.plan.clone()).filter(|_| awaits_plan);
        let question = whole.as_ref().filter(|_| !awaits_plan).and_then(last_message);
        if self.record.state != state || plan.is_some() || question.is_some() {
            self.change(to(state), |notes| (notes.plan, notes.question) = (plan.clone(), question)).await?;
        }
        if self.record.cancelled {
            return effects::stop(watched).await;
        }
        if let (Approval::Ask(ask), Some(plan)) = (&self.approval, plan)
            && ask(self.record.clone(), plan).await
        {
            return approve(watched).await;
        }
        Ok(())
    }

    async fn ended(mut self, result: Result<Outcome>, wanted: &AskedTask) -> Result<Done> {
        self.read_again().await?;
        let attempts =
            Attempts { made: self.record.attempts, most: wanted.max_attempts.max(1), retry_any: wanted.retry_any };
        match step::ended(&result, attempts, self.record.cancelled) {
            Ending::Is(state) => {
                let notes = TaskNotes::of(&self.record);
                let result = result.map(|outcome| outcome.after(attempts.made, notes.sessions));
                self.finish(state, result).await
            }
            Ending::Again => {
                tracing::info!(target: "jules::queue", task = self.record.key, "a failed task is started again");
                self.change(TaskChange { again: true, ..to(TaskState::Waiting) }, |_| {}).await?;
                Ok(Done::LeftIt)
            }
            Ending::Later(_) => Err(result.err().unwrap_or_else(Error::closed)),
            Ending::Fatal => Ok(Done::Fatal(result.err().unwrap_or_else(Error::closed))),
        }
    }

    async fn finish(&mut self, state: TaskState, result: Result<Outcome>) -> Result<Done> {
        let noted = result.clone();
        let note = |notes: &mut TaskNotes| {
            (notes.plan, notes.question, notes.intent) = (None, None, None);
            match &noted {
                Ok(outcome) => *notes = notes.clone().with_outcome(outcome),
                Err(error) => notes.error = Some(error.to_json()),
            }
        };
        self.change(to(state), note).await?;
        Ok(Done::Finished(Box::new(Worked { record: self.record.clone(), result })))
    }

    async fn change(&mut self, change: TaskChange, note: impl FnOnce(&mut TaskNotes)) -> Result<()> {
        let mut notes = TaskNotes::of(&self.record);
        note(&mut notes);
        self.change_state(TaskChange { data: Some(notes.to_text()), ..change }).await
    }

    /// The same, and the notes stay as they are in the store.
    async fn change_state(&mut self, change: TaskChange) -> Result<()> {
        let task = OfTask::new(self.held.clone(), &self.record);
        self.record = task.change(&self.hub, change).await?;
        Ok(())
    }

    /// The task as the store has it now.
    async fn read_again(&mut self) -> Result<()> {
        match self.hub.store.task(&self.record.key).await? {
            Some(record) => self.record = record,
            None => return Err(effects::lost()),
        }
        Ok(())
    }
}

fn to(state: TaskState) -> TaskChange {
    TaskChange { state: Some(state), ..TaskChange::default() }
}

fn cancelled(record: &TaskRecord) -> Error {
    Error::new(ErrorKind::SessionEnded, format!("the task {:?} was cancelled before it was started", record.key))
}

/// Somebody else may have done so meanwhile.
async fn approve(watched: &Arc<Watched>) -> Result<()> {
    match effects::approve(watched).await {
        Err(error) if error.kind() == ErrorKind::Precondition => Ok(()),
        done => done,
    }
}

fn last_message(info: &SessionInfo) -> Option<String> {
    info.activities.iter().rev().find_map(|activity| match &activity.event {
        Event::AgentMessaged { message } => Some(message.clone()),
        _ => None,
    })
}
