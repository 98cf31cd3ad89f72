//! Effects that happen exactly once. A request that may or may not have been taken is not blindly sent again: first look
//! whether its effect is there, and adopt it; only else send again.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use super::finish;
use crate::api::transport::{Delivery, FromBody, Operation, Reply, Request, Retrier, Transport};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::Timestamp;
use crate::ground::waits::{Wait, WaitReason};

/// How often to look before believing that an effect did not happen: the server may still be at work on it.
const LOOKS: u32 = 2;

/// How often a look that the store fails is made.
pub(super) const MOST_FAILED_LOOKS: u32 = 20;

/// How an effect came about.
#[derive(Debug)]
pub(crate) enum Effect<T, F> {
    /// The server said so.
    Answered(T),
    /// The server's word was lost, but the effect was found.
    Found(F),
}

/// Sends `request` until its effect is there. `look` is asked after every attempt that may have worked unseen; it gets
/// the moment when the first attempt began.
pub(crate) async fn once<'a, T, F>(
    transport: &Transport,
    request: &Request,
    look: impl Fn(Instant) -> BoxFuture<'a, Result<Option<F>>>,
) -> Result<Effect<T, F>>
where
    T: FromBody,
{
    let mut retrier = transport.retrier();
    let mut uncertain = false;
    loop {
        finish::note_left(true);
        let failure = match retrier.attempt(request).await {
            Ok(Reply { value, .. }) => return Ok(Effect::Answered(value)),
            Err(failure) => failure,
        };
        finish::note_left(uncertain || failure.effect == Delivery::Perhaps);
        if failure.effect == Delivery::NotTaken && !uncertain && finish::is_alone() {
            return Err(retrier.final_error(failure.error));
        }
        match failure.effect {
            Delivery::Refused => {
                // It may be refused because an earlier attempt has worked, only later than it was looked for.
                return match if uncertain { told(transport, request, &mut retrier, &look).await? } else { None } {
                    Some(found) => Ok(Effect::Found(found)),
                    None => Err(retrier.final_error(failure.error)),
                };
            }
            Delivery::NotTaken => retrier.wait(failure.error, Duration::ZERO).await?,
            Delivery::Perhaps => {
                uncertain = true;
                for _ in 0..LOOKS {
                    settle(transport, request.operation).await;
                    if let Some(found) = told(transport, request, &mut retrier, &look).await? {
                        tracing::info!(target: "jules::once", operation = request.operation.name(), "the request took effect although its response was lost");
                        return Ok(Effect::Found(found));
                    }
                }
                retrier.wait(failure.error, Duration::ZERO).await?;
            }
        }
    }
}

/// Looks. A look that the store fails says nothing, and is made again: what may have been done must not be done twice.
async fn told<'a, F>(
    transport: &Transport,
    request: &Request,
    retrier: &mut Retrier<'_>,
    look: &impl Fn(Instant) -> BoxFuture<'a, Result<Option<F>>>,
) -> Result<Option<F>> {
    let mut looks = 0;
    loop {
        let began = retrier.started();
        match retrier.timed(look(began)).await {
            // With a session it is about whose that is: a claim that failed may have been made, and isn't made again.
            Err(error) if error.kind() == ErrorKind::Store && error.session_id().is_none() => {
                looks += 1;
                if looks == MOST_FAILED_LOOKS {
                    return Err(not_again(error));
                }
                settle(transport, request.operation).await;
            }
            looked => return looked,
        }
    }
}

/// The store's error where the effect may be there and couldn't be looked for.
pub(super) fn not_again(error: Error) -> Error {
    let hint = "The request may have taken effect: look at the session before you send it again.";
    error.with_retryable(false).with_hint(hint)
}

/// Leaves the server the time to finish what it was asked for.
pub(super) async fn settle(transport: &Transport, operation: Operation) {
    Wait::of(WaitReason::Effect).before(operation.name()).pause(transport.settling_time()).await;
}

/// What the server's clock showed when something began here, told from an answer's `Date` and the time that has passed
/// since. The local clock is never compared with the server's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerClock(Option<Timestamp>);

/// `Date` has whole seconds, and the answer took its time on the way.
const SLACK: Duration = Duration::from_secs(2);

impl ServerClock {
    /// `date` is what an answer said, and when it came: what went on between the two moments counts, and nothing after.
    pub(crate) fn when(began: Instant, date: Option<(Timestamp, Instant)>) -> Self {
        Self::with_slack(began, date, SLACK)
    }

    /// The same of a moment that is known by the server's clock.
    pub(crate) fn at(date: Option<Timestamp>, slack: Duration) -> Self {
        Self(date.map(|date| date.earlier(slack)))
    }

    /// The same with another tolerance.
    pub(crate) fn with_slack(began: Instant, date: Option<(Timestamp, Instant)>, slack: Duration) -> Self {
        let then = |(date, at): (Timestamp, Instant)| {
            let ago = at.saturating_duration_since(began) + slack;
            date.shifted(-i128::try_from(ago.as_nanos()).unwrap_or_default())
        };
        Self(date.map(then))
    }

    /// Whether something with this time can have come from what began then. Where either is unknown it can.
    pub(crate) fn allows(self, time: Option<Timestamp>) -> bool {
        match (self.0, time) {
            (Some(began), Some(time)) => time >= began,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_after_the_answer_does_not_make_the_clock_slow() {
        let began = Instant::now();
        tokio::time::advance(Duration::from_secs(10)).await;
        let date: Timestamp = "2026-01-02T03:00:10Z".parse().unwrap();
        let answered = (date, Instant::now());
        tokio::time::advance(Duration::from_secs(100)).await;
        let clock = ServerClock::when(began, Some(answered));
        assert!(clock.allows(Some("2026-01-02T02:59:59Z".parse().unwrap())), "within the slack");
        assert!(!clock.allows(Some("2026-01-02T02:59:30Z".parse().unwrap())), "an equal message of before");
    }
}
