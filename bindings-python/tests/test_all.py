"""Many items, one session each: order, errors, limits, leaving."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import jules
import pytest
from conftest import Emulator


def quick(number: int) -> dict[str, Any]:
    return {"prompt": f"number {number} [scenario:quick]", "title": str(number)}


def silent(number: int) -> dict[str, Any]:
    return {"prompt": f"number {number} [scenario:silent]"}


def without_three(number: int) -> dict[str, Any]:
    return quick(number) | ({"source": "octocat/nowhere"} if number == 3 else {})


class OwnError(Exception):
    """What a user's function may raise."""


def creates(emulator: Emulator) -> int:
    return sum(request["method"] == "POST" for request in emulator.requests("sessions"))


async def test_outcomes_come_in_the_order_of_the_items(client: jules.AsyncJules) -> None:
    def map(number: int) -> dict[str, Any]:
        return quick(number) | ({"prompt": "[scenario:happy]"} if number == 0 else {})

    outcomes = await client.all(range(7), map)
    assert [outcome.title for outcome in outcomes] == [str(number) for number in range(7)]


async def test_iterated_they_come_as_they_finish(client: jules.AsyncJules) -> None:
    async def map(word: str) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"prompt": f"[scenario:{word}]"}

    words = ["silent", "quick", "quick"]
    seen = []
    async for one in client.all(words, map):
        seen.append(one)
        if len(seen) == 2:
            break  # the first one never ends
    assert sorted(one.index for one in seen) == [1, 2]
    for one in seen:
        match one:
            case jules.Finished(index, item, jules.Outcome() as outcome, None):
                assert (item, outcome.state) == (words[index], "completed")
            case _:
                pytest.fail(f"{one}")
    with pytest.raises(AttributeError):
        seen[0].index = 1


async def test_nothing_is_lost_without_stop_on_error(client: jules.AsyncJules) -> None:
    results = await client.all(range(6), without_three, stop_on_error=False)
    assert [type(one) for one in results].index(jules.SourceNotFoundError) == 3
    assert [one.title for one in results if isinstance(one, jules.Outcome)] == ["0", "1", "2", "4", "5"]


async def test_the_first_error_stops_new_starts_and_tells_of_the_others(client: jules.AsyncJules) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    def map(number: int) -> dict[str, Any]:
        return silent(number) if number == 0 else without_three(number)

    with pytest.raises(jules.SourceNotFoundError) as caught:
        await client.all(items(), map)
    assert len(taken) < 12
    first = caught.value.results[0]
    assert isinstance(first, jules.ItemReport)
    assert (first.index, first.status, first.outcome, first.error) == (0, "running", None, None)
    assert first.session_id is not None
    assert first.to_dict() == {"index": 0, "status": "running", "sessionId": first.session_id}
    assert {report.index for report in caught.value.results} >= {0, 1, 2}
    finished = [report for report in caught.value.results if report.outcome]
    assert {report.status for report in finished} <= {"finished"}
    assert first == first
    assert repr(first) == f"ItemReport(index=0, status='running', session_id='{first.session_id}')"


async def test_an_exception_of_map_is_the_one_that_is_raised(client: jules.AsyncJules) -> None:
    mine = OwnError("no description")

    def map(number: int) -> dict[str, Any]:
        if number == 1:
            raise mine
        return silent(number)

    with pytest.raises(OwnError) as caught:
        await client.all(range(9), map)
    assert caught.value is mine
    assert [report.index for report in mine.results] == [0]  # type: ignore[attr-defined]


async def test_an_exception_of_map_takes_its_items_place(client: jules.AsyncJules) -> None:
    mine = OwnError("no description")

    async def map(number: int) -> dict[str, Any]:
        if number == 1:
            raise mine
        return quick(number) | ({"promt": "?"} if number == 2 else {})

    results = await client.all(range(4), map, stop_on_error=False)
    assert results[1] is mine
    assert isinstance(results[2], TypeError)
    assert isinstance(results[0], jules.Outcome)
    assert isinstance(results[3], jules.Outcome)
    for wrong in (None, "prompt"):
        with pytest.raises(TypeError, match="map must return a dict"):
            await client.all([1], lambda _, wrong=wrong: wrong)  # type: ignore[misc]


async def test_what_the_items_or_the_progress_raise_ends_it(client: jules.AsyncJules) -> None:
    def items() -> Iterator[int]:
        yield 0
        raise OwnError("no more")

    with pytest.raises(OwnError, match="no more"):
        await client.all(items(), silent)

    def tell(step: jules.Progress) -> None:
        if step.stage == "started":
            raise OwnError("don't tell me")

    with pytest.raises(OwnError, match="tell"):
        await client.all([0], silent, on_progress=tell)


