//! Plays a scenario for one session: a task that sleeps, waits for people, and writes into the world.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::scenario::{Pause, Scenario, Step, Wait};
use super::template::Variables;
use super::wire::{activity_of, output};
use crate::world::{Draft, When, World};

/// Starts the agent of a session. What it does without a pause is done when this returns; the rest ends with the
/// session, or when the emulator is reset.
pub(crate) fn play(world: &Arc<World>, session: &str, scenario: Arc<Scenario>) {
    let Some(agent) = agent_of(world, session, scenario) else {
        return;
    };
    let mut life = Box::pin(agent.run());
    if life.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
        return;
    }
    // The task asks again, and is woken from then on.
    let task = tokio::spawn(life).abort_handle();
    match world.lock().sessions.get_mut(session) {
        Some(record) => record.agent.task = Some(task),
        None => task.abort(),
    }
}

fn agent_of(world: &Arc<World>, session: &str, scenario: Arc<Scenario>) -> Option<Agent> {
    let mut stored = world.lock();
    let record = stored.sessions.get_mut(session)?;
    record.agent.wakes = !scenario.on_wake.is_empty();
    record.agent.double_approval = scenario.double_approval;
    Some(Agent {
        world: Arc::clone(world),
        session: session.to_owned(),
        news: Arc::clone(&record.agent.news),
        scenario,
        variables: Variables::default(),
        due: Instant::now(),
        answering: false,
    })
}

/// The session is no longer there: the agent stops.
struct Gone;

struct Agent {
    world: Arc<World>,
    session: String,
    news: Arc<Notify>,
    scenario: Arc<Scenario>,
    variables: Variables,
    /// Where the script stands in time. Kept apart from the clock, so that rounding of timers doesn't add up.
    due: Instant,
    /// Inside `onMessage` or `onWake`: further messages wait.
    answering: bool,
}

impl Agent {
    async fn run(mut self) {
        // Gone is the ordinary end of a deleted session.
        let _: Result<(), Gone> = self.live().await;
    }

    async fn live(&mut self) -> Result<(), Gone> {
        let scenario = Arc::clone(&self.scenario);
        self.perform(&scenario.steps).await?;
        loop {
            self.answer_messages().await?;
            self.news.notified().await;
        }
    }

    async fn perform(&mut self, steps: &[Step]) -> Result<(), Gone> {
        for step in steps {
            if let Some(pause) = step.after {
                self.pause(pause.0).await?;
            }
            self.while_paused().await?;
            match &step.wait {
                Some(Wait::Approval) => self.wait_for_approval().await?,
                Some(Wait::Message) => self.wait_for_message().await?,
                Some(Wait::Messages(count)) => self.wait_for_messages(*count).await?,
                None => {}
            }
            self.while_paused().await?;
            match &step.repeat {
                Some(repeat) => {
                    for index in 1..=repeat.times {
                        self.variables.set("index", index.to_string());
                        Box::pin(self.perform(&repeat.steps)).await?;
                    }
                }
                None => self.act(step)?,
            }
        }
        Ok(())
    }

    /// Sleeps scripted time; a message that comes meanwhile is answered at once.
    async fn pause(&mut self, pause: Duration) -> Result<(), Gone> {
        let speed = self.world.lock().config.speed;
        self.due += pause.div_f64(speed);
        loop {
            self.answer_messages().await?;
            tokio::select! {
                () = tokio::time::sleep_until(self.due) => return Ok(()),
                () = self.news.notified(), if !self.answering => {}
            }
        }
    }

    /// Stands still while the session is archived at work.
    async fn while_paused(&mut self) -> Result<(), Gone> {
        while self.world.lock().is_paused(&self.session).ok_or(Gone)? {
            self.news.notified().await;
            self.due = Instant::now();
        }
        Ok(())
    }

    async fn wait_for_approval(&mut self) -> Result<(), Gone> {
        let now = self.world.clock.now();
        let waits = self.world.lock().ask_for_approval(&self.session, now).ok_or(Gone)?;
        if !waits {
            return Ok(());
        }
        loop {
            self.answer_messages().await?;
            if self.world.lock().is_approved(&self.session).ok_or(Gone)? {
                self.due = Instant::now();
                return Ok(());
            }
            self.news.notified().await;
        }
    }

    async fn wait_for_message(&mut self) -> Result<(), Gone> {
        loop {
            if let Some(message) = self.world.lock().take_message(&self.session).ok_or(Gone)? {
                self.variables.set("message", message);
                self.due = Instant::now();
                return Ok(());
            }
            self.news.notified().await;
        }
    }

    async fn wait_for_messages(&mut self, count: u32) -> Result<(), Gone> {
        loop {
            self.answer_messages().await?;
            let come = {
                let stored = self.world.lock();
                stored.sessions.get(&self.session).ok_or(Gone)?.agent.messages
            };
            if come >= count {
                self.due = self.due.max(Instant::now());
                return Ok(());
            }
            self.news.notified().await;
        }
    }

    /// Plays `onMessage`, or `onWake` in a completed session, for each message that is there.
    async fn answer_messages(&mut self) -> Result<(), Gone> {
        if self.answering {
            return Ok(());
        }
        let scenario = Arc::clone(&self.scenario);
        loop {
            let (message, woken) = {
                let mut stored = self.world.lock();
                let woken = stored.was_woken(&self.session).ok_or(Gone)?;
                let steps = if woken { &scenario.on_wake } else { &scenario.on_message };
                if steps.is_empty() {
                    return Ok(());
                }
                match stored.take_message(&self.session).ok_or(Gone)? {
                    Some(message) => (message, woken),
                    None => return Ok(()),
                }
            };
            self.variables.set("message", message);
            let steps = if woken { &scenario.on_wake } else { &scenario.on_message };
            self.answering = true;
            self.due = self.due.max(Instant::now());
            let script_stood_at = self.due;
            self.due = Instant::now();
            let done = Box::pin(self.perform(steps)).await;
            self.answering = false;
            self.due = script_stood_at.max(self.due);
            done?;
        }
    }

    /// State, activity and outputs of a step, all seen at once.
    fn act(&mut self, step: &Step) -> Result<(), Gone> {
        let mut stored = self.world.lock();
        let now = self.world.clock.now();
        let speed = stored.config.speed;
        let scripted = |pause: Option<Pause>| pause.map_or(Duration::ZERO, |pause| pause.0.div_f64(speed));
        stored.describe(&self.session, now, &mut self.variables).ok_or(Gone)?;
        if let Some(state) = state_of(step) {
            stored.set_state(&self.session, state, now);
        }
        for output in step.outputs.iter().map(output) {
            let mut output = output;
            self.variables.render(&mut output);
            stored.add_output(&self.session, output, now);
        }
        if let Some(mut activity) = activity_of(step) {
            if step.plan.is_some() {
                let plan = stored.new_id();
                self.variables.set("planId", plan);
            }
            self.variables.render(&mut activity);
            if activity.get("originator") == Some(&json!("")) {
                activity["originator"] = json!(null);
            }
            let draft = Draft {
                activity,
                when: if step.equal_time { When::AsBefore } else { When::Now },
                late: scripted(step.late),
                empty: scripted(step.empty_for),
            };
            stored.add_activity(&self.session, draft, now);
        }
        Ok(())
    }
}

fn state_of(step: &Step) -> Option<&str> {
    match (&step.state, step.completed, &step.failed) {
        (Some(state), _, _) => Some(state),
        (None, Some(true), _) => Some("COMPLETED"),
        (None, _, Some(_)) => Some("FAILED"),
        _ => None,
    }
}
