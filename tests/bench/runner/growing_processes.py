"""One session followed by more and more processes that share a store: they cost the server what one does."""

import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contestants import Contestant, Run
from emulator import Emulator, counted
from report import Row, missing
from sizes import Sizes
from times import nanoseconds

WORK = "processes that follow one session over one store, an activity each half second: "
SCENARIO = """
name: followed
steps:
  - state: IN_PROGRESS
  - after: 2s
    progress: {{ title: Beginning }}
  - repeat:
      times: {}
      steps:
        - after: 500ms
          progress: {{ title: "Round {{{{index}}}}", description: "{{{{filler:500}}}}" }}
  - after: 500ms
    completed: true
    outputs: [{{ pullRequest: {{ title: Done, description: Done. }} }}]
"""


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Ours in Rust, for a store is core's."""
    rows: list[Row] = []
    alone: dict[str, float] = {}
    for number in sizes.processes:
        emulator = Emulator(binary)
        emulator.scenario(SCENARIO.format(sizes.followed))
        runs = [Run(who["ours, Rust"], caches / f"grow-processes-{number}") for _ in range(number)]
        for run in runs:
            run.wait_until_ready()
        session = emulator.create("[scenario:followed] Work")
        emulator.forget_journal()
        for run in runs:
            run.begin("growFollow", emulator.url, session=session)
        answers = [run.answer() for run in runs]
        figures, known = counted(emulator.journal()), emulator.session(session)
        emulator.stop()
        rows += _rows(number, answers, figures, known, alone)
    return rows


def _rows(
    number: int, answers: list[dict[str, Any]], figures: dict[str, int], known: dict[str, Any], alone: dict[str, float]
) -> Iterator[Row]:
    ids = [activity["id"] for activity in known["activities"]]
    if bad := next((answer for answer in answers if [one for one, _ in answer.get("seen", [])] != ids), None):
        yield missing(f"{WORK}requests", "ours, Rust", {"failed": f"other activities: {bad}"[:300]})
        return
    visible = dict(zip(ids, map(nanoseconds, known["visibleTimes"]), strict=True))
    delays = [(at - visible[name]) / 1e6 for answer in answers for name, at in answer["seen"]]
    for what, value, unit, most in (
        # Design §3: a third more requests for ten, a fifth more delay.
        ("requests", float(figures["requests"]), "", 1.3),
        ("delay, mean", statistics.fmean(delays), "ms", 1.2),
        ("seconds of processor, all together", sum(answer["cpu"] for answer in answers), "s", None),
    ):
        one = alone.setdefault(what, value)
        target = one * most if most and 1 < number <= 10 else None
        yield Row(WORK + what, "ours", value, unit, f"{value / one:.2f} × one process'", target, {}, x=number)
