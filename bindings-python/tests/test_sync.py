"""Bringing the cache up to date, and what is known of its freshness."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import jules
import pytest
from conftest import COMPLETED, Emulator, message
from test_process import finished, start
from test_progress import on_terminal


@pytest.fixture
def sessions(emulator: Emulator) -> list[str]:
    """Three sessions of two activities each."""
    made = [emulator.session(state="COMPLETED", title=f"number {number}") for number in range(3)]
    for session in made:
        emulator.append(session, message("hello"), COMPLETED)
    return made


async def test_a_sync_brings_everything(client: jules.AsyncJules, sessions: list[str]) -> None:
    steps: list[jules.SyncProgress] = []
    report = await client.sync(depth="activities", on_progress=steps.append)
    assert (report.sessions_ingested, report.activities_ingested, report.is_complete) == (3, 6, True)
    assert {step.phase for step in steps} >= {"fetchingList", "hydratingActivities"}
    assert {step.last_ingested_id for step in steps} >= set(sessions)
    assert (steps[-1].current, steps[-1].total) == (3, 3)
    rows = await client.select(from_="activities", where={"message": "hello"})
    assert len(rows) == 3
    again = await client.sync(depth="activities")
    assert (again.sessions_ingested, again.sessions_skipped) == (0, 3)


async def test_each_option_is_passed_on(client: jules.AsyncJules, sessions: list[str]) -> None:
    assert (await client.sync(limit=1)).sessions_ingested == 1
    one = await client.sync(session_id=sessions[0], depth="activities", checkpoint=False)
    assert (one.sessions_ingested + one.sessions_refreshed, one.activities_ingested) == (1, 2)
    assert (await client.sync(incremental=False, concurrency=1)).sessions_skipped == 0
    for wrong in ({"depth": "nonsense"}, {"concurrency": 0}, {"limit": -1}, {"session_id": "a b"}):
        with pytest.raises(jules.ConfigError):
            await client.sync(**wrong)
    with pytest.raises(jules.NotFoundError):
        await client.sync(session_id="404")
    with pytest.raises(TypeError):
        await client.sync(nonsense=1)  # type: ignore[call-arg]


def test_the_blocking_form_is_the_same(options: dict[str, Any], sessions: list[str]) -> None:
    steps: list[jules.SyncProgress] = []
    with jules.Jules(**options) as client:
        report = client.sync(depth="activities", on_progress=steps.append)
        assert report.sessions_ingested == 3
        assert steps != []
        info = client.session(sessions[0]).cache_info()
        assert (info.session_id, info.activities) == (sessions[0], 2)


async def test_what_a_callback_raises_ends_the_sync(client: jules.AsyncJules, sessions: list[str]) -> None:
    def refuse(step: jules.SyncProgress) -> None:
        raise KeyError(step.phase)

    with pytest.raises(KeyError):
        await client.sync(on_progress=refuse)
    assert (await client.sync()).is_complete


async def test_a_cancelled_sync_goes_on_later(
    client: jules.AsyncJules, sessions: list[str], emulator: Emulator
) -> None:
    emulator.fault(kind="delay", ms=3000, on="activities.list", times=1)
    syncing = asyncio.create_task(client.sync(depth="activities", concurrency=1))
    await asyncio.to_thread(emulator.until, lambda: len(emulator.requests("activities")) > 0, "the first activities")
    syncing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await syncing
    report = await client.sync(depth="activities")
    assert report.is_complete
    assert len(await client.select(from_="activities")) == 6


async def test_freshness_is_told_with_its_reason(options: dict[str, Any], sessions: list[str], tmp_path: Path) -> None:
    async with jules.AsyncJules(**options | {"cache": tmp_path}) as client:
        session = client.session(sessions[0])
        before = await session.cache_info()
        assert (before.activities, before.may_be_stale, before.reason) == (0, True, "notCached")
        assert before.last_synced is None
        await client.sync(depth="activities")
        after = await session.cache_info()
        assert after.activities == 2
        assert after.last_synced is not None
        assert after.last_synced.tzinfo is not None
        assert jules.SessionCacheInfo.from_dict(after.to_dict()) == after


SYNC = """
    with jules.Jules(**options) as client:
        client.sync(depth="activities", progress=True)
    print("done")
"""


def test_progress_is_seen_on_a_terminal_and_nowhere_else(emulator: Emulator, sessions: list[str]) -> None:
    assert "3/3" in on_terminal(SYNC, emulator)
    assert finished(start(SYNC, emulator)) == "done\n"


def test_ctrl_c_ends_a_blocking_sync(emulator: Emulator, sessions: list[str]) -> None:
    program = """
        import _thread
        try:
            jules.Jules(**options).sync(depth="activities", on_progress=lambda step: _thread.interrupt_main())
        except KeyboardInterrupt:
            print("interrupted")
    """
    assert finished(start(program, emulator)) == "interrupted\n"
