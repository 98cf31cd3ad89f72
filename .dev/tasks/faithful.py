"""The emulator against a client that nobody here wrote: the official TypeScript SDK.

faithful  its tests, with that SDK installed from the npm registry
"""

from functools import partial

from tasks import rust
from tasks.node import npm
from tasks.places import REPO
from tasks.stamp import when_changed
from tasks.tally import Tally

_place = REPO / "tests/emulator/faithful"


def faithful(tally: Tally) -> None:
    modules = _place / "node_modules/@google/jules-sdk"
    when_changed("faithful", [_place / "package-lock.json"], partial(npm, _place, "ci"), modules)
    report = ("--test-reporter=junit", "--test-reporter-destination={report}")
    shown = ("--test-reporter=spec", "--test-reporter-destination=stdout")
    env = {"JULES_EMULATOR_BIN": str(rust.emulator())}
    tally.run("faithful.xml", "node --test", *report, *shown, cwd=_place, env=env)
