"""Event loops other than the usual one: uvloop, anyio, and several, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import jules
import pytest
import uvloop
from conftest import COMPLETED, Emulator, message
from test_process import finished, start


async def look_around(options: dict[str, Any], emulator: Emulator, session: str) -> None:
    """A run, a stream, a cancelled wait and a time limit."""
    async with jules.AsyncJules(**options) as client:
        run = client.run(prompt="[scenario:quick] x")
        assert [activity.type async for activity in run.stream()][-1] == "sessionCompleted"
        assert (await run).state == "completed"
        opened = client.session(session)
        waiting = asyncio.create_task(opened.result())
        await anyio.to_thread.run_sync(emulator.until_asked, session)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(opened.wait_for("completed"), 0.05)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_every_loop_will_do(
    new_loop: Callable[[], asyncio.AbstractEventLoop], options: dict[str, Any], emulator: Emulator
) -> None:
    session = emulator.session(state="IN_PROGRESS")
    loop = new_loop()
    try:
        loop.run_until_complete(look_around(options, emulator, session))
    finally:
        loop.close()


@pytest.mark.parametrize("backend_options", [{}, {"use_uvloop": True}], ids=["asyncio", "uvloop"])
def test_anyio_runs_us_and_its_scopes_cancel_us(
    backend_options: dict[str, Any], options: dict[str, Any], emulator: Emulator
) -> None:
    session = emulator.session(state="IN_PROGRESS")
    emulator.append(session, message("one"))
    seen: list[str] = []

    async def read(opened: jules.AsyncSession, enough: anyio.Event) -> None:
        async for activity in opened.stream(follow=True):
            seen.append(activity.type)
            enough.set()

    async def main() -> None:
        await look_around(options, emulator, session)
        async with jules.AsyncJules(**options) as client:
            opened, enough = client.session(session), anyio.Event()
            with anyio.fail_after(10):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(read, opened, enough)
                    await enough.wait()
                    tasks.cancel_scope.cancel()
            with anyio.move_on_after(0.05) as scope:
                await opened.result()
            assert scope.cancelled_caught
            # Nothing of the cancelled work is left: the client goes on.
            assert (await opened.info()).state == "inProgress"

    anyio.run(main, backend="asyncio", backend_options=backend_options)
    assert seen == ["agentMessaged"]


def test_trio_with_an_asyncio_loop_inside_runs_us(emulator: Emulator) -> None:
    program = """
    import trio, trio_asyncio
    async def main():
        async with jules.AsyncJules(**options) as client:
            assert (await client.run(prompt="[scenario:quick] x")).state == "completed"
    async def cancelled():
        with trio.move_on_after(0.05) as scope:
            await trio_asyncio.aio_as_trio(jules.AsyncJules(**options).session(session_id).result)()
        assert scope.cancelled_caught
    trio_asyncio.run(trio_asyncio.aio_as_trio(main))
    trio_asyncio.run(cancelled)
    print("done")
    """
    assert finished(start(program, emulator, emulator.session(state="IN_PROGRESS"))) == "done\n"


@pytest.mark.parametrize("run", ["trio.run(main)", "anyio.run(main, backend='trio')"])
def test_trio_alone_is_told_what_it_lacks(run: str, emulator: Emulator) -> None:
    program = f"""
    import anyio, trio
    async def main():
        client = jules.AsyncJules(**options)
        for call in (client.quota, client.session(session_id).info, client.session(session_id).stream().__anext__):
            try:
                await call()
            except RuntimeError as error:
                assert "needs an asyncio event loop" in str(error), error
                assert "trio.to_thread.run_sync" in str(error), error
        with jules.Jules(**options) as blocking:
            await trio.to_thread.run_sync(lambda: blocking.session(session_id).info())
    {run}
    print("done")
    """
    assert finished(start(program, emulator, emulator.session(state="IN_PROGRESS"))) == "done\n"


def test_one_client_for_loops_in_turn_and_threads_at_once(options: dict[str, Any], emulator: Emulator) -> None:
    session = emulator.session(state="COMPLETED")
    emulator.append(session, COMPLETED)
    client = jules.AsyncJules(**options)

    async def types() -> list[str]:
        return [activity.type async for activity in client.session(session).stream()]

    async def in_threads() -> list[list[str]]:
        return await asyncio.gather(*(asyncio.to_thread(asyncio.run, types()) for _ in range(4)))

    assert [asyncio.run(types()), uvloop.run(types()), *asyncio.run(in_threads())] == [["sessionCompleted"]] * 6


async def test_asyncio_timeout_drops_the_work(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):  # type: ignore[attr-defined, unused-ignore] # New in 3.11.
            await session.result()
    await client.session(session.id).info()
    before = len(emulator.requests(session.id))
    other = client.session(emulator.session(state="IN_PROGRESS"))
    for _ in range(10):  # The same client asks about others, and no more about this one.
        await other.info()
    assert len(emulator.requests(session.id)) == before
