"""New sessions brought to their outcomes, by `all` and by a queue: more and more of them, and under quotas."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contestants import Contestant, Run
from emulator import Emulator, counted
from report import Row, missing
from sizes import Sizes

WORK = "new sessions of {} s to their outcomes, {} at once: "
QUOTA = "all() of {} sessions of 1 s where the project may create 60 and list 120 a minute"


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Ours in Rust, one after the other: both work hard."""
    rows: list[Row] = []
    for number in sizes.batch:
        for task, name in (("growAll", "all()"), ("growQueue", "queue()")):
            rows += _rows(who["ours, Rust"], binary, caches / f"{task}-{number}", sizes, number, task, name)
    rows.append(_quota(who["ours, Rust"], binary, caches / "quota", sizes))
    return rows


def _run(contestant: Contestant, emulator: Emulator, cache: Path, task: str, seconds: float, **parameters: Any) -> Any:
    emulator.scenario(f"name: item\nsteps:\n  - state: IN_PROGRESS\n  - after: {seconds}s\n    completed: true\n")
    run = Run(contestant, cache)
    run.wait_until_ready()
    run.begin(task, emulator.url, prompt="[scenario:item] Item", **parameters)
    return run.answer()


def _rows(
    contestant: Contestant, binary: Path, cache: Path, sizes: Sizes, number: int, task: str, name: str
) -> Iterator[Row]:
    slots, each = sizes.batch_slots, sizes.batch_seconds
    emulator = Emulator(binary, "--concurrent", str(slots))
    answer = _run(contestant, emulator, cache, task, each, count=number, atOnce=slots)
    figures = counted(emulator.journal())
    emulator.stop()
    work = WORK.format(each, slots)
    if answer.get("finished") != number:
        yield missing(f"{work}seconds", f"ours, {name}", answer)
        return
    ideal = -(-number // slots) * each
    for what, value, unit, limit in (
        ("seconds", answer["seconds"], "s", ideal),
        ("requests", figures["requests"], "", 2 * number),
        ("seconds of processor", answer["cpu"], "s", None),
        ("memory over idle", (answer["peak"] - answer["before"]) / 2**20, "MiB", None),
    ):
        beside = "" if limit is None else f"{value / limit:.2f} × what no client can do without"
        yield Row(work + what, f"ours, {name}", value, unit, beside, figures=figures, x=number)
        if limit is not None and task == "growAll":
            yield Row(work + what, "what no client can do without", limit, unit, x=number)


def _quota(contestant: Contestant, binary: Path, cache: Path, sizes: Sizes) -> Row:
    work, count = QUOTA.format(sizes.quota_items), sizes.quota_items
    emulator = Emulator(binary)
    emulator.control("PATCH", "config", {"perMinute": {"sessions.create": 60, "activities.list": 120}})
    answer = _run(contestant, emulator, cache, "growAll", 1, count=count, atOnce=count, budget=True)
    rates = emulator.control("GET", "rates")
    emulator.stop()
    if answer.get("finished") != count:
        return missing(work, "ours", answer)
    # The first sixty at once, the others when the minute is over.
    ideal = (count - 1) // 60 * 60 + 1
    refused = sum(rate["refused"] for rate in rates)
    beside = f"{answer['seconds'] / ideal:.2f} × the quota's own rate, {refused} refused"
    return Row(work, "ours", answer["seconds"], "s", beside, figures={"rates": rates, "ideal": ideal})
