//! What users do to a session, here and elsewhere, as its watcher and those who wait are to know it.

use tokio::time::Instant;

use super::watched::Watched;
use crate::engine::acts::{ActNote, Sent, Waking};
use crate::ground::error::Result;
use crate::ground::model::Activity;
use crate::ground::moment::Moment;
use crate::store::Beacon;

impl Watched {
    /// The user did something: news is to be expected. With a message the session may have to wake.
    pub(crate) async fn acted(&self, sent: Option<Sent<'_>>) {
        let _turn = self.acting.lock().await;
        let counted = self.tell_of(sent).await.inspect_err(|error| {
            tracing::warn!(target: "jules::watch", session = %self.id, %error, "cannot notify other clients of what was done here");
        });
        self.take_in(counted.ok(), sent);
    }

    /// Tells all clients that share the store what the user did; gives back how many acts there were in all.
    async fn tell_of(&self, sent: Option<Sent<'_>>) -> Result<u64> {
        let before = self.hub.store.beacon(&self.id).await?.act;
        let before = before.as_deref().and_then(ActNote::read);
        let note = ActNote::of(sent, before, Moment::now(&self.hub.surroundings.clock));
        self.hub.store.act(&self.id, note.to_text()).await
    }

    /// Takes in what users did elsewhere.
    pub(super) async fn notice_acts(&self, beacon: &Beacon) {
        let _turn = self.acting.lock().await;
        let counted = self.snapshot.borrow().counted;
        if beacon.acts <= counted {
            return;
        }
        let note = beacon.act.as_deref().and_then(ActNote::read);
        let now = Moment::now(&self.hub.surroundings.clock);
        let is_news = note.as_ref().is_some_and(|note| note.is_news(now));
        if counted > 0 || is_news {
            self.take_in(Some(beacon.acts), note.as_ref().and_then(ActNote::message));
        } else {
            // From before this client looked for the first time.
            self.snapshot.send_modify(|snapshot| snapshot.counted = beacon.acts);
        }
    }

    fn take_in(&self, counted: Option<u64>, sent: Option<Sent<'_>>) {
        self.hub.budget.favour(&self.id);
        let until = sent.map(|sent| self.hub.recent().wakes(&self.id, sent));
        self.snapshot.send_modify(|snapshot| {
            snapshot.counted = counted.unwrap_or(snapshot.counted);
            snapshot.act(until);
        });
        self.poke.notify_one();
    }

    /// The message that the session has yet to wake from.
    pub(super) fn waking(&self) -> Option<Waking> {
        self.hub.recent().latest_message(&self.id).filter(|waking| Instant::now() < waking.until)
    }

    /// Whether a message of this client has yet to appear among the activities: then what follows it has too.
    pub(super) async fn awaits_own_message(&self) -> Result<bool> {
        let latest = self.hub.recent().latest_message(&self.id);
        let Some(latest) = latest else { return Ok(false) };
        Ok(self.since_message(&latest).await?.is_empty())
    }

    /// What the store has from this message on, the message first; nothing while it has yet to appear.
    pub(super) async fn since_message(&self, waking: &Waking) -> Result<Vec<Activity>> {
        let since = self.hub.store.read(&self.id, waking.known).await?;
        let mut earlier = waking.own;
        let is_before = |activity: &Activity| {
            let equal = activity.is_message_of_user(&waking.text);
            let is_it = equal && earlier == 0;
            earlier -= usize::from(equal && !is_it);
            !is_it
        };
        Ok(since.into_iter().map(|(_, activity)| activity).skip_while(is_before).collect())
    }

    /// The session was seen at work: when it ends now, that is to be believed.
    pub(super) fn works(&self) {
        self.hub.recent().works(&self.id);
    }

    /// Whether this client has just created it, so that the server may not know it everywhere.
    pub(crate) fn is_brand_new(&self) -> bool {
        self.hub.recent().is_brand_new(&self.id)
    }

    /// Whether this client sent a message just now.
    pub(super) fn has_sent_lately(&self) -> bool {
        self.hub.recent().has_sent(&self.id)
    }
}
