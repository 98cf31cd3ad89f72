"""One set of cases in every language that is here."""

import os
import shlex
from collections.abc import Mapping

from tasks import node, python, swift, swift_root
from tasks.places import CI, RUN
from tasks.process import Unavailable, Word
from tasks.registry import command
from tasks.tally import Tally


def _drivers(wanted: str) -> dict[str, str]:
    """The commands of the languages that are wanted and not named already, with what they start built."""
    found: dict[str, list[Word]] = {}
    todo = [name for name in wanted.split(",") if f"JULES_DRIVER_{name.upper()}" not in os.environ]
    if "python" in todo:
        python.build()
        found["PYTHON"] = [python.PYTHON, python.BINDING / "tests/conformance_driver.py"]
    if "node" in todo:
        node.build()
        found["NODE"] = ["node", node.PACKAGE / "test/conformance-driver.mjs"]
    if "swift" in todo:
        try:
            swift.build()
            # Where Swift is, is found by the home directory, which a case may change.
            found["SWIFT"] = ["env", f"JULES_DEV_CACHE={swift_root.CACHE}", *RUN, "swift", "driver"]
        except Unavailable:
            if CI:
                raise
    return {f"JULES_DRIVER_{name}": shlex.join(map(str, command)) for name, command in found.items()}


@command(
    "conformance", "arguments go to the runner: --case NAME, --languages LIST, --store URL, … (--help)", "[ARGUMENT…]"
)
def conformance(tally: Tally, *arguments: str) -> None:
    named = arguments.index("--languages") + 1 if "--languages" in arguments[:-1] else None
    cases(tally, _drivers("python,node,swift" if named is None else arguments[named]), *arguments)


def cases(tally: Tally, drivers: Mapping[str, str], *arguments: str) -> None:
    """Runs the cases with these drivers."""
    missing = () if CI else ("--allow-missing",)
    runner = ("cargo run --quiet -p jules-conformance -- --json {report}", *missing)
    tally.run("conformance.json", *runner, *arguments, env=drivers)
