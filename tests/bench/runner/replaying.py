"""Design §3, fifth row: a session of 10,000 activities from the cache to the user, in a process that begins with it."""

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contestants import Contestant, Run, with_a_cache
from emulator import Emulator
from report import Row, incomplete, missing
from sizes import Sizes

WORK = "10,000 cached activities (9.6 MiB) to the user (target: 30 ms in Node, 20 ms in Python's blocking form)"
FIELDS = "an activity over the language's boundary, all fields read (target: 3 µs in Node and Python, 5 in Swift)"
BOUNDARY = {"ours, Node": 3, "ours, Python": 3, "ours, Python blocking": 3, "ours, Swift": 5}
# The official SDK takes what is older than 30 days from its cache without asking.
LONG_AGO = "2026-01-02T{:02}:{:02}:{:02}.{:06}Z"
AT_ONCE = 1000
# In Swift every field is read: 5 µs an activity.
TARGETS = {"ours, Node": 30, "ours, Python, blocking": 20, "ours, Swift": 50}


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Interleaved rounds, each contestant alone; the median counts."""
    contestants = with_a_cache(who)
    if python := who.get("ours, Python"):
        contestants["ours, Python"] = python.variant("async")
        contestants["ours, Python blocking"] = python.variant("blocking", form="blocking")
    emulator = Emulator(binary)
    session = _session(emulator, sizes.cached)
    places = {name: caches / f"replay-{number}" for number, name in enumerate(contestants)}
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in contestants}
    for name, contestant in contestants.items():
        filled = _once(contestant, places[name], "fill", emulator, session)
        if filled.get("count") != sizes.cached:
            answers[name].append({"failed": f"the cache could not be filled: {filled}"})
    whole: dict[str, list[dict[str, Any]]] = {name: [] for name in contestants if name in BOUNDARY}
    for _ in range(sizes.rounds):
        for name, contestant in contestants.items():
            answers[name].append(_once(contestant, places[name], "replay", emulator, session))
            if name in whole:
                with_fields = contestant.variant("all fields", fields=True)
                whole[name].append(_once(with_fields, places[name], "replay", emulator, session))
    emulator.stop()
    rows = [_row(contestants[name], answers[name], sizes) for name in contestants]
    return [*rows, *_boundaries(answers, whole, sizes)]


def _boundaries(
    answers: Mapping[str, list[dict[str, Any]]], whole: Mapping[str, list[dict[str, Any]]], sizes: Sizes
) -> list[Row]:
    """What a language takes for an activity with all its fields, beyond what core takes to have it."""
    core = [answer["seconds"] for answer in answers.get("ours, Rust", ()) if "seconds" in answer]
    rows = []
    for name, times in whole.items() if core else ():
        if bad := incomplete(times, sizes.cached):
            rows.append(missing(FIELDS, name, bad))
            continue
        seconds = statistics.median(answer["seconds"] for answer in times) - statistics.median(core)
        rows.append(Row(FIELDS, name, seconds / sizes.cached * 1e6, "µs", target=BOUNDARY[name]))
    return rows


def _session(emulator: Emulator, count: int) -> str:
    """A session that has ended long ago; gives its id."""
    session = {"prompt": "Long ago", "state": "COMPLETED", "createTime": "2026-01-01T03:00:00Z"}
    name: str = emulator.control("POST", "sessions", session)["id"]
    for first in range(0, count, AT_ONCE):
        activities = [_activity(number, number == count - 1) for number in range(first, min(first + AT_ONCE, count))]
        emulator.control("POST", "append", {"session": name, "activities": activities})
    return name


def _activity(number: int, last: bool) -> dict[str, Any]:
    time = LONG_AGO.format(number // 60 // 60, number // 60 % 60, number % 60, number)
    if last:
        return {"createTime": time, "originator": "system", "sessionCompleted": {}}
    progress = {"title": f"Step {number}", "description": "work " * 160}
    return {"createTime": time, "originator": "agent", "progressUpdated": progress}


def _once(contestant: Contestant, cache: Path, task: str, emulator: Emulator, session: str) -> dict[str, Any]:
    run = Run(contestant, cache)
    run.wait_until_ready()
    run.begin(task, emulator.url, session=session)
    return run.answer()


def _row(contestant: Contestant, answers: list[dict[str, Any]], sizes: Sizes) -> Row:
    if bad := incomplete(answers, sizes.cached):
        return missing(WORK, contestant.name, bad)
    times = sorted(answer["seconds"] * 1000 for answer in answers)
    peak = max(answer["peak"] for answer in answers) / 2**20
    grown = max(answer["peak"] - answer["before"] for answer in answers) / 2**20
    beside = f"best {times[0]:.0f} ms; memory at most {peak:.0f} MiB, {grown:.0f} MiB of it while reading"
    target = TARGETS.get(contestant.name)
    figures = {"milliseconds": times, "peakMiB": peak, "grownMiB": grown}
    return Row(WORK, contestant.name, statistics.median(times), "ms", beside, target, figures)
