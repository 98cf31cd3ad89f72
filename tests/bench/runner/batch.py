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
# As the service refuses: only ours can tell a full plan from a mistake then.
BARE = "the same, refused without a word of why (target: 1.3 × the ideal)"


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """The official SDK looks each second (its default is 5 s), ours at its own pace."""
    ours = [contestant for contestant in who.values() if contestant.ours]
    everybody = [who[OFFICIAL].variant("each second", interval=1), *ours]
    in_words = _refused(everybody, "resourceExhausted", (WORK, 1.15), binary, caches, sizes)
    return [*in_words, *_refused(ours, "bare", (BARE, 1.3), binary, caches, sizes)]


def _refused(
    contestants: list[Contestant], how: str, work: tuple[str, float], binary: Path, caches: Path, sizes: Sizes
) -> list[Row]:
    (title, factor), ideal = work, sizes.items / sizes.slots * sizes.item_seconds

    def prepare(emulator: Emulator) -> dict[str, Any]:
        emulator.scenario(
            f"name: item\nsteps:\n  - state: IN_PROGRESS\n  - after: {sizes.item_seconds}s\n    completed: true\n"
        )
        return {"prompt": "[scenario:item] Item", "count": sizes.items}

    limit = ("--concurrent", str(sizes.slots), "--limit-answer", how)
    (place := caches / how).mkdir()
    sides = together("all", contestants, binary, place, prepare, *limit)
    stop(sides)
    rows = []
    for side in sides:
        name = side.contestant.name.removesuffix(", each second")
        if side.answer.get("finished") != sizes.items:
            rows.append(missing(title, name, side.answer))
            continue
        figures = {**counted(side.journal), **side.answer, "ideal": ideal}
        seconds = side.answer["seconds"]
        beside = f"{seconds / ideal:.2f} × ideal, {figures['throttled']} × 429, {figures['requests']} requests"
        rows.append(Row(title, name, seconds, "s", beside, factor * ideal if side.contestant.ours else None, figures))
    return rows
