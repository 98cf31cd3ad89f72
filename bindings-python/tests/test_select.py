"""Queries of the local cache: as a dict, by keywords, and by both. What they mean is tested in conformance."""

from __future__ import annotations

import datetime
from typing import Any

import jules
import pytest
from conftest import COMPLETED, Emulator, message

EARLY = datetime.datetime(2025, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)


@pytest.fixture
async def session(client: jules.AsyncJules, emulator: Emulator) -> jules.AsyncSession:
    """A session of three activities, in the cache."""
    session = client.session(emulator.session(state="COMPLETED", title="Mend the flaky test"))
    said = message("it is mended", createTime="2025-01-02T03:04:05Z")
    emulator.append(session.id, message("hello", createTime="2024-01-01T00:00:00Z"), said, COMPLETED)
    await session.info()
    return session


async def test_a_dict_and_keywords_ask_the_same(client: jules.AsyncJules, session: jules.AsyncSession) -> None:
    expected = [{"id": session.id, "title": "Mend the flaky test"}]
    where = {"state": jules.SessionState.COMPLETED, "search": "FLAKY"}
    whole = {"from": "sessions", "where": where, "select": ["id", "title"]}
    assert await client.select(whole) == expected
    assert await client.select(from_="sessions", where=where, select=("id", "title")) == expected
    assert await client.select(whole | {"limit": 0}, limit=1) == expected
    assert await client.select(whole, limit=0) == []


async def test_each_keyword_is_passed_on(client: jules.AsyncJules, session: jules.AsyncSession) -> None:
    async def ids(**keywords: Any) -> list[str]:
        return [row["id"] for row in await session.activities.select(select="id", order="asc", **keywords)]

    first, second, third = await ids()
    assert await ids(offset=1, limit=1) == [second]
    assert await ids(start_at=second) == [second, third]
    assert await ids(start_after=second) == [third]
    assert [row["id"] for row in await session.activities.select()] == [third, second, first]
    [row] = await client.select(from_="sessions", include={"activities": {"limit": 2}}, where={"id": session.id})
    assert len(row["activities"]) == 2


async def test_times_may_be_datetimes(session: jules.AsyncSession) -> None:
    for moment in (EARLY, EARLY.astimezone(datetime.timezone(datetime.timedelta(hours=5)))):
        rows = await session.activities.select(where={"createTime": {"eq": moment}}, select=["message"])
        assert rows == [{"message": "it is mended"}]
    with pytest.raises(TypeError, match="time zone"):
        await session.activities.select(where={"createTime": {"gte": EARLY.replace(tzinfo=None)}})


def test_the_blocking_form_is_the_same(options: dict[str, Any], emulator: Emulator) -> None:
    with jules.Jules(**options) as client:
        session = client.session(emulator.session(state="COMPLETED"))
        emulator.append(session.id, message("hello"))
        session.info()
        assert client.select(from_="sessions", select="id") == [{"id": session.id}]
        [row] = session.activities.select({"select": ["message"]})
        assert row == {"message": "hello"}


async def test_a_bad_query_says_what_would_be_right(client: jules.AsyncJules, session: jules.AsyncSession) -> None:
    with pytest.raises(jules.QueryError, match="Did you mean") as caught:
        await client.select(from_="sessions", where={"titel": "x"})
    error = caught.value
    assert (error.field, error.operator, error.suggestion) == ("titel", None, "title")
    assert "title" in error.valid
    with pytest.raises(jules.QueryError) as caught:
        await client.select(from_="sessions", where={"title": {"contians": "x"}})
    assert (caught.value.operator, caught.value.suggestion) == ("contians", "contains")
    with pytest.raises(jules.QueryError):
        await session.activities.select({"from": "sessions"})
    with pytest.raises(jules.QueryError):
        await client.select()
    with pytest.raises(TypeError):
        await client.select(nonsense=1)  # type: ignore[call-arg]
