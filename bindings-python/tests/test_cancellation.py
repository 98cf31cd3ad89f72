"""Cancelling a task drops the work behind it, and nothing more."""

from __future__ import annotations

import asyncio
import gc

import jules
import pytest
from conftest import COMPLETED, Emulator, message


async def stopped(client: jules.AsyncJules, emulator: Emulator, session: str) -> None:
    """Fails unless the emulator is soon not asked about this session any more, while it is about another one."""
    other = emulator.session(state="IN_PROGRESS")
    watching = asyncio.create_task(client.session(other).result())
    counts = []
    for _ in range(5):  # Requests that were under way belong to the first round, or to the second on a busy machine.
        counts.append(len(emulator.requests(session)))
        await asyncio.to_thread(emulator.until_asked, other, len(emulator.requests(other)) + 10)
        if len(emulator.requests(session)) == counts[-1]:
            break
    else:
        pytest.fail(f"the session is still asked about: {counts}")
    watching.cancel()


async def test_cancelling_a_task_in_mid_stream_stops_the_polling(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    emulator.append(session.id, message("one"), message("two"))
    seen = []
    both = asyncio.Event()

    async def follow() -> None:
        async for activity in session.stream(follow=True):
            seen.append(activity)
            if len(seen) == 2:
                both.set()

    task = asyncio.create_task(follow())
    await asyncio.wait_for(both.wait(), 10)
    asked = len(emulator.requests(session.id))
    await asyncio.to_thread(emulator.until, lambda: len(emulator.requests(session.id)) > asked + 3, "polling")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    gc.collect()
    await stopped(client, emulator, session.id)


async def test_leaving_the_loop_stops_the_polling(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    emulator.append(session.id, message("one"))
    async for _ in session.stream():
        break
    gc.collect()
    await stopped(client, emulator, session.id)


async def test_closing_a_stream_ends_who_waits_for_it(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    stream = session.stream()
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.to_thread(emulator.until, lambda: len(emulator.requests(session.id)) > 0, "the first look")
    await stream.aclose()
    await stream.aclose()
    assert await asyncio.wait_for(waiting, 5) is None
    await stopped(client, emulator, session.id)


async def test_a_cancelled_next_loses_nothing(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    emulator.append(session.id, *(message(str(number)) for number in range(3)))
    async with session.stream() as stream:
        first = await anext(stream)
        second = await anext(stream)
        third = await anext(stream)
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(stream), 0.05)
        emulator.append(session.id, message("later"), COMPLETED, state="COMPLETED")
        rest = [activity async for activity in stream]
    numbers = [activity.message for activity in (first, second, third) if isinstance(activity, jules.AgentMessaged)]
    assert numbers == ["0", "1", "2"]
    assert [activity.type for activity in rest] == ["agentMessaged", "sessionCompleted"]


@pytest.mark.parametrize("call", ["result", "wait_for", "ask"])
async def test_cancelling_a_waiting_call_stops_its_work(
    client: jules.AsyncJules, emulator: Emulator, call: str
) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    arguments = {"result": [], "wait_for": ["completed"], "ask": ["well?"]}[call]
    task = asyncio.create_task(getattr(session, call)(*arguments))
    await asyncio.to_thread(emulator.until, lambda: len(emulator.requests(session.id)) > 2, "some looks")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stopped(client, emulator, session.id)


async def test_asyncio_timeouts_work(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(session.result(), 0.1)
    await stopped(client, emulator, session.id)


async def test_a_call_that_was_never_awaited_asks_nothing(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    session.info().close()
    gc.collect()
    await stopped(client, emulator, session.id)
    assert emulator.requests(session.id) == []


async def test_a_long_buffer_does_not_starve_other_tasks(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, *(message(str(number)) for number in range(1000)), COMPLETED)
    assert await session.activities.hydrate() == 1001
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    total = 0
    before = turns
    async for _ in session.history(offline=True):
        total += 1
    counting.cancel()
    assert total == 1001
    assert turns - before >= 3
