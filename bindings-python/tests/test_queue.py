"""Queues and keys: what Python adds to core's, which has tests of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jules
import pydantic
import pytest
from conftest import Emulator


def quick(key: str) -> dict[str, Any]:
    return {"key": key, "prompt": f"{key} [scenario:quick]", "title": key}


def silent(key: str) -> dict[str, Any]:
    return {"key": key, "prompt": f"{key} [scenario:silent]", "title": key}


def planned(key: str) -> dict[str, Any]:
    return {"key": key, "prompt": f"{key} [scenario:approval]", "require_approval": True}


class OwnError(Exception):
    """What a user's function may raise."""


def creates(emulator: Emulator) -> int:
    return sum(request["method"] == "POST" for request in emulator.requests("sessions"))


async def soon(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    async def until() -> None:
        while not await condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)

    try:
        await asyncio.wait_for(until(), 10)
    except asyncio.TimeoutError:
        pytest.fail(f"{what}: not within 10 s")


async def test_a_key_is_one_session_in_all_forms(client: jules.AsyncJules, emulator: Emulator) -> None:
    first = await client.run(prompt="[scenario:quick]", key="k")
    assert await client.run(prompt="[scenario:quick]", key="k") == first
    assert (await client.run(prompt="[scenario:quick]", key="k").session()).id == first.session_id
    with pytest.raises(jules.ConfigError, match='"k"') as caught:
        await client.run(prompt="another", key="k")
    assert caught.value.field == "prompt"
    made = await client.session(prompt="[scenario:silent]", key="s")
    assert (await client.session(prompt="[scenario:silent]", key="s")).id == made.id
    assert creates(emulator) == 2


def test_a_key_counts_over_processes_and_forms(options: dict[str, Any], tmp_path: Path, emulator: Emulator) -> None:
    shared = options | {"cache": tmp_path / "shared"}
    with jules.Jules(**shared) as one, jules.Jules(**shared) as other:
        outcome = one.run(prompt="[scenario:quick]", key="k")
        assert other.start(prompt="[scenario:quick]", key="k").outcome() == outcome
        assert other.run(prompt="[scenario:quick]", key="k", timeout=10) == outcome
    assert creates(emulator) == 1


async def test_a_worker_can_be_awaited_for_all_that_it_has_finished(client: jules.AsyncJules) -> None:
    queue = client.queue("awaited")
    await queue.add(**quick("a"))
    await queue.add(key="b", prompt="b", source="octocat/nowhere")
    done = await queue.work()
    assert sorted(one.key for one in done) == ["a", "b"]
    assert isinstance(next(one.error for one in done if one.key == "b"), jules.SourceNotFoundError)
    assert await queue.work() == []


async def test_tasks_are_added_and_worked_off(client: jules.AsyncJules, emulator: Emulator) -> None:
    queue = client.queue("updates", slots=2, per_day=50)
    assert (queue.name, repr(queue)) == ("updates", "AsyncQueue('updates')")
    task = await queue.add(**quick("a"), priority=1)
    assert isinstance(task, jules.AsyncTask)
    assert (task.key, task.queue, task.state, task.attempts, task.priority) == ("a", "updates", "waiting", 0, 1)
    assert task.state is jules.TaskState.WAITING
    assert task.create_time.tzinfo is not None
    assert (task.session_id, task.start_time, task.end_time, task.worker, task.outcome, task.error) == (None,) * 6
    assert repr(task) == "AsyncTask(key='a', queue='updates', state='waiting', attempts=0)"
    with pytest.raises(jules.NotFoundError, match="no session yet"):
        task.session()
    added = await queue.add_all("abc", lambda key: quick(key) | ({"priority": 1} if key == "a" else {}))
    assert added == jules.Added.from_dict({"added": 2, "known": 1, "conflicts": []})

    async def other(key: str) -> dict[str, Any]:
        await asyncio.sleep(0)
        return quick(key) | {"title": "other"}

    again = await queue.add_all(["b"], other)
    match again.conflicts:
        case (jules.Conflict(key, field),):
            assert (key, field) == ("b", "title")
        case _:
            pytest.fail(f"{again}")
    done = [one async for one in queue.work()]
    assert sorted(one.key for one in done) == ["a", "b", "c"]
    for one in done:
        assert (one.error, one.task.state) == (None, "done")
        assert one.outcome is not None
        assert one.outcome == one.task.outcome
        assert one.task.session().id == one.outcome.session_id == one.task.session_id
        assert one.task.worker is not None
    assert {task.key for task in [task async for task in queue.results()]} == {"a", "b", "c"}
    status = await queue.status()
    assert (status.done, status.waiting, status.day_used, status.paused) == (3, 0, 3, False)
    assert jules.QueueStatus.from_dict(status.to_dict()) == status == pickle.loads(pickle.dumps(status))
    assert creates(emulator) == 3


