"""A session from its creation to its outcome, through the asyncio form."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import jules
import pytest
from conftest import COMPLETED, Emulator, message

REPOSITORY = "octocat/hello-world"


async def test_a_session_is_led_from_plan_to_pull_request(client: jules.AsyncJules) -> None:
    session = await client.session(prompt="[scenario:demo] Greet", source=REPOSITORY, title="Greet")
    kinds = []
    picture_seen = False
    async for activity in session.stream():
        kinds.append(type(activity))
        if isinstance(activity, jules.PlanGenerated):
            await session.approve()
        if isinstance(activity, jules.AgentMessaged) and picture_seen:
            picture_seen = False
            reply = await session.ask("Which files did you change?", timeout=20)
            assert isinstance(reply, jules.AgentMessaged)
            assert "Which files" in reply.message
        picture_seen = picture_seen or any(isinstance(artifact, jules.Media) for artifact in activity.artifacts)

    assert kinds[-1] is jules.SessionCompleted
    # One approval shows twice, as at the service.
    assert kinds.count(jules.PlanApproved) == 2
    assert kinds.count(jules.UserMessaged) == 1
    outcome = await session.result(timeout=5)
    assert outcome.state is jules.SessionState.COMPLETED
    assert outcome.pull_request is not None
    assert outcome.pull_request.url.startswith("https://github.com/octocat/hello-world/pull/")
    info = await session.info()
    assert info.title == "Greet"
    assert info.plan is not None
    assert len(info.activities) == len(kinds)
    assert info.outcome == outcome


async def test_a_run_is_awaitable_and_streamable_and_gives_its_session(client: jules.AsyncJules) -> None:
    run = client.run(prompt="[scenario:happy] x", source=REPOSITORY)
    activities = [activity async for activity in run.stream()]
    session = await run.session()
    outcome = await run
    assert activities[-1].type == "sessionCompleted"
    assert outcome.session_id == session.id
    assert await run == outcome


async def test_a_run_goes_where_a_coroutine_goes(client: jules.AsyncJules) -> None:
    task = asyncio.create_task(client.run(prompt="[scenario:quick] a"))
    gathered = await asyncio.gather(
        client.run(prompt="[scenario:quick] b"), asyncio.wait_for(client.run(prompt="[scenario:quick] c"), 20)
    )
    outcomes = [await task, *gathered]
    assert len({outcome.session_id for outcome in outcomes}) == 3


async def test_session_calls_can_be_tasks(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(prompt="x"))
    info, listed = await asyncio.gather(
        asyncio.create_task(session.info()), asyncio.create_task(session.activities.list())
    )
    assert info.id == session.id
    assert len(listed) == 0


async def test_a_failed_session_is_an_outcome(client: jules.AsyncJules) -> None:
    outcome = await client.run(prompt="[scenario:failure] x", source=REPOSITORY)
    assert outcome.state == "failed"
    assert outcome.failure_reason
    assert outcome.pull_request is None


async def test_a_stream_gives_each_activity_once_and_resumes_after_one(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    session = client.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, message("one"), message("two"), message("three"), COMPLETED)
    seen = [activity async for activity in session.stream()]
    assert [activity.type for activity in seen] == ["agentMessaged"] * 3 + ["sessionCompleted"]
    rest = [activity.id async for activity in session.stream(after=seen[1].id)]
    assert rest == [activity.id for activity in seen[2:]]


async def test_a_stream_filters_by_type_and_originator(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="COMPLETED"))
    user = {"originator": "user", "userMessaged": {"userMessage": "hi"}}
    emulator.append(session.id, user, message("hello"), COMPLETED)
    without_user = [activity.type async for activity in session.stream(exclude_originator="user")]
    assert without_user == ["agentMessaged", "sessionCompleted"]
    both = [activity.type async for activity in session.stream(types=["userMessaged", "agentMessaged"])]
    assert both == ["userMessaged", "agentMessaged"]
    one = [activity.type async for activity in session.stream(types="userMessaged")]
    assert one == ["userMessaged"]


async def test_history_ends_and_offline_asks_nothing(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    emulator.append(session.id, message("one"), message("two"))
    assert [activity.type async for activity in session.history()] == ["agentMessaged"] * 2
    before = len(emulator.requests())
    assert [activity.type async for activity in session.history(offline=True)] == ["agentMessaged"] * 2
    assert len(emulator.requests()) == before


async def test_updates_begin_now(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    emulator.append(session.id, message("before"))
    [old] = [activity async for activity in session.history()]
    async with session.updates() as updates:
        waiting = asyncio.ensure_future(anext(updates))
        seen = len(emulator.requests(session.id))
        await asyncio.to_thread(emulator.until, lambda: len(emulator.requests(session.id)) > seen + 1, "two looks")
        emulator.append(session.id, message("after"))
        new = await asyncio.wait_for(waiting, 10)
    assert isinstance(new, jules.AgentMessaged)
    assert new.message == "after"
    assert new.id != old.id


@pytest.mark.parametrize("state", ["awaiting_plan_approval", "awaitingPlanApproval", jules.SessionState.PLANNING])
async def test_wait_for_takes_a_state_in_any_spelling(client: jules.AsyncJules, emulator: Emulator, state: Any) -> None:
    name = jules.SessionState(state).name
    session = client.session(emulator.session(state=name))
    info = await session.wait_for(state, timeout=5)
    assert info.state.name == name


async def test_wait_for_takes_several_states(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="PAUSED"))
    assert (await session.wait_for("completed", "paused", timeout=5)).state == "paused"
    assert (await session.wait_for(["completed", "paused"], timeout=5)).state == "paused"


async def test_cached_info_asks_nothing(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="PAUSED", title="t"))
    fresh = await session.info()
    before = len(emulator.requests())
    assert await session.info(cached=True) == fresh
    assert len(emulator.requests()) == before


async def test_archive_unarchive_and_delete(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="COMPLETED"))
    await session.archive()
    assert (await session.info()).archived
    await session.unarchive()
    assert not (await session.info()).archived
    await session.delete()
    with pytest.raises(jules.NotFoundError):
        await session.info()


async def test_activities_are_listed_page_by_page_and_fetched_one_by_one(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    ids = emulator.append(session.id, *(message(str(number)) for number in range(5)))
    first = await session.activities.list(page_size=3)
    assert [activity.id for activity in first] == ids[:3]
    assert first.next_page_token is not None
    second = await session.activities.list(page_size=3, page_token=first.next_page_token)
    assert [activity.id for activity in second.items] == ids[3:]
    assert second.next_page_token is None
    one = await session.activities.get(ids[2])
    assert one == first.items[2]
    assert await session.activities.hydrate() == 0  # Both pages were kept as they were read.
    assert [activity async for activity in session.history(offline=True)] == [*first, *second]


async def test_sources_and_sessions_are_listed(client: jules.AsyncJules, emulator: Emulator) -> None:
    names = [source.name async for source in client.sources()]
    assert "sources/github/octocat/hello-world" in names
    source = await client.source(github=REPOSITORY)
    assert source.github_repo is not None
    assert source.github_repo.default_branch == "main"
    ids = [emulator.session(prompt=str(number)) for number in range(5)]
    listed = client.sessions(page_size=2)
    assert [info.id async for info in listed] == ids[::-1]
    assert [info.id async for info in client.sessions(limit=3)] == ids[:1:-1]
    page = await listed.page()
    assert [info.id for info in page] == ids[:2:-1]
    assert page.next_page_token is not None


@pytest.mark.parametrize(
    "source",
    [
        f"{REPOSITORY}@main",
        {"github": REPOSITORY, "branch": "main"},
        {"github": REPOSITORY, "base_branch": "main"},
        jules.GitHub(REPOSITORY, branch="main"),
    ],
)
async def test_a_source_is_given_in_any_form(client: jules.AsyncJules, emulator: Emulator, source: Any) -> None:
    session = await client.session(prompt="x", source=source)
    context = (await session.info()).source_context
    assert context is not None
    assert (context.source, context.starting_branch) == (f"sources/github/{REPOSITORY}", "main")


async def test_a_branch_goes_with_a_source(client: jules.AsyncJules) -> None:
    session = await client.session(prompt="x", source="octocat/spoon-knife", branch="trunk")
    context = (await session.info()).source_context
    assert context is not None
    assert context.starting_branch == "trunk"


async def test_what_the_cache_has_survives_the_client(options: dict[str, Any], emulator: Emulator) -> None:
    cached = options | {"cache": True}
    id = emulator.session(state="COMPLETED")
    emulator.append(id, message("kept"), COMPLETED)
    async with jules.AsyncJules(**cached) as first:
        seen = [activity async for activity in first.session(id).stream()]
    async with jules.AsyncJules(**cached) as second:
        before = len(emulator.requests())
        again = [activity async for activity in second.session(id).history(offline=True)]
        assert again == seen
        assert len(emulator.requests()) == before
        info = await second.cache_info()
    assert info.activities == 2
    assert info.location is not None
    assert info.reason is None


async def test_a_cache_that_cannot_be_on_disk_says_why(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.delenv("JULES_CACHE_DIR")
    async with jules.AsyncJules(**options | {"cache": True}) as client:
        info = await client.cache_info()
    assert info.location is None
    assert info.reason is not None
    assert "is not a directory" in info.reason
    assert "reason=" in repr(info)


async def test_the_module_has_a_client_of_its_own(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jules._default._client", None)
    monkeypatch.setenv("JULES_BASE_URL", emulator.url)
    with pytest.raises(jules.MissingApiKeyError):
        jules.session("1")
    monkeypatch.setenv("JULES_API_KEY", "test-key")
    outcome = await jules.run(prompt="[scenario:quick] x")
    session = jules.session(outcome.session_id)
    assert (await session.info()).state is jules.SessionState.COMPLETED
    assert [info.id async for info in jules.sessions(limit=1)] == [session.id]
    assert (await jules.cache_info()).sessions >= 1
