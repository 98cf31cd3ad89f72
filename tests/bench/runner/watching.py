"""Design §3, third row: a hundred sessions that run already, watched to their ends."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import OFFICIAL, Contestant
from emulator import Emulator, counted
from report import Row, missing
from sizes import Sizes
from together import stop, together

WORK = "requests to watch 100 sessions of 20–30 s to their ends, each second (target: 1/20, 2 connections)"


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Everybody looks each second; ours in Rust also at its own pace."""
    contestants = [contestant.variant("each second", interval=1) for contestant in who.values()]
    contestants.append(who["ours, Rust"].variant("own pace"))

    def prepare(emulator: Emulator) -> dict[str, Any]:
        spread = sizes.longest - sizes.shortest
        for tenth in range(11):
            seconds = sizes.shortest + spread * tenth / 10
            emulator.scenario(
                f"name: ends-{tenth}\nsteps:\n  - state: IN_PROGRESS\n    progress: {{ title: Working }}\n"
                f"  - after: {seconds}s\n    completed: true\n"
                "    outputs:\n"
                "      - pullRequest: { title: Done, description: All of it. }\n"
                "      - changeSet: { files: [{ path: a.txt, content: news }] }\n"
            )
        return {"sessions": [emulator.create(f"Task {n} [scenario:ends-{n * 7 % 11}]") for n in range(sizes.watched)]}

    sides = together("watch", contestants, binary, caches, prepare)
    stop(sides)
    official = next(counted(side.journal) for side in sides if side.contestant.name.startswith(OFFICIAL))
    rows = []
    for side in sides:
        name = side.contestant.name.removesuffix(", each second")
        if side.answer.get("finished") != sizes.watched:
            rows.append(missing(WORK, name, side.answer))
            continue
        figures = counted(side.journal)
        operations = _operations(side.journal)
        beside = f"{figures['connections']} connections; {operations}"
        target = official["requests"] / 20 if side.contestant.ours else None
        rows.append(Row(WORK, name, figures["requests"], "", beside, target, figures))
    return rows


def _operations(journal: list[dict[str, Any]]) -> str:
    names = [entry["operation"] or "?" for entry in journal]
    return ", ".join(f"{names.count(name)} {name}" for name in sorted(set(names)))