async def test_a_task_is_read_again_as_it_is(client: jules.AsyncJules) -> None:
    queue = client.queue("q")
    soon_enough = datetime.now(timezone(timedelta(hours=2))) + timedelta(days=1)
    first = await queue.add(**quick("a"), not_before=soon_enough)
    assert first.not_before is not None
    assert abs(first.not_before - soon_enough) < timedelta(milliseconds=1)
    again = await queue.task("a")
    assert (again, hash(again)) == (first, hash(first))
    assert again != await queue.add(**quick("b"))
    assert again.to_dict()["state"] == "waiting"
    with pytest.raises(AttributeError):
        again.key = "other"  # type: ignore[misc]
    assert [task.key async for task in queue.tasks(state="waiting")] == ["a", "b"]
    assert [task.key async for task in queue.tasks(state=["done", jules.TaskState.NEEDS_PERSON])] == []
    cancelled = await queue.cancel("a")
    assert cancelled.state == jules.TaskState.CANCELLED
    with pytest.raises(jules.NotFoundError):
        await queue.task("none")


async def test_what_went_wrong_is_a_typed_error(client: jules.AsyncJules) -> None:
    queue = client.queue("q")
    await queue.add(key="bad", prompt="x", source="octocat/nowhere")
    await queue.add(key="failed", prompt="[scenario:failure]", max_attempts=2, retry_on="any")
    done = {one.key: one async for one in queue.work()}
    assert isinstance(done["bad"].error, jules.SourceNotFoundError)
    assert done["bad"].outcome is None
    kept = (await queue.task("bad")).error
    assert type(kept) is jules.SourceNotFoundError
    assert (kept.kind, kept.retryable, str(kept)) == ("SourceNotFound", False, str(done["bad"].error))
    failed = done["failed"].outcome
    assert failed is not None
    assert (failed.state, failed.attempts, done["failed"].task.attempts) == ("failed", 2, 2)


async def test_what_is_no_option_is_said_at_once(client: jules.AsyncJules, emulator: Emulator) -> None:
    with pytest.raises(jules.ConfigError, match="128"):
        client.queue("")
    with pytest.raises(jules.ConfigError, match="at least 1"):
        client.queue("q", slots=0)
    with pytest.raises(jules.ConfigError, match="negative"):
        client.queue("q", per_day=-1)
    queue = client.queue("q")
    for field, wrong in (("maxAttempts", {"max_attempts": 0}), ("retryOn", {"retry_on": "never"})):
        with pytest.raises(jules.ConfigError) as caught:
            await queue.add(**quick("a"), **wrong)
        assert caught.value.field == field
    with pytest.raises(TypeError, match="time zone"):
        await queue.add(**quick("a"), not_before=datetime(2030, 1, 1))
    with pytest.raises(TypeError, match="datetime"):
        await queue.add(**quick("a"), not_before="tomorrow")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="promt"):
        await queue.add_all([1], lambda _: {"key": "a", "promt": "x"})
    with pytest.raises(TypeError, match="map must return a dict"):
        await queue.add_all([1], lambda _: "a")  # type: ignore[arg-type,return-value]
    with pytest.raises(jules.ConfigError, match="needs a key"):
        await queue.add_all([1], lambda _: {"prompt": "x"})
    with pytest.raises(jules.ConfigError, match="attempts") as caught:
        await queue.add_all([1], lambda _: {"key": "a", "prompt": "x", "retry_failed": 2})
    assert caught.value.field == "retryFailed"
    with pytest.raises(jules.ConfigError, match="at least 1"):
        queue.work(concurrency=0)
    with pytest.raises(jules.ConfigError, match="some"):
        queue.work(approve="some")  # type: ignore[arg-type]
    with pytest.raises(jules.ConfigError, match="finished"):
        queue.tasks(state="finished")  # type: ignore[arg-type]
    assert [task async for task in queue.tasks()] == []
    assert emulator.requests() == []


