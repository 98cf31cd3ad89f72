"""Design §3, fourth row: `all` of 50 sessions of 2 s where the server allows 5 at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import OFFICIAL, Contestant
from emulator import Emulator, counted
from report import Row, missing
from sizes import Sizes
from together import stop, together

WORK = "all() of 50 sessions of 2 s, server limit 5, 50 asked for at once (target: 1.15 × the ideal)"


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """The official SDK looks each second (its default is 5 s), ours at its own pace."""
    official = who[OFFICIAL].variant("each second", interval=1)
    contestants = [official, *(contestant for contestant in who.values() if contestant.ours)]

    def prepare(emulator: Emulator) -> dict[str, Any]:
        emulator.scenario(
            f"name: item\nsteps:\n  - state: IN_PROGRESS\n  - after: {sizes.item_seconds}s\n    completed: true\n"
        )
        return {"prompt": "[scenario:item] Item", "count": sizes.items}

    # In words, which all contestants understand.
    limit = ("--concurrent", str(sizes.slots), "--limit-answer", "resourceExhausted")
    sides = together("all", contestants, binary, caches, prepare, *limit)
    stop(sides)
    ideal = sizes.items / sizes.slots * sizes.item_seconds
    rows = []
    for side in sides:
        name = side.contestant.name.removesuffix(", each second")
        if side.answer.get("finished") != sizes.items:
            rows.append(missing(WORK, name, side.answer))
            continue
        figures = {**counted(side.journal), **side.answer, "ideal": ideal}
        seconds = side.answer["seconds"]
        beside = f"{seconds / ideal:.2f} × ideal, {figures['throttled']} × 429, {figures['requests']} requests"
        rows.append(Row(WORK, name, seconds, "s", beside, 1.15 * ideal if side.contestant.ours else None, figures))
    return rows
