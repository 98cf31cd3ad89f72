"""Two queries over 1,000 sessions of 100 activities each that an earlier process left in the cache."""

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import OFFICIAL, Contestant, Run, with_a_cache
from emulator import Emulator
from report import Row, missing
from sizes import Sizes

FILTERED = "filtered, ordered, limited select over {} × {} activities (target: 10 ms)"
SEARCH = "full-text search over {} × {} activities (target: 30 ms)"
NEEDLE = "a rare kingfisher"
# In every hundredth session an agent's message has it.
RARE = 100


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Each contestant alone, each query several times in one process; the median counts."""
    contestants = with_a_cache(who)
    emulator = Emulator(binary)
    for number in range(sizes.stored):
        emulator.control("POST", "sessions", _session(number, sizes.each))
    # Ours share a format, so that one of them fills the cache for all.
    places = {
        name: caches / ("select-ours" if contestant.ours else "select-official")
        for name, contestant in contestants.items()
    }
    rows = []
    filled = {name: _once(contestants[name], places[name], "fillAll", emulator) for name in (OFFICIAL, "ours, Rust")}
    for work, query, theirs, target in _queries(sizes):
        for name, contestant in contestants.items():
            fill = filled[name if name == OFFICIAL else "ours, Rust"]
            if fill.get("count") != sizes.stored * sizes.each:
                rows.append(missing(work, name, {"failed": f"the cache could not be filled: {fill}"}))
                continue
            asked = theirs if name == OFFICIAL else query
            given = _once(contestant, places[name], "select", emulator, query=asked, count=sizes.rounds)
            rows.append(_row(work, name, given, target))
    emulator.stop()
    return rows


def _queries(sizes: Sizes) -> list[tuple[str, dict[str, Any], dict[str, Any], float]]:
    """What is asked: the title, of ours, of the official SDK, the target."""
    filtered = {
        "from": "activities",
        "where": {"type": "agentMessaged", "createTime": {"gte": "2026-01-01T00:10:00Z"}},
        "select": ["id", "createTime", "message"],
        "order": "desc",
        "limit": 20,
    }
    search = {"from": "activities", "where": {"search": f'"{NEEDLE}"'}, "select": ["id", "message"]}
    # It looks for no text in activities but with `contains` in one field, and that holds where there is no such field.
    contains = {**search, "where": {"type": "agentMessaged", "message": {"contains": NEEDLE}}}
    size = (f"{sizes.stored:,}", f"{sizes.each:,}")
    return [(FILTERED.format(*size), filtered, filtered, 10), (SEARCH.format(*size), search, contains, 30)]


def _session(number: int, activities: int) -> dict[str, Any]:
    return {
        "id": str(10_000_000 + number),
        "title": f"Session {number}",
        "prompt": "Mend what is broken. " * 10,
        "state": "COMPLETED",
        "createTime": _time(number, 0),
        "activities": [_activity(number, place, activities) for place in range(activities)],
    }


def _activity(session: int, place: int, activities: int) -> dict[str, Any]:
    shared = {"id": f"{session:06x}{place:010x}", "createTime": _time(session, place), "originator": "agent"}
    if place == activities - 1:
        return {**shared, "originator": "system", "sessionCompleted": {}}
    if place % 10 == 1:
        rare = f"In the middle of it sits {NEEDLE} and waits. " if session % RARE == 0 and place == 1 else ""
        return {
            **shared,
            "agentMessaged": {"agentMessage": f"Message {place}: {rare}{'I looked at the tests again. ' * 10}"},
        }
    activity = {**shared, "progressUpdated": {"title": f"Step {place}", "description": "work on the code " * 20}}
    if place % 3 == 0:
        output = {"command": f"cargo test step_{place}", "output": "test result: ok\n" * 20, "exitCode": place % 2}
        activity["artifacts"] = [{"bashOutput": output}]
    return activity


def _time(session: int, place: int) -> str:
    return f"2026-01-{1 + session // 60 // 24:02}T{session // 60 % 24:02}:{session % 60:02}:{place % 60:02}.{place:06}Z"


def _once(contestant: Contestant, cache: Path, task: str, emulator: Emulator, **parameters: Any) -> dict[str, Any]:
    run = Run(contestant, cache)
    run.wait_until_ready()
    run.begin(task, emulator.url, **parameters)
    return run.answer()


def _row(work: str, name: str, answer: dict[str, Any], target: float) -> Row:
    if not answer.get("count"):
        return missing(work, name, {"failed": "it found nothing", **answer})
    times = sorted(seconds * 1000 for seconds in answer["seconds"])
    beside = f"{answer['count']} rows; best {times[0]:.3g} ms, worst {times[-1]:.3g} ms"
    figures = {"milliseconds": times, "rows": answer["count"]}
    return Row(work, name, statistics.median(times), "ms", beside, None if name == OFFICIAL else target, figures)