async def test_a_function_decides_on_plans_and_a_person_on_the_rest(client: jules.AsyncJules) -> None:
    queue = client.queue("q")
    await queue.add_all(["no", "yes"], planned)
    asked: list[tuple[str, int]] = []

    async def approve(task: jules.AsyncTask, plan: jules.Plan) -> bool:
        assert isinstance(task, jules.AsyncTask)
        asked.append((task.key, len(plan.steps)))
        await asyncio.sleep(0)
        return task.key == "yes"

    async def person() -> None:
        # The other one may be seen to wait too, until it is decided on.
        found: list[jules.AsyncTask] = []

        async def waits() -> bool:
            found[:] = [task async for task in queue.waiting_for_person() if task.key == "no"]
            return len(found) == 1

        await soon(waits, "one waits for a person")
        [task] = found
        assert task.state == "needs_person"
        assert task.plan is not None
        assert len(task.plan.steps) == 3
        await task.session().approve()

    async def works() -> list[jules.Worked[jules.AsyncTask]]:
        return [one async for one in queue.work(approve=approve)]

    # Where the person fails, the work would have no end.
    done, _ = await asyncio.gather(works(), person())
    assert sorted((one.key, one.task.state) for one in done) == [("no", "done"), ("yes", "done")]
    assert sorted(asked) == [("no", 3), ("yes", 3)]
    await queue.add(**planned("by rule"))
    assert [one.key async for one in queue.work(approve="all")] == ["by rule"]


async def test_a_question_that_nobody_answers_holds_up_no_other(client: jules.AsyncJules) -> None:
    queue = client.queue("q")
    await queue.add_all(["slow", "quick"], planned)
    never = asyncio.Event()

    async def approve(task: jules.AsyncTask, plan: jules.Plan) -> bool:
        return task.key == "quick" or await never.wait()

    work = queue.work(approve=approve)
    assert (await anext(work)).key == "quick"
    await work.aclose()


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_what_the_function_raises_ends_the_work(client: jules.AsyncJules, asynchronous: bool) -> None:
    queue = client.queue("q")
    await queue.add(**planned("a"))

    def approve(task: jules.AsyncTask, plan: jules.Plan) -> bool:
        raise OwnError("no opinion")

    async def later(task: jules.AsyncTask, plan: jules.Plan) -> bool:
        await asyncio.sleep(0)
        return approve(task, plan)

    with pytest.raises(OwnError, match="no opinion"):
        await anext(queue.work(approve=later if asynchronous else approve))
    assert (await queue.task("a")).state == "needs_person"


async def test_cancelling_loses_no_task(client: jules.AsyncJules, emulator: Emulator) -> None:
    queue = client.queue("q")
    await queue.add(**silent("a"))

    async def work() -> list[str]:
        return [one.key async for one in queue.work()]

    working = asyncio.create_task(work())

    async def begun() -> bool:
        return (await queue.task("a")).state == "working"

    await soon(begun, "it is at work")
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    async def alone() -> bool:
        return (await queue.status()).workers == 0

    await soon(alone, "the worker is gone")
    task = await queue.task("a")
    assert task.session_id is not None
    emulator.append(task.session_id, {"originator": "system", "sessionCompleted": {}}, state="COMPLETED")
    assert await work() == ["a"]
    assert creates(emulator) == 1


async def test_a_wait_for_a_result_may_be_given_up(client: jules.AsyncJules) -> None:
    queue = client.queue("q")
    work = queue.work(follow=True)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(anext(work), 0.2)
    await queue.add(**quick("a"))
    assert (await asyncio.wait_for(anext(work), 10)).key == "a"
    assert (await queue.status()).workers == 1
    await work.aclose()
    await work.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(work)


@pytest.mark.parametrize("approve", ["none", lambda task, plan: False])
async def test_a_worker_that_nobody_holds_ends(client: jules.AsyncJules, approve: Any) -> None:
    queue = client.queue("q")

    async def workers() -> int:
        return (await queue.status()).workers

    work = queue.work(follow=True, approve=approve)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(anext(work), 0.1)

    async def one() -> bool:
        return await workers() == 1

    async def none() -> bool:
        return await workers() == 0

    await soon(one, "it works")
    del work
    gc.collect()
    await soon(none, "nobody works")


async def test_a_paused_queue_starts_nothing(client: jules.AsyncJules, emulator: Emulator) -> None:
    queue = client.queue("q")
    await queue.pause()
    await queue.add(**quick("a"))
    work = queue.work()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(anext(work), 0.5)
    assert (creates(emulator), (await queue.status()).paused) == (0, True)
    await queue.resume()
    assert [one.key async for one in work] == ["a"]


async def test_a_closed_client_ends_its_workers(options: dict[str, Any]) -> None:
    client = jules.AsyncJules(**options)
    work = client.queue("q").work(follow=True)
    waiting = asyncio.ensure_future(anext(work))
    await asyncio.sleep(0)
    await client.aclose()
    with pytest.raises(jules.ClosedError):
        await asyncio.wait_for(waiting, 10)
    with pytest.raises(jules.ClosedError):
        await anext(client.queue("q").work())


