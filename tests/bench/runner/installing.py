"""Design §3, last rows: how long a program waits for the package it imports, and how much that takes of a disk."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from contestants import Contestant
from report import Row
from sizes import Sizes

IMPORT = "import or require, the best of so many fresh processes (target: 5 ms in Node, 6 ms in Python)"
SIZE = "what is installed, stripped, PostgreSQL included (target: 9 MB)"
PYTHON = "import time; began = time.perf_counter(); import {}; print((time.perf_counter() - began) * 1000)"
NODE = "const began = performance.now(); await import('{}'); console.log(performance.now() - began)"
PACKAGES = {
    "official SDK": ("@google/jules-sdk", None),
    "Python peer": ("jules_agent_sdk", None),
    "ours, Python": ("jules", 6),
    "ours, Node": ("jules-sdk", 5),
}
LIBRARIES = {"ours, Python": "**/_native*.so", "ours, Node": "**/*.node"}
LARGEST = 9.0


def measure(who: Mapping[str, Contestant], _binary: Path, _caches: Path, sizes: Sizes) -> list[Row]:
    """The packages as they were installed for the other works."""
    rows = []
    for name, (package, target) in PACKAGES.items():
        if contestant := who.get(name):
            times = sorted(_import(contestant, package) for _ in range(sizes.rounds * 4))
            beside = f"median {times[len(times) // 2]:.1f} ms"
            rows.append(Row(IMPORT, name, times[0], "ms", beside, target, {"milliseconds": times}))
    for name, pattern in LIBRARIES.items():
        if contestant := who.get(name):
            [library] = {found.resolve() for found in Path(contestant.command[-1]).parent.glob(pattern)}
            rows.append(Row(SIZE, name, library.stat().st_size / 1e6, "MB", target=LARGEST))
    return rows


def _import(contestant: Contestant, package: str) -> float:
    program, script = contestant.command[0], Path(contestant.command[-1])
    words = ("--input-type=module", "-e", NODE) if program == "node" else ("-c", PYTHON)
    command = [program, *words[:-1], words[-1].format(package)]
    return float(subprocess.run(command, cwd=script.parent, check=True, capture_output=True, text=True).stdout)
