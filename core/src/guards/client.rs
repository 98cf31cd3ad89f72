//! A client over the guards' server, in one thread, with nothing in it that depends on the machine or on time.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::guarded;
use super::server::Server;
use crate::api::transport::Transport;
use crate::api::{LARGEST_PAGE, Listing, Service};
use crate::ground::model::SessionId;
use crate::ground::surroundings::{Random, Surroundings, Threads};
use crate::store::{Batch, Body, Commit, NewActivity, Place, Position, ReadLimit, Sqlite, Store};
use crate::{ClientOptions, Jules};

pub(super) struct Client {
    pub(super) service: Service,
    pub(super) store: Arc<Sqlite>,
    pub(super) jules: Jules,
    pub(super) session: SessionId,
    runtime: Runtime,
}

impl Client {
    /// The server has so many activities; the store has nothing.
    pub(super) fn new(count: usize) -> Self {
        let options = ClientOptions { api_key: Some("key".into()), ..ClientOptions::default() };
        let config = options.resolve().unwrap();
        let surroundings =
            Surroundings { chance: Random::from_fn(|| 0.5), threads: Threads::Inline, ..Surroundings::default() };
        let server = Arc::new(Server::new(count));
        let transport = || Transport::over(Arc::clone(&server) as _, &config.api, surroundings.chance.clone());
        let service = Service::new(Arc::new(transport()));
        let store = Arc::new(Sqlite::new(Place::Memory, "account", u64::MAX, surroundings.clone()));
        let jules = Jules::assemble(options, &config, transport(), Arc::clone(&store) as _, surroundings);
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        Self { service, store, jules, session: SessionId::parse("1").unwrap(), runtime }
    }

    /// The same, with all of them in the store.
    pub(super) fn filled(count: usize) -> Self {
        let client = Self::new(count);
        client.setup(async {
            let activities = client.fetched(count).await;
            client.commit(activities).await;
        });
        client
    }

    /// Work that isn't counted.
    pub(super) fn setup<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Work that is.
    pub(super) fn guarded<T>(&self, work: impl Future<Output = T>) -> T {
        guarded(|| self.runtime.block_on(work))
    }

    /// What the server has, ready for the store.
    pub(super) async fn fetched(&self, count: usize) -> Vec<NewActivity> {
        let (mut found, mut page_token) = (Vec::with_capacity(count), None);
        while found.len() < count {
            let listing = Listing { page_size: Some(LARGEST_PAGE), page_token, filter: None };
            let page = self.service.activities(&self.session, &listing).await.unwrap();
            found.extend(page.items.into_iter().map(NewActivity::from));
            page_token = page.next_page_token;
        }
        found
    }

    pub(super) async fn commit(&self, activities: Vec<NewActivity>) -> usize {
        let batch = Batch { activities, ..Batch::default() };
        match self.store.commit(&self.session, batch).await.unwrap() {
            Commit::Done(committed) => committed.new.len(),
            refused => panic!("{refused:?}"),
        }
    }

    /// What the store has.
    pub(super) async fn bodies(&self) -> Vec<Body> {
        let (mut found, mut at) = (Vec::new(), Position::default());
        loop {
            let limit = ReadLimit { activities: 256, bytes: 256 * 1024 };
            let chunk = self.store.read_some(&self.session, at, limit).await.unwrap();
            found.extend(chunk.bodies);
            at = chunk.end;
            if !chunk.more {
                return found;
            }
        }
    }
}