def test_the_blocking_form(blocking: jules.Jules, emulator: Emulator) -> None:
    queue = blocking.queue("updates")
    assert repr(queue) == "Queue('updates')"
    task = queue.add(**quick("a"), timeout=10)
    assert type(task) is jules.Task
    assert queue.add_all("abc", quick).to_dict() == {"added": 2, "known": 1, "conflicts": []}
    done = list(queue.work(concurrency=1))
    assert [one.key for one in done] == ["a", "b", "c"]
    assert isinstance(done[0].task.session(), jules.Session)
    assert done[0] == jules.Worked(done[0].task, done[0].outcome, None)
    assert [task.key for task in queue.results()] == ["a", "b", "c"]
    assert [task.key for task in queue.tasks(state="done")] == ["a", "b", "c"]
    assert queue.status().done == 3
    queue.pause()
    assert queue.status().paused
    queue.resume()
    assert queue.cancel("a").state == "done"
    assert creates(emulator) == 3


def test_the_blocking_form_asks_on_the_threads_own(blocking: jules.Jules) -> None:
    queue = blocking.queue("q")
    queue.add_all(["yes", "no"], planned)
    asked: list[str] = []

    def approve(task: jules.Task, plan: jules.Plan) -> bool:
        assert threading.current_thread() is threading.main_thread()
        assert isinstance(task, jules.Task)
        asked.append(task.key)
        return task.key == "yes"

    work = queue.work(approve=approve)
    assert next(work).key == "yes"
    assert "yes" in asked
    work.close()
    with pytest.raises(StopIteration):
        next(work)

    def refuse(task: jules.Task, plan: jules.Plan) -> bool:
        raise OwnError("no opinion")

    with pytest.raises(OwnError):
        next(queue.work(approve=refuse))


def test_ctrl_c_ends_a_blocking_worker(blocking: jules.Jules) -> None:
    queue = blocking.queue("q")
    queue.add(**silent("a"))
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        list(queue.work())
    gc.collect()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_works_for_the_queue(options: dict[str, Any], tmp_path: Path, emulator: Emulator) -> None:
    with jules.Jules(**options | {"cache": tmp_path / "shared"}) as client:
        queue = client.queue("q")
        task = queue.add(**quick("a"))
        work = queue.work(follow=True)
        assert next(work).key == "a"
        child = os.fork()
        if child == 0:
            code = 1
            try:
                queue.add(**quick("b"))
                assert queue.task("a").session().id
                assert task.key == "a"
                with pytest.raises(RuntimeError, match="belongs to the process"):
                    next(work)
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        assert next(work).key == "b"
        work.close()
    assert creates(emulator) == 2


def test_states_are_words_in_both_spellings() -> None:
    for state in jules.TaskState:
        assert jules.TaskState(state.name.lower()) is state
        assert state == state.name.lower()
        assert f"{state}" == state.value


async def test_a_task_comes_back_from_plain_data(client: jules.AsyncJules) -> None:
    class Page(pydantic.BaseModel):
        task: jules.AsyncTask

    queue = client.queue("q")
    await queue.add(**quick("a"), not_before=datetime(2020, 1, 1, tzinfo=timezone.utc))
    [one] = [one async for one in queue.work()]
    task = one.task
    for same in (
        jules.AsyncTask.from_dict(task.to_dict()),
        pickle.loads(pickle.dumps(task)),
        Page.model_validate_json(Page(task=task).model_dump_json()).task,
    ):
        assert type(same) is jules.AsyncTask
        assert same == task
        assert same.outcome == task.outcome
        assert (same.not_before, same.state, same.create_time) == (task.not_before, "done", task.create_time)
        with pytest.raises(jules.ConfigError, match="without a client"):
            same.session()
    assert jules.AsyncTask.from_dict(task.to_dict(), client).session() == task.session()
    with jules.Jules(api_key="test-key", cache=False) as blocking:
        assert jules.Task.from_dict(task.to_dict(), blocking).session().id == task.session_id
    with pytest.raises(jules.ConfigError, match="not a valid Task dict"):
        jules.Task.from_dict({"key": "a"})


async def test_what_is_missing_is_named_with_its_call(client: jules.AsyncJules) -> None:
    queue = client.queue("q")
    with pytest.raises(TypeError, match=r"add\(\) missing 1 required keyword-only argument: 'key'"):
        await queue.add(prompt="x")  # type: ignore[call-arg]
    with pytest.raises(jules.ConfigError, match="key") as caught:
        await queue.add_all([1], lambda _: {"prompt": "x"})
    assert caught.value.field == "key"
