"""Design §3, last rows: how long a program waits for the package it imports, and how much that takes of a disk."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from contestants import Contestant
from report import Row
from sizes import Sizes

IMPORT = "import or require, the best of so many fresh processes (target: 5 ms in Node, 6 ms in Python)"
SIZE = "what is installed, stripped, PostgreSQL included (target: 9 MB)"
CLIENT = "the same, and a client made: what is loaded only then counts here"
PYTHON = "import time; began = time.perf_counter(); import {}{}; print((time.perf_counter() - began) * 1000)"
NODE = "const began = performance.now(); const it = await import('{}'){}; console.log(performance.now() - began)"
# Each with what makes a client, and the target of the import alone.
PACKAGES = {
    "official SDK": ("@google/jules-sdk", "; it.connect({ apiKey: 'k' })", None),
    "Python peer": ("jules_agent_sdk", "; jules_agent_sdk.JulesClient(api_key='k')", None),
    "ours, Python": ("jules", "; jules.Jules(api_key='k')", 6),
    "ours, Node": ("jules-sdk", "; new it.Jules({ apiKey: 'k' })", 5),
}
LIBRARIES = {"ours, Python": "**/_native*.so", "ours, Node": "**/*.node"}
LARGEST = 9.0


def measure(who: Mapping[str, Contestant], _binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """The packages as they were installed for the other works."""
    rows = []
    for name, (package, client, target) in PACKAGES.items():
        for work, more, limit in ((IMPORT, "", target), (CLIENT, client, None)):
            if contestant := who.get(name):
                times = sorted(_import(contestant, package, more, caches) for _ in range(sizes.rounds * 4))
                beside = f"median {times[len(times) // 2]:.1f} ms"
                rows.append(Row(work, name, times[0], "ms", beside, limit, {"milliseconds": times}))
    for name, pattern in LIBRARIES.items():
        if contestant := who.get(name):
            [library] = {found.resolve() for found in Path(contestant.command[-1]).parent.glob(pattern)}
            rows.append(Row(SIZE, name, library.stat().st_size / 1e6, "MB", target=LARGEST))
    return rows


def _import(contestant: Contestant, package: str, more: str, caches: Path) -> float:
    program, script = contestant.command[0], Path(contestant.command[-1])
    words = ("--input-type=module", "-e", NODE) if program == "node" else ("-c", PYTHON)
    command = [program, *words[:-1], words[-1].replace("{}", package, 1).replace("{}", more, 1)]
    environment = {**os.environ, "JULES_HOME": str(caches)}
    done = subprocess.run(command, cwd=script.parent, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)
