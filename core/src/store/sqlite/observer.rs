//! Who is silent for how long, as one process sees it: no clock is shared, so a beat that stands still is watched by the
//! observer's own. Time in which the observer didn't look, because it slept itself, counts only in part.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::leases::Peer;

#[derive(Debug)]
pub(super) struct Observer {
    /// So much counts between two looks at most.
    most: Duration,
    seen: HashMap<String, Seen>,
}

#[derive(Debug)]
struct Seen {
    beat: i64,
    last: Instant,
    silent: Duration,
}

impl Observer {
    /// For one that looks every `poll`, when it is awake.
    pub(super) fn new(poll: Duration) -> Self {
        Self { most: poll * 2, seen: HashMap::new() }
    }

    /// Takes a look; gives back for how long each has been silent.
    pub(super) fn look(&mut self, now: Instant, peers: &[Peer]) -> HashMap<String, (i64, Duration)> {
        let mut before = std::mem::take(&mut self.seen);
        for Peer { handle, beat, .. } in peers {
            let silent = match before.remove(handle) {
                Some(seen) if seen.beat == *beat => {
                    seen.silent + now.saturating_duration_since(seen.last).min(self.most)
                }
                _ => Duration::ZERO,
            };
            self.seen.insert(handle.clone(), Seen { beat: *beat, last: now, silent });
        }
        self.seen.iter().map(|(handle, seen)| (handle.clone(), (seen.beat, seen.silent))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLL: Duration = Duration::from_secs(1);

    fn peer(beat: i64) -> Vec<Peer> {
        vec![Peer { handle: "a".to_owned(), beat, locks: false }]
    }

    #[test]
    fn a_beat_that_stands_still_is_silence_and_one_that_moves_is_none() {
        let (mut observer, began) = (Observer::new(POLL), Instant::now());
        let mut silent = |seconds: u64, beat| observer.look(began + Duration::from_secs(seconds), &peer(beat))["a"].1;
        assert_eq!(silent(0, 1), Duration::ZERO);
        assert_eq!(silent(1, 1), Duration::from_secs(1));
        assert_eq!(silent(3, 1), Duration::from_secs(3));
        assert_eq!(silent(4, 2), Duration::ZERO);
        assert_eq!(silent(5, 2), Duration::from_secs(1));
    }

    #[test]
    fn an_observer_that_slept_counts_two_of_its_polls() {
        let (mut observer, began) = (Observer::new(POLL), Instant::now());
        observer.look(began, &peer(1));
        let silent = observer.look(began + Duration::from_secs(3_600), &peer(1))["a"].1;
        assert_eq!(silent, Duration::from_secs(2));
    }

    #[test]
    fn who_went_and_came_back_begins_anew() {
        let (mut observer, began) = (Observer::new(POLL), Instant::now());
        observer.look(began, &peer(1));
        assert!(observer.look(began + POLL, &[]).is_empty());
        assert_eq!(observer.look(began + POLL * 2, &peer(1))["a"].1, Duration::ZERO);
    }
}
