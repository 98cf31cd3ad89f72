"""A session that is followed while 10,000 activities arrive: whether the event loop keeps turning, and what is held."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import OFFICIAL, Contestant, Run
from emulator import Emulator
from report import Row, missing
from sizes import Sizes

STALL = "longest hold-up of Node's event loop while 10,000 activities (9.6 MiB) arrive (target: 5 ms)"
HELD = "memory while a slow reader follows them, over what it had before (target: 16 MiB)"
ADDED = 500


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Each contestant alone, with a reader that takes all at once and one that takes its time."""
    contestants = [who[OFFICIAL], who["ours, Node"]]
    stalls, held = [], []
    for number, contestant in enumerate(contestants):
        quick, slow = (
            _once(contestant, binary, caches / f"arrive-{number}-{slow}", sizes, slow) for slow in (False, True)
        )
        stalls.append(_stall(contestant, quick, sizes))
        held.append(_held(contestant, slow, sizes))
    return stalls + held


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


def _stall(contestant: Contestant, answer: dict[str, Any], sizes: Sizes) -> Row:
    if answer.get("count") != sizes.cached:
        return missing(STALL, contestant.name, {"failed": f"{answer.get('count')} activities", **answer})
    each = f"{answer['microseconds']:.0f} µs of processor an activity, network and all"
    beside = f"99th percentile {answer['stallP99']:.1f} ms; {each}"
    return Row(STALL, contestant.name, answer["stallMost"], "ms", beside, 5 if contestant.ours else None, answer)


def _held(contestant: Contestant, answer: dict[str, Any], sizes: Sizes) -> Row:
    if answer.get("count") != sizes.cached:
        return missing(HELD, contestant.name, {"failed": f"{answer.get('count')} activities", **answer})
    grown = (answer["peak"] - answer["before"]) / 2**20
    beside = f"{answer['peak'] / 2**20:.0f} MiB in all"
    return Row(HELD, contestant.name, grown, "MiB", beside, 16 if contestant.ours else None, answer)
