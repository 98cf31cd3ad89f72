"""A session that is followed while 10,000 activities arrive: whether the event loop keeps turning, and what is held."""

import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import OFFICIAL, Contestant, Run
from emulator import Emulator
from report import Row, incomplete, missing
from sizes import Sizes

STALL = "longest hold-up of Node's event loop while 10,000 activities (9.6 MiB) arrive (target: 5 ms)"
HELD = "memory while a slow reader follows them, over what it had before (target: 16 MiB)"
ADDED = 500


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Interleaved rounds, each contestant alone, with a reader that takes all at once and one that takes its time."""
    contestants = [who[name] for name in (OFFICIAL, "ours, Node") if name in who]
    rows = []
    for slow, row in ((False, _stall), (True, _held)):
        answers: dict[str, list[dict[str, Any]]] = {contestant.name: [] for contestant in contestants}
        for number in range(sizes.rounds):
            for contestant in contestants:
                cache = caches / f"arrive-{contestant.name}-{slow}-{number}"
                answers[contestant.name].append(_once(contestant, binary, cache, sizes, slow))
        rows += [row(contestant, answers[contestant.name], sizes) for contestant in contestants]
    return rows


def _once(contestant: Contestant, binary: Path, cache: Path, sizes: Sizes, slow: bool) -> dict[str, Any]:
    emulator = Emulator(binary)
    session = emulator.control("POST", "sessions", {"prompt": "Follow this", "state": "IN_PROGRESS"})["id"]
    run = Run(contestant, cache)
    run.wait_until_ready()
    run.begin("arrive", emulator.url, session=session, interval=1.0, slow=slow)
    while not emulator.journal():
        time.sleep(0.01)
    for first in range(0, sizes.cached, ADDED):
        added = [_activity(number, sizes) for number in range(first, min(first + ADDED, sizes.cached))]
        last = {"state": "COMPLETED"} if first + ADDED >= sizes.cached else {}
        emulator.control("POST", "append", {"session": session, "activities": added, **last})
    answer = run.answer()
    emulator.stop()
    return answer


def _activity(number: int, sizes: Sizes) -> dict[str, Any]:
    if number == sizes.cached - 1:
        return {"originator": "system", "sessionCompleted": {}}
    return {"originator": "agent", "progressUpdated": {"title": f"Step {number}", "description": "work " * 160}}


def _stall(contestant: Contestant, answers: list[dict[str, Any]], sizes: Sizes) -> Row:
    if bad := incomplete(answers, sizes.cached):
        return missing(STALL, contestant.name, bad)
    stalls = sorted(answer["stallMost"] for answer in answers)
    usual = statistics.median(answer["stallP99"] for answer in answers)
    each = statistics.median(answer["microseconds"] for answer in answers)
    cost = f"{each:.0f} µs of processor an activity, network and all"
    beside = f"best {stalls[0]:.1f} ms; 99th percentile {usual:.1f} ms; {cost}"
    target = 5 if contestant.ours else None
    return Row(STALL, contestant.name, statistics.median(stalls), "ms", beside, target, {"rounds": answers})


def _held(contestant: Contestant, answers: list[dict[str, Any]], sizes: Sizes) -> Row:
    if bad := incomplete(answers, sizes.cached):
        return missing(HELD, contestant.name, bad)
    grown = statistics.median(answer["peak"] - answer["before"] for answer in answers) / 2**20
    beside = f"{max(answer['peak'] for answer in answers) / 2**20:.0f} MiB in all at most"
    return Row(HELD, contestant.name, grown, "MiB", beside, 16 if contestant.ours else None, {"rounds": answers})