async def test_progress_is_told_step_by_step(client: jules.AsyncJules, emulator: Emulator) -> None:
    # Where that is said in words, a slot is asked for each second.
    emulator.control("POST", "config", {"concurrentSessions": 1, "limitAnswer": "resourceExhausted"})
    taken = emulator.session(state="IN_PROGRESS")
    steps: list[jules.Progress] = []

    def tell(step: jules.Progress) -> None:
        # The one slot is free when both have been seen to wait for it.
        steps.append(step)
        if [each.stage for each in steps].count("waiting") == 2 and step.stage == "waiting":
            emulator.append(taken, {"sessionCompleted": {}}, state="COMPLETED")

    outcomes = await client.all(range(2), lambda _: {"prompt": "[scenario:happy]"}, on_progress=tell)
    for index, outcome in enumerate(outcomes):
        own = [step for step in steps if step.index == index]
        assert [own[0].stage, own[-1].stage] == ["queued", "finished"]
        assert (own[0].session_id, own[-1].session_id) == (None, outcome.session_id)
        assert [step.stage for step in own].count("waiting") == 1
    assert max(step.finished for step in steps) == 2


async def test_the_servers_session_limit_is_waited_for(client: jules.AsyncJules, emulator: Emulator) -> None:
    emulator.control("POST", "config", {"concurrentSessions": 2})
    stages: set[str] = set()
    outcomes = await client.all(
        range(8),
        lambda number: quick(number) | {"prompt": "[scenario:happy]"},
        concurrency=6,
        on_progress=lambda step: stages.add(step.stage),
    )
    assert [outcome.title for outcome in outcomes] == [str(number) for number in range(8)]
    assert stages == {"queued", "started", "waiting", "finished"}


async def test_no_more_run_at_once_than_allowed(client: jules.AsyncJules, emulator: Emulator) -> None:
    emulator.control("POST", "config", {"concurrentSessions": 2})
    stages: set[str] = set()
    await client.all(range(6), quick, concurrency=2, on_progress=lambda step: stages.add(step.stage))
    assert stages == {"queued", "started", "finished"}
    with pytest.raises(jules.ConfigError, match="concurrency"):
        client.all([1], quick, concurrency=0)
    with pytest.raises(jules.ConfigError, match="delay"):
        client.all([1], quick, delay=-1)


async def test_cancelling_the_task_starts_nothing_more(client: jules.AsyncJules, emulator: Emulator) -> None:
    task = asyncio.ensure_future(client.all(range(100), silent))
    await asyncio.to_thread(emulator.until, lambda: creates(emulator) == 3, "three sessions")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.all(range(2), quick) != []
    assert creates(emulator) == 5


async def test_leaving_the_loop_starts_nothing_more(client: jules.AsyncJules, emulator: Emulator) -> None:
    async for one in client.all(range(100), lambda number: silent(number) if number else quick(number)):
        assert one.index == 0
        break
    gc.collect()
    await asyncio.to_thread(emulator.quiet)  # What was under way has arrived.
    before = creates(emulator)
    await client.all(range(2), quick)
    assert creates(emulator) == before + 2
    assert before < 6


async def test_it_runs_once(client: jules.AsyncJules, emulator: Emulator) -> None:
    runs = client.all(range(1), quick)
    assert len(await runs) == 1
    with pytest.raises(RuntimeError, match="has already run"):
        await runs
    assert creates(emulator) == 1
    assert await client.all([], quick) == []


def test_the_blocking_form(blocking: jules.Jules, emulator: Emulator) -> None:
    steps: list[jules.Progress] = []
    outcomes = blocking.all(range(5), quick, on_progress=steps.append).outcomes()
    assert [outcome.title for outcome in outcomes] == ["0", "1", "2", "3", "4"]
    assert sum(step.stage == "finished" for step in steps) == 5
    results = blocking.all(range(5), without_three, stop_on_error=False).outcomes()
    assert isinstance(results[3], jules.SourceNotFoundError)
    assert sum(isinstance(one, jules.Outcome) for one in results) == 4
    before = creates(emulator)
    for one in blocking.all(range(100), lambda number: silent(number) if number else quick(number)):
        assert (one.index, one.item, one.error) == (0, 0, None)
        break
    emulator.quiet()
    assert creates(emulator) <= before + 4


def test_the_blocking_form_raises_what_map_raised(blocking: jules.Jules) -> None:
    mine = OwnError("no description")

    def map(number: int) -> dict[str, Any]:
        if number == 1:
            raise mine
        return silent(number)

    with pytest.raises(OwnError) as caught:
        blocking.all(range(100), map).outcomes()
    assert caught.value is mine
    seen = list(blocking.all([0, 1, 2], lambda number: without_three(number + 2)))
    assert (seen[-1].item, type(seen[-1].error)) == (1, jules.SourceNotFoundError)


async def test_metrics_count_what_was_done(client: jules.AsyncJules, emulator: Emulator) -> None:
    assert client.metrics().requests == 0
    await client.run(prompt="[scenario:quick]")
    metrics = client.metrics()
    assert metrics.requests == len(emulator.requests("sessions"))
    assert metrics.bytes > 0
    assert metrics.activities > 0
    assert set(metrics.to_dict()) == {"requests", "bytes", "retries", "throttles", "activities", "waits"}
    assert metrics == client.metrics()
