"""The long campaigns, which take too long for `make test`; see core/RELIABILITY.md.

Sizes can be given: JULES_SIMULATIONS (schedules), JULES_HOLDER_KILLS, JULES_FLIPS, JULES_PATCH_PAIRS,
JULES_PATCH_RACES, JULES_FLEET_TASKS (of the fleet that is to be full all the time; else 10,000).
"""

import os

from tasks import conformance, postgres
from tasks.process import Failed, say
from tasks.registry import command
from tasks.tally import Tally

SIZES = "SIMULATIONS=10000 HOLDER_KILLS=50 FLIPS=500 PATCH_PAIRS=800 PATCH_RACES=20000"
CAMPAIGNS = {
    # Random schedules of faults on a virtual clock: nothing lost, nothing twice, an end to each.
    "simulation": "-p jules --lib simulation",
    # Whole processes on one store: killed, stopped, many at once.
    "processes": "-p jules-faults -- --skip fleet::",
    # Fleets of workers on one queue, for half an hour: killed, and with a PostgreSQL server that is restarted.
    "fleets": "-p jules-faults -- --include-ignored --nocapture --test-threads 1 fleet::",
    # Bits that turn over in the store's file.
    "store": "-p jules --test it flips",
    # Patches beside git's own work, and links that change under them.
    "patches": "-p jules --test patches",
    # A full plan and a quota a minute, as long as the service's own minutes.
    "service": "-p jules --test it -- quota budget",
}


# Every fault of the way against every operation, in every language.
MATRIX = "--matrix alone --time-limit 1800"


@command(
    "faults",
    "all of them, in the sizes below, or some: simulation, processes, fleets, store, patches, service, matrix",
    "[NAME …]",
)
def faults(tally: Tally, *names: str) -> None:
    sizes = {f"JULES_{name}": size for name, size in (each.split("=") for each in SIZES.split())}
    env = {"JULES_LONG": "1", **sizes, **{name: os.environ[name] for name in sizes if name in os.environ}}
    known = (*CAMPAIGNS, "matrix")
    for name in names or known:
        if name not in known:
            raise Failed(f"no campaign is called {name}; there are {', '.join(known)}")
        say(f"-- {name}")
        if name == "matrix":
            conformance.conformance(tally, *MATRIX.split())
            continue
        if name == "fleets":
            postgres.setup()
        tally.cargo_test("--quiet", "--profile", "campaign", *CAMPAIGNS[name].split(), env=env)
