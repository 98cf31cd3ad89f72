//! Options of an emulator, before it starts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Request};
use rand::RngExt;
use tokio::net::TcpListener;

use crate::control::{self, Control};
use crate::emulator::Emulator;
use crate::script::{Library, Scenario};
use crate::serve::{Connection, Incoming, Traffic, accept, exchange};
use crate::world::{Account, Config, LimitAnswer, Stored, World};

/// Builds an [`Emulator`] with other than default options.
#[derive(Debug, Clone, Default)]
pub struct EmulatorBuilder {
    config: Config,
    port: u16,
    keys: Vec<String>,
    accounts: Vec<Account>,
    scenarios: Vec<String>,
    seed: Option<u64>,
}

/// Larger request bodies are refused.
const LARGEST_REQUEST: usize = 64 * 1024 * 1024;

impl EmulatorBuilder {
    /// Divides scripted delays. Default 1.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.config.speed = speed;
        self
    }

    /// The port on 127.0.0.1. Default 0: any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Accepts only this key (and others added so). Default: any key that isn't empty, but for
    /// `wrong-key` and those that start with `invalid`.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Adds an account with keys and a plan of its own, beside the default one.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// How a create beyond a plan is refused. The live service: [`LimitAnswer::Bare`].
    #[must_use]
    pub fn limit_answer(mut self, answer: LimitAnswer) -> Self {
        self.config.limit_answer = answer;
        self
    }

    /// Lets an account make only so many requests of an operation within any minute.
    #[must_use]
    pub fn per_minute(mut self, operation: &str, requests: u32) -> Self {
        self.config.per_minute.insert(operation.to_owned(), requests);
        self
    }

    /// Adds a scenario as YAML text, beside the shipped ones or in place of one.
    #[must_use]
    pub fn scenario(mut self, yaml: impl Into<String>) -> Self {
        self.scenarios.push(yaml.into());
        self
    }

    /// The scenario of sessions that don't name one. Default: chosen by the request.
    #[must_use]
    pub fn default_scenario(mut self, name: impl Into<String>) -> Self {
        self.config.default_scenario = Some(name.into());
        self
    }

    /// Makes ids, decimals of times and fault probabilities the same every time. Default: by chance.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Changes any other setting.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Starts the emulator on the current tokio runtime.
    ///
    /// # Errors
    /// When the port is taken, a scenario can't be read, or a setting makes no sense.
    pub async fn start(self) -> io::Result<Emulator> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        self.config.check().map_err(invalid)?;
        let mut library = Library::shipped().map_err(invalid)?;
        for yaml in &self.scenarios {
            library.add(Scenario::parse(yaml).map_err(invalid)?);
        }
        if let Some(name) = &self.config.default_scenario
            && library.get(name).is_none()
        {
            return Err(invalid(format!("there is no scenario '{name}'")));
        }
        let seed = self.seed.unwrap_or_else(|| rand::rng().random());
        let mut stored = Stored::new(self.config, self.keys, library, seed);
        for account in self.accounts {
            stored.add_account(account).map_err(invalid)?;
        }
        let world = Arc::new(World::new(stored));
        let traffic = Arc::new(Traffic::default());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let router = router(&world, &traffic);
        let server = tokio::spawn(accept(listener, router, Arc::clone(&traffic)));
        Ok(Emulator::new(world, traffic, address, server.abort_handle()))
    }
}

/// Control endpoints, and everything else as requests to the API.
fn router(world: &Arc<World>, traffic: &Arc<Traffic>) -> Router {
    let world_of_api = Arc::clone(world);
    let api = move |Extension(connection): Extension<Arc<Connection>>, request: Request<Body>| {
        let world = Arc::clone(&world_of_api);
        async move {
            let (parts, body) = request.into_parts();
            // A body that breaks off, or is far too large, is read as empty and refused as such.
            let body = to_bytes(body, LARGEST_REQUEST).await.unwrap_or_default();
            let incoming = Incoming { method: parts.method, uri: parts.uri, headers: parts.headers, body, connection };
            exchange(world, incoming).await
        }
    };
    let control = Control { world: Arc::clone(world), traffic: Arc::clone(traffic) };
    Router::new().merge(control::router(control)).fallback(api)
}
