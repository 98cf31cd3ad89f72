"""The long campaigns, which take too long for `make test`; see core/RELIABILITY.md.

faults          all of them, in the sizes below
faults NAME …   some: simulation, processes, fleets, store, patches or service

Sizes can be given: JULES_SIMULATIONS (schedules), JULES_HOLDER_KILLS, JULES_FLIPS, JULES_PATCH_PAIRS,
JULES_PATCH_RACES.
"""

import os

from tasks import postgres
from tasks.process import Failed, heading
from tasks.tally import Tally

SIZES = {
    "JULES_SIMULATIONS": "10000",
    "JULES_HOLDER_KILLS": "50",
    "JULES_FLIPS": "500",
    "JULES_PATCH_PAIRS": "800",
    "JULES_PATCH_RACES": "20000",
}
CAMPAIGNS = {
    # Random schedules of faults on a virtual clock: nothing lost, nothing twice, an end to each.
    "simulation": "-p jules --lib simulation",
    # Whole processes on one store: killed, stopped, many at once.
    "processes": "-p jules-faults -- --skip campaign",
    # Fleets of workers on one queue, for half an hour: killed, and with a PostgreSQL server that is restarted.
    "fleets": "-p jules-faults -- --include-ignored --nocapture --test-threads 1 campaign",
    # Bits that turn over in the store's file.
    "store": "-p jules --test it flips",
    # Patches beside git's own work, and links that change under them.
    "patches": "-p jules --test patches",
    # A full plan and a quota a minute, as long as the service's own minutes.
    "service": "-p jules --test it -- quota budget",
}


def test(tally: Tally, *names: str) -> None:
    if unknown := set(names) - CAMPAIGNS.keys():
        raise Failed(f"no campaign is called {', '.join(sorted(unknown))}; there are {', '.join(CAMPAIGNS)}")
    for name in names or CAMPAIGNS:
        heading(name)
        if name == "fleets":
            postgres.setup()
        env = {"JULES_LONG": "1", **{size: os.environ.get(size, number) for size, number in SIZES.items()}}
        tally.cargo_test("--quiet", "--profile", "campaign", *CAMPAIGNS[name].split(), env=env)
