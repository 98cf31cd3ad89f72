"""Twenty sessions at work at once where the project may list activities 120 times a minute (decisions.md 11)."""

import statistics
from collections.abc import Mapping
from pathlib import Path

from contestants import Contestant, Run
from emulator import Emulator
from report import Row, missing
from sizes import Sizes
from times import nanoseconds

WORK = "20 live sessions, 120 calls of activities.list a minute for all: delay of {}, mean"
BUSY, QUIET = 4, 16


def _scenario(name: str, seconds: int, times: int) -> str:
    return (
        f"name: {name}\nsteps:\n  - state: IN_PROGRESS\n  - repeat:\n      times: {times}\n      steps:\n"
        f"        - after: {seconds}s\n          progress: {{ title: Working, description: On it. }}\n"
        "  - after: 1s\n    completed: true\n"
    )


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Four make an activity each 2 s, sixteen one a minute; ours in Rust follows them all."""
    emulator = Emulator(binary)
    emulator.control("PATCH", "config", {"perMinute": {"activities.list": 120}})
    rounds = max(1, int(sizes.quota_seconds / 60))
    emulator.scenario(_scenario("busy", 2, rounds * 30))
    emulator.scenario(_scenario("quiet", 60 if sizes.quota_seconds >= 60 else 2, rounds))
    names = [emulator.create(f"[scenario:{'busy' if n < BUSY else 'quiet'}] {n}") for n in range(BUSY + QUIET)]
    emulator.forget_journal()
    run = Run(who["ours, Rust"], caches / "grow-quota")
    run.wait_until_ready()
    run.begin("growFollow", emulator.url, sessions=names, budget=True)
    answer = run.answer()
    rates = {rate["operation"]: rate for rate in emulator.control("GET", "rates")}
    known = [emulator.session(name) for name in names]
    emulator.stop()
    visible = {
        activity["id"]: nanoseconds(time)
        for session in known
        for activity, time in zip(session["activities"], session["visibleTimes"], strict=True)
    }
    if {name for name, _ in answer.get("seen", [])} != visible.keys():
        return [missing(WORK.format("all"), "ours, Rust", {"failed": f"other activities: {answer}"[:300]})]
    lists, rows = rates["activities.list"], []
    for who_, sessions, target in (("the busy ones", known[:BUSY], 2_500), ("the others", known[BUSY:], 8_000)):
        ids = {activity["id"] for session in sessions for activity in session["activities"]}
        delays = [(at - visible[name]) / 1e6 for name, at in answer["seen"] if name in ids]
        beside = (
            f"worst {max(delays):.0f} ms; {lists['worstMinute']} calls in the worst minute, {lists['refused']} refused"
        )
        met = lists["refused"] == 0 and max(delays) <= 30_000
        rows.append(Row(WORK.format(who_), "ours", statistics.fmean(delays), "ms", beside, target, condition=met))
    return rows
