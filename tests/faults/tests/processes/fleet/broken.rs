//! A fence and a count that are broken, to see that the checker sees it. Leases of tasks run out much too early, so that workers take each
//! other's tasks away all the time and are late with what they write. The fence refuses that, and all is right; a database
//! that gives every holder the same generation lets it through. One that forgets each place as it is taken has room for any number.

use std::time::Duration;

use super::{Fleet, QUIET};
use crate::server::Server;

macro_rules! leases_of_tasks {
    ($($line:literal),+) => {
        concat!(
            "CREATE FUNCTION jules.leases_of_tasks() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
                 IF NEW.key LIKE 'task/%' AND NEW.handle IS NOT NULL THEN ",
            $($line,)+
            "END IF;
                 RETURN NEW;
             END $body$;
             CREATE TRIGGER leases_of_tasks BEFORE INSERT OR UPDATE ON jules.leases
                 FOR EACH ROW EXECUTE FUNCTION jules.leases_of_tasks()"
        )
    };
}
const EARLY: &str = leases_of_tasks!("NEW.expires := clock_timestamp() + interval '250 milliseconds'; ");
const EARLY_AND_UNFENCED: &str =
    leases_of_tasks!("NEW.expires := clock_timestamp() + interval '250 milliseconds'; ", "NEW.generation := 1; ");

/// Whether a worker is late by so much that what it writes does harm is chance: one of so many fleets shows it.
const FLEETS: usize = 6;

fn fleet(sql: &'static str) -> Fleet {
    let each = Duration::from_millis(1_000);
    Fleet {
        tasks: 24,
        each,
        slots: 6,
        // Three hands for each slot: whatever can be taken away is.
        workers: 6,
        concurrency: 3,
        sql: Some(sql),
        ..QUIET
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn a_fence_keeps_a_fleet_right_whose_leases_run_out_and_one_that_is_broken_is_seen() {
    let server = Server::start();
    fleet(EARLY).holds(&server.url, Some(&server)).await;
    let mut seen = Ok(());
    for _ in 0..FLEETS {
        let server = Server::start();
        let broken = fleet(EARLY_AND_UNFENCED);
        let (history, _) = broken.run(&server.url, Some(&server)).await;
        seen = history.check(broken.allowed()).map(drop);
        if seen.is_err() {
            break;
        }
    }
    let seen = seen.unwrap_err();
    assert!(
        seen.contains("was given 2 times") || seen.contains("was given 3 times") || seen.contains("doubled"),
        "{seen}"
    );
}

const UNCOUNTED: &str = "CREATE FUNCTION jules.no_place() RETURNS trigger LANGUAGE plpgsql AS
        $body$ BEGIN NEW.open := false; RETURN NEW; END $body$;
    CREATE TRIGGER no_place BEFORE INSERT OR UPDATE ON jules.places FOR EACH ROW EXECUTE FUNCTION jules.no_place()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn slots_that_nobody_counts_are_seen() {
    let server = Server::start();
    let broken = fleet(UNCOUNTED);
    let (history, _) = broken.run(&server.url, Some(&server)).await;
    let seen = history.check(broken.allowed()).unwrap_err();
    assert!(seen.contains("were at work on 6 slots"), "{seen}");
}
