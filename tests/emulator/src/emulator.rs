//! The running emulator, as tests in Rust hold it.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::AbortHandle;

use crate::builder::EmulatorBuilder;
use crate::control::{self, Append};
use crate::faults::{Fault, FaultInForce};
use crate::journal::JournalEntry;
use crate::script::Scenario;
use crate::serve::{Traffic, TrafficView, VERSION};
use crate::world::{Account, AccountView, BulkSeed, Config, Rate, SessionSeed, SessionView, SourceSeed, World};

/// A Jules server on this machine. It stops when it is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use jules_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::builder().speed(100.0).seed(7).start().await?;
/// emulator.fault(Fault::status(503).on("sessions.get").times(1));
/// assert!(emulator.url().ends_with("/v1alpha"));
/// assert!(emulator.journal().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Emulator {
    world: Arc<World>,
    traffic: Arc<Traffic>,
    address: SocketAddr,
    server: AbortHandle,
}

impl Emulator {
    pub(crate) fn new(world: Arc<World>, traffic: Arc<Traffic>, address: SocketAddr, server: AbortHandle) -> Self {
        Self { world, traffic, address, server }
    }

    /// Starts with default options, on any free port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> std::io::Result<Self> {
        Self::builder().start().await
    }

    /// Options first: speed, port, keys, scenarios, seed, limits.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// The base URL for clients, with the version: `http://127.0.0.1:PORT/v1alpha`.
    pub fn url(&self) -> String {
        format!("{}{}", self.origin(), VERSION.trim_end_matches('/'))
    }

    /// The URL without a path; control endpoints are below `/_emulator/` there.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All sessions in full, newest first.
    pub fn sessions(&self) -> Vec<SessionView> {
        self.world.lock().views()
    }

    /// One session in full.
    pub fn session(&self, id: &str) -> Option<SessionView> {
        let stored = self.world.lock();
        stored.sessions.get(id).map(|record| record.view())
    }

    /// Puts a session there directly; answers its id.
    ///
    /// # Errors
    /// When a time or the scenario's name makes no sense.
    pub fn plant(&self, seed: SessionSeed) -> Result<String, String> {
        control::plant_session(&self.world, seed)
    }

    /// Puts many old sessions there at once; answers their ids, oldest first.
    ///
    /// # Errors
    /// When a time makes no sense.
    pub fn plant_many(&self, bulk: &BulkSeed) -> Result<Vec<String>, String> {
        let now = self.world.clock.now();
        self.world.lock().plant_many(bulk, now)
    }

    /// Connects repositories; answers their names.
    ///
    /// # Errors
    /// When owner or repository is missing.
    pub fn plant_sources(&self, seed: &SourceSeed) -> Result<Vec<String>, String> {
        control::plant_sources(&self.world, seed)
    }

    /// Adds an account with keys of its own, in place of one with the same name.
    ///
    /// # Errors
    /// When it has no name or no key.
    pub fn add_account(&self, account: Account) -> Result<(), String> {
        self.world.lock().add_account(account)
    }

    /// The accounts with their limits and what they use; the default one, without a name, comes first.
    pub fn accounts(&self) -> Vec<AccountView> {
        self.world.lock().account_views(self.world.clock.now())
    }

    /// Requests by account and operation since the start, with the worst sliding minute of each.
    pub fn rates(&self) -> Vec<Rate> {
        self.world.lock().rates.views()
    }

    /// The most requests for an operation that came from any one account within any minute.
    pub fn worst_minute(&self, operation: &str) -> usize {
        let of_operation = |rate: Rate| (rate.operation == operation).then_some(rate.worst_minute);
        self.rates().into_iter().filter_map(of_operation).max().unwrap_or(0)
    }

    /// Adds one wire activity to a session; answers its id.
    ///
    /// # Errors
    /// When there is no such session.
    pub fn append(&self, session: &str, activity: Value) -> Result<String, String> {
        let ids =
            self.append_all(Append { session: session.to_owned(), activity: Some(activity), ..Append::default() })?;
        Ok(ids.into_iter().next().unwrap_or_default())
    }

    /// Adds activities, outputs and a state to a session, all seen at once; answers the activities' ids.
    ///
    /// # Errors
    /// When there is no such session, or a time makes no sense.
    pub fn append_all(&self, addition: Append) -> Result<Vec<String>, String> {
        let now = self.world.clock.now();
        control::append(&mut self.world.lock(), addition, now)
    }

    /// Puts a fault in force; answers its number.
    pub fn fault(&self, fault: Fault) -> u64 {
        self.world.lock().faults.add(fault)
    }

    /// The faults in force, with how often each was applied.
    pub fn faults(&self) -> Vec<FaultInForce> {
        self.world.lock().faults.list()
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.world.lock().faults.clear();
    }

    /// Every request to the API since the start, oldest first.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.world.lock().journal.entries()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        self.world.lock().journal.clear();
    }

    /// Connections and bytes since the start.
    pub fn traffic(&self) -> TrafficView {
        self.traffic.view()
    }

    /// The settings in force.
    pub fn config(&self) -> Config {
        self.world.lock().config.clone()
    }

    /// Changes settings while the emulator runs.
    ///
    /// # Errors
    /// When a setting makes no sense; nothing is changed then.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) -> Result<(), String> {
        let mut config = self.config();
        change(&mut config);
        self.world.configure(config)
    }

    /// Adds a scenario as YAML text; answers its name.
    ///
    /// # Errors
    /// Says where the text can't be read.
    pub fn add_scenario(&self, yaml: &str) -> Result<String, String> {
        let scenario = Scenario::parse(yaml)?;
        let name = scenario.name.clone();
        self.world.lock().library.add(scenario);
        Ok(name)
    }

    /// Forgets sessions, faults and journal; settings and scenarios stay.
    pub fn reset(&self) {
        self.world.lock().reset();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
        self.world.lock().reset();
    }
}
