"""What watching costs with more and more sessions: of those that come to their end, of those that show nothing."""

import statistics
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from contestants import Contestant, Run
from emulator import Emulator, counted
from report import Row, missing
from sizes import Sizes
from times import nanoseconds

WATCHED = "sessions watched to their ends, which come 20 to 30 s later: "
IDLE = "silent sessions streamed for {:.0f} s, {}: "
SPREAD = 11


def watched(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> Iterator[Row]:
    """Ours in Rust at its own pace, for the limits are core's."""
    for number in sizes.sessions:
        emulator = Emulator(binary)
        for tenth in range(SPREAD):
            seconds = sizes.shortest + (sizes.longest - sizes.shortest) * tenth / (SPREAD - 1)
            emulator.scenario(
                f"name: ends-{tenth}\nsteps:\n  - state: IN_PROGRESS\n    progress: {{ title: Working }}\n"
                f"  - after: {seconds}s\n    completed: true\n"
                "    outputs: [{ pullRequest: { title: Done, description: All of it. } }]\n"
            )
        with ThreadPoolExecutor(8) as pool:
            tasks = [f"Task {n} [scenario:ends-{n * 7 % SPREAD}]" for n in range(number)]
            names = list(pool.map(emulator.create, tasks))
        emulator.forget_journal()
        run = Run(who["ours, Rust"], caches / f"grow-watched-{number}")
        run.wait_until_ready()
        run.begin("growWatch", emulator.url, sessions=names)
        answer = run.answer()
        journal = emulator.journal()
        sessions = {} if "ended" not in answer else {name: emulator.session(name) for name in names}
        emulator.stop()
        yield from _watched_rows(number, answer, journal, sessions)


def _watched_rows(
    number: int, answer: dict[str, Any], journal: list[dict[str, Any]], sessions: dict[str, Any]
) -> Iterator[Row]:
    if len(answer.get("ended", [])) != number:
        yield missing(f"{WATCHED}requests", "ours, Rust", answer)
        return
    figures = counted(journal)
    late = sorted((at - nanoseconds(sessions[name]["visibleTimes"][-1])) / 1e6 for name, at in answer["ended"])
    # Each outcome takes one look at its session, and some look has to tell that it is there.
    outcomes = {entry["path"]: entry["responseBytes"] for entry in journal if entry["operation"] == "sessions.get"}
    news = sum(outcomes.values()) + 100 * number
    for what, value, unit, limit in (
        ("requests", figures["requests"], "", number + 1),
        ("bytes", figures["bodyBytes"] / 2**10, "KiB", news / 2**10),
        ("seconds of processor", answer["cpu"], "s", None),
        ("memory over idle", (answer["peak"] - answer["before"]) / 2**20, "MiB", None),
        ("known late, mean", statistics.fmean(late), "ms", None),
    ):
        # Design §3: 25 MB over idle for a thousand.
        target = 25e6 / 2**20 if what == "memory over idle" and number == 1_000 else None
        yield Row(WATCHED + what, "ours", value, unit, _of(value, limit, answer), target, figures, x=number)
        if limit is not None:
            yield Row(WATCHED + what, "what no client can do without", limit, unit, x=number)


def _of(value: float, limit: float | None, answer: dict[str, Any]) -> str:
    ratio = "" if limit is None else f"{value / limit:.2f} × what no client can do without; "
    return f"{ratio}{answer['threads']} threads"


def idle(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> Iterator[Row]:
    """With the project's quota kept to, as by default, and without."""
    for budget in (True, False):
        name = "in the quota" if budget else "no quota"
        for number in sizes.idle:
            emulator = Emulator(binary)
            prompt = {"prompt": "Be silent", "state": "IN_PROGRESS"}
            names = [emulator.control("POST", "sessions", prompt)["id"] for _ in range(number)]
            run = Run(who["ours, Rust"], caches / f"grow-idle-{budget}-{number}")
            run.wait_until_ready()
            run.begin("growIdle", emulator.url, sessions=names, seconds=sizes.idle_seconds, budget=budget)
            answer, figures = run.answer(), counted(emulator.journal())
            emulator.stop()
            work = IDLE.format(sizes.idle_seconds, name)
            if answer.get("streams") != number:
                yield missing(f"{work}requests", "ours, Rust", answer)
                continue
            for what, value, unit in (
                ("requests", figures["requests"], ""),
                ("seconds of processor", answer["cpu"], "s"),
                ("threads", answer["threads"], ""),
                ("memory over idle", (answer["peak"] - answer["before"]) / 2**20, "MiB"),
            ):
                yield Row(work + what, "ours", value, unit, figures=figures, x=number)


def measure(who: Mapping[str, Contestant], binary: Path, caches: Path, sizes: Sizes) -> list[Row]:
    """Both."""
    return [*watched(who, binary, caches, sizes), *idle(who, binary, caches, sizes)]
