//! A fence that is broken, to see that the checker sees it: leases of tasks run out much too early, so that workers take each
//! other's tasks away all the time and are late with what they write. The fence refuses that, and all is right; a database
//! that gives every holder the same generation lets it through.

use std::time::Duration;

use super::{Fleet, OFTEN};
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

fn fleet(sql: &'static str) -> Fleet {
    let each = Duration::from_millis(1_000);
    Fleet {
        tasks: 24,
        each,
        slots: 6,
        // Three hands for each slot: whatever can be taken away is.
        workers: 6,
        concurrency: 3,
        look_every: OFTEN,
        kill_every: None,
        restarts: 0,
        full: 0.0,
        sql: Some(sql),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn a_fence_keeps_a_fleet_right_whose_leases_run_out_and_one_that_is_broken_is_seen() {
    let server = Server::start();
    fleet(EARLY).holds(&server.url, Some(&server)).await;
    let server = Server::start();
    let broken = fleet(EARLY_AND_UNFENCED);
    let (history, _) = broken.run(&server.url, Some(&server)).await;
    let seen = history.check(broken.allowed()).unwrap_err();
    assert!(
        seen.contains("was given 2 times") || seen.contains("was given 3 times") || seen.contains("doubled"),
        "{seen}"
    );
}
