"""One set of cases in every language that is here.

conformance [ARGUMENT…]  arguments go to the runner: --case NAME, --languages LIST, --store URL, … (--help)
"""

import os
import shlex
from collections.abc import Mapping

from tasks import node, python, swift, swift_root
from tasks.places import CI, RUN
from tasks.process import Unavailable
from tasks.tally import Tally

LANGUAGES = ("rust", "python", "node", "swift")


def _wanted(arguments: tuple[str, ...]) -> list[str]:
    if "--languages" not in arguments[:-1]:
        return list(LANGUAGES)
    return arguments[arguments.index("--languages") + 1].split(",")


def _drivers(languages: list[str]) -> dict[str, str]:
    """The commands of the languages that are wanted and not named already, with what they start built."""
    found = {}
    todo = [name for name in languages if f"JULES_DRIVER_{name.upper()}" not in os.environ]
    if "python" in todo:
        python.build()
        found["PYTHON"] = [str(python.PYTHON), str(python.BINDING / "tests/conformance_driver.py")]
    if "node" in todo:
        node.build()
        found["NODE"] = ["node", str(node.PACKAGE / "test/conformance-driver.mjs")]
    if "swift" in todo:
        try:
            swift.build()
        except Unavailable:
            if CI:
                raise
        else:
            # Where Swift is, is found by the home directory, which a case may change.
            found["SWIFT"] = ["env", f"JULES_DEV_CACHE={swift_root.CACHE}", *RUN, "swift", "driver"]
    return {f"JULES_DRIVER_{name}": shlex.join(command) for name, command in found.items()}


def test(tally: Tally, *arguments: str) -> None:
    cases(tally, _drivers(_wanted(arguments)), *arguments)


def cases(tally: Tally, drivers: Mapping[str, str], *arguments: str) -> None:
    """Runs the cases with these drivers."""
    missing = () if CI else ("--allow-missing",)
    runner = ("cargo", "run", "--quiet", "-p", "jules-conformance", "--", "--json", "{report}")
    tally.run("conformance.json", *runner, *missing, *arguments, env=drivers)
