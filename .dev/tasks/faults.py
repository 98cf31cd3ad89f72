"""The long campaigns, which take too long for `make test`; see core/RELIABILITY.md.

Sizes can be given: JULES_SIMULATIONS (schedules), JULES_CRASHES (of each program in each language), JULES_HOLDER_KILLS,
JULES_SHARED_EVERY_MS and JULES_SHARED_COUNT (the activities whose delay is measured), JULES_FLIPS,
JULES_PATCH_PAIRS, JULES_PATCH_RACES, JULES_FLEET_TASKS (of the fleet that is to be full all the time;
else 10,000).
"""

import os
import shutil
from collections.abc import Callable

from tasks import conformance, node, postgres, python, swift
from tasks.places import TARGET
from tasks.process import Failed, Unavailable, output, say
from tasks.registry import command
from tasks.tally import Tally

SIZES = (
    "SIMULATIONS=10000 CRASHES=15 HOLDER_KILLS=50 FLIPS=500 PATCH_PAIRS=800 PATCH_RACES=20000 "
    "SHARED_EVERY_MS=3000 SHARED_COUNT=35 PROGRAM_LIMIT=300"
)
CAMPAIGNS = {
    # Random schedules of faults on a virtual clock: nothing lost, nothing twice, an end to each.
    "simulation": "-p jules --lib -- --nocapture simulation",
    # A day of 1,000 sessions with 100,000 activities on that clock: what is held at its end was held before.
    "load": "-p jules --lib -- --ignored --nocapture simulation::load",
    # kill -9 in the middle of everything that programs in Rust, Python and Node do.
    "crashes": "-p jules-faults -- --include-ignored --nocapture crashes::",
    # Whole processes on one store: stopped, many at once, with full disks and logs that vanish.
    "processes": "-p jules-faults -- --nocapture --skip fleet:: --skip crashes::",
    # A PostgreSQL server that is killed, and put back to an older copy.
    "postgres": "-p jules-faults -- --include-ignored --nocapture --test-threads 1 postgres::",
    # Fleets of workers on one queue, for half an hour: killed, and with a PostgreSQL server that is restarted.
    "fleets": "-p jules-faults -- --include-ignored --nocapture --test-threads 1 fleet::",
    # Bits that turn over in the store's file.
    "store": "-p jules --test it -- --nocapture flips",
    # Patches beside git's own work, and links that change under them.
    "patches": "-p jules --test patches -- --nocapture",
    # A full plan, a quota a minute, as long as the service's own minutes, and an account with a long past: figures.
    "service": "-p jules --test it -- --nocapture quota budget past",
}
SETUPS: dict[str, Callable[[], object]] = {"postgres": postgres.setup, "fleets": postgres.setup}


# Every fault of the way against every operation, in every language. The cells mostly wait.
MATRIX = "--matrix alone --lanes 8 --time-limit 3600"
# Beside those of cargo.
OTHERS: dict[str, Callable[[Tally], object]] = {
    "matrix": lambda tally: conformance.conformance(tally, *MATRIX.split()),
    "leaks": lambda tally: leaks(tally),
    "cycles": lambda tally: cycles(tally),
}


def _programs() -> dict[str, str]:
    """The languages that crashes are tried in besides Rust, with their packages built."""
    python.build()
    node.build()
    return {"JULES_PROGRAM_PYTHON": str(python.PYTHON), "JULES_PROGRAM_NODE": shutil.which("node") or "node"}


@command(
    "faults",
    f"all of them, in the sizes below, or some: {', '.join([*CAMPAIGNS, *OTHERS])}",
    "[NAME …]",
)
def faults(tally: Tally, *names: str) -> None:
    sizes = {f"JULES_{name}": size for name, size in (each.split("=") for each in SIZES.split())}
    env = {"JULES_LONG": "1", **sizes, **{name: os.environ[name] for name in sizes if name in os.environ}}
    known = (*CAMPAIGNS, *OTHERS)
    for name in names or known:
        if name not in known:
            raise Failed(f"no campaign is called {name}; there are {', '.join(known)}")
        say(f"-- {name}")
        if name in OTHERS:
            OTHERS[name](tally)
            continue
        SETUPS.get(name, lambda: None)()
        more = _programs() if name == "crashes" else {}
        tally.cargo_test("--quiet", "--profile", "campaign", *CAMPAIGNS[name].split(), env={**env, **more})


def crashes(tally: Tally) -> None:
    """A few in Python and Node; those of Rust are among its tests."""
    ours = "--quiet -p jules-faults -- --ignored crashes::"
    tally.cargo_test(*ours.split(), env=_programs())


def leaks(tally: Tally) -> None:
    """Core's tests under LeakSanitizer: what nobody holds any more when a test program ends fails it."""
    host = output("rustc --print host-tuple")
    env = {"RUSTFLAGS": "-Zsanitizer=leak", "CARGO_TARGET_DIR": str(TARGET / "leaks"), "RUSTUP_TOOLCHAIN": "nightly"}
    ours = ("--quiet", "--target", host, "-p", "jules", "--features", "log", "--lib", "--test", "it")
    # A forked child must never close what its parent has open: there it is left on purpose.
    tally.cargo_test(*ours, "--", "--skip", "a_forked_child_begins_anew", env=env)


def cycles(tally: Tally) -> None:
    """In Python, Node and Swift 2,000 sessions, created, streamed and dropped; those of Rust are among `processes`."""
    # For whatever is started from here on: all of this is long.
    os.environ["JULES_LONG"] = "1"
    python.test(tally, "--capture", "no", "tests/test_leaks.py")
    node.test(tally, "bindings-node/test/leaks.test.mjs")
    try:
        swift.leaks(tally)
    except Unavailable as why:
        tally.skipped.append(f"the cycles in Swift: {why}")
