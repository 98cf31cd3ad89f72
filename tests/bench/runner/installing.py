"""Design §3, last rows: how long a program waits for the package it imports, and how much that takes of a disk."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from contestants import Contestant
from report import Row
from sizes import Sizes

IMPORT = "import or require, the best of so many fresh processes (target: 5 ms in Node, 6 ms in Python)"
SIZE = "what is installed, stripped, PostgreSQL included (target: 9 MB)"
CLIENT = "the same, and a client made: what is loaded only then counts here"
# What a package is loaded with, by the words before the program.
PYTHON = (
    "-c",
    "import time; began = time.perf_counter(); import {}{}; print((time.perf_counter() - began) * 1000)",
)
_TIMED = "const began = performance.now(); const it = {}('{}'){}; console.log(performance.now() - began)"
IMPORTED = ("--input-type=module", "-e", _TIMED.replace("{}", "await import", 1))
REQUIRED = ("--input-type=commonjs", "-e", _TIMED.replace("{}", "require", 1))


class Package(NamedTuple):
    """How a program loads it, what makes a client then, and the target of the loading alone."""

    contestant: str
    program: tuple[str, ...]
    name: str
    client: str | None
    target: float | None = None


PACKAGES = {
    "official SDK": Package("official SDK", IMPORTED, "@google/jules-sdk", "; it.connect({ apiKey: 'k' })"),
    "Python peer": Package("Python peer", PYTHON, "jules_agent_sdk", "; jules_agent_sdk.JulesClient(api_key='k')"),
    "ours, Python": Package("ours, Python", PYTHON, "jules", "; jules.Jules(api_key='k')", 6),
    "ours, Node": Package("ours, Node", IMPORTED, "jules-sdk", "; new it.Jules({ apiKey: 'k' })", 5),
    "ours, Node, by require": Package("ours, Node", REQUIRED, "jules-sdk", "; new it.Jules({ apiKey: 'k' })", 5),
    # What Node needs for the first module that a program imports.
    "an empty module, Node": Package("ours, Node", IMPORTED, "data:text/javascript,", None),
}
LIBRARIES = {"ours, Python": "**/_native*.so", "ours, Node": "**/*.node"}
LARGEST = 9.0


def measure(who: Mapping[str, Contestant], _binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """The packages as they were installed for the other works."""
    rows = []
    for name, package in PACKAGES.items():
        for work, more, limit in ((IMPORT, "", package.target), (CLIENT, package.client, None)):
            if more is not None and (contestant := who.get(package.contestant)):
                times = sorted(_load(contestant, package, more, caches) for _ in range(sizes.rounds * 4))
                beside = f"median {times[len(times) // 2]:.1f} ms"
                rows.append(Row(work, name, times[0], "ms", beside, limit, {"milliseconds": times}))
    for name, pattern in LIBRARIES.items():
        if contestant := who.get(name):
            [library] = {found.resolve() for found in Path(contestant.command[-1]).parent.glob(pattern)}
            rows.append(Row(SIZE, name, library.stat().st_size / 1e6, "MB", target=LARGEST))
    return rows


def _load(contestant: Contestant, package: Package, more: str, caches: Path) -> float:
    *words, code = package.program
    command = [contestant.command[0], *words, code.replace("{}", package.name, 1).replace("{}", more, 1)]
    environment = {**os.environ, "JULES_HOME": str(caches)}
    place = Path(contestant.command[-1]).parent
    done = subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)
