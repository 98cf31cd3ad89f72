"""Design §3, third row: a hundred sessions that run already, watched to their ends."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import OFFICIAL, Contestant
from emulator import Emulator, counted
from report import Row, missing
from sizes import Sizes
from together import stop, together

WORK = "looks until the ends of 100 sessions of 20–30 s are seen, each second (target: 1/50, a fleet look under 20 kB)"


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
        beside = f"{figures['connections']} connections, {figures['bodyBytes'] / 2**10:,.0f} KiB; {operations}"
        beside += f"; {side.answer['cpu']:.2f} s of processor, {side.answer['most'] / 2**20:.0f} MiB at most"
        target = official["requests"] / 50 if side.contestant.ours else None
        looks = _looks(side.journal) if side.contestant.ours else figures["requests"]
        rows.append(Row(WORK, name, looks, "", beside, target, figures, condition=_lightly(side.journal)))
    return rows


def _looks(journal: list[dict[str, Any]]) -> int:
    """What told that they ended. Then each session is asked for once, for its outcome; peers need no such call."""
    outcomes = {entry["path"] for entry in journal if entry["operation"] == "sessions.get"}
    return len(journal) - len(outcomes)


def _lightly(journal: list[dict[str, Any]]) -> bool:
    """Whether a look at all of them stays light."""
    pages = [entry["responseBytes"] for entry in journal if entry["operation"] == "sessions.list"]
    return sum(pages) <= 20_000 * len(pages)


def _operations(journal: list[dict[str, Any]]) -> str:
    names = [entry["operation"] or "?" for entry in journal]
    return ", ".join(f"{names.count(name)} {name}" for name in sorted(set(names)))
