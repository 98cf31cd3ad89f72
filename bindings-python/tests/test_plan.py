"""The plan's limits, and what ends a wait: a full plan, the quota, stopped and silent sessions, failed ones again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jules
import pytest
from conftest import Emulator, message

BROKEN = "Jules encountered an error when working on the task."


async def asked(emulator: Emulator, text: str) -> None:
    """Waits for a request whose path has this text in it, while the loop goes on."""
    await asyncio.to_thread(emulator.until, lambda: bool(emulator.requests(text)), f"a request to {text}")


@pytest.mark.parametrize(
    ("answer", "kind", "limit"),
    [("bare", jules.PreconditionError, "unknown"), ("resourceExhausted", jules.RateLimitError, "slots")],
)
async def test_a_full_plan_is_told_at_once_with_its_limit(
    client: jules.AsyncJules, emulator: Emulator, answer: str, kind: type[jules.JulesError], limit: str
) -> None:
    emulator.slots(1, answer)
    held = await client.session(prompt="[scenario:silent] x")
    for start in (client.run, client.session):
        with pytest.raises(kind) as caught:
            await start(prompt="[scenario:quick] x")
        error = caught.value
        assert (error.limit, error.used, error.next_at, error.retryable) == (limit, 1, None, True)
    quota = await client.quota()
    assert (quota.slots_used, quota.day_used) == (1, 1)
    assert [one.session_id for one in quota.holding] == [held.id]


def test_the_blocking_form_tells_it_too(blocking: jules.Jules, emulator: Emulator) -> None:
    emulator.slots(1)
    held = blocking.session(prompt="[scenario:silent] x")
    with pytest.raises(jules.PreconditionError) as caught:
        blocking.run(prompt="[scenario:quick] x", wait_for_slot=False)
    assert (caught.value.limit, caught.value.used) == ("unknown", 1)
    assert [one.session_id for one in blocking.quota().holding] == [held.id]
    blocking.session(held.id).delete()
    assert blocking.run(prompt="[scenario:quick] x").state == "completed"


async def test_waiting_for_a_slot_ends_with_the_limit_when_its_time_is_over(
    client: jules.AsyncJules, emulator: Emulator
) -> None:
    emulator.slots(1)
    await client.session(prompt="[scenario:silent] x")
    with pytest.raises(jules.PreconditionError) as caught:
        await client.run(prompt="[scenario:quick] x", wait_for_slot=0.2)
    # What the first refusal has taught may have been asked again meanwhile.
    assert (caught.value.limit in {"unknown", "slots"}, caught.value.used) == (True, 1)


async def test_waiting_for_a_slot_ends_when_there_is_one(client: jules.AsyncJules, emulator: Emulator) -> None:
    emulator.slots(1)
    held = await client.session(prompt="[scenario:silent] x")
    run = client.run(prompt="[scenario:quick] x", wait_for_slot=True)

    def refused() -> bool:
        return any(request["method"] == "POST" and request.get("status") == 400 for request in emulator.requests())

    await asyncio.to_thread(emulator.until, refused, "a refusal")
    await asyncio.to_thread(emulator.quiet)  # It has found out why, and waits.
    await held.delete()
    assert (await asyncio.wait_for(run, 20)).state == "completed"


async def test_a_slot_that_is_known_to_be_taken_is_not_asked_for(client: jules.AsyncJules, emulator: Emulator) -> None:
    knowing = client.with_options(slots=1)
    await knowing.session(prompt="[scenario:silent] x")
    with pytest.raises(jules.JulesError) as caught:
        await knowing.session(prompt="x")
    assert (caught.value.limit, caught.value.used, caught.value.allowed) == ("slots", 1, 1)
    creates = [request for request in emulator.requests() if request["operation"] == "sessions.create"]
    assert len(creates) == 1


async def test_the_days_limit_says_when_it_passes(client: jules.AsyncJules, emulator: Emulator) -> None:
    knowing = client.with_options(per_day=1)
    await knowing.run(prompt="[scenario:quick] x")
    with pytest.raises(jules.JulesError) as caught:
        await knowing.session(prompt="x", wait_for_slot=True)
    error = caught.value
    assert (error.limit, error.used, error.allowed) == ("day", 1, 1)
    assert isinstance(error.next_at, datetime)
    assert timedelta(0) < error.next_at - datetime.now(timezone.utc) < timedelta(days=1, minutes=1)


async def test_the_quota_is_a_value(client: jules.AsyncJules) -> None:
    knowing = client.with_options(slots=3, per_day=15)
    held = await knowing.session(prompt="[scenario:silent] x")
    quota = await knowing.quota()
    assert (quota.slots_used, quota.slots_limit, quota.day_used, quota.day_limit) == (1, 3, 1, 15)
    assert quota.next_at is None
    (one,) = quota.holding
    assert one.session_id == held.id
    assert isinstance(one.state, jules.SessionState)
    assert one.since is not None
    assert one.since.tzinfo is timezone.utc
    assert quota.to_dict()["holding"] == [one.to_dict()]
    assert jules.Quota.from_dict(quota.to_dict()) == quota
    assert repr(quota) == "Quota(slots_used=1, slots_limit=3, day_used=1, day_limit=15, holding=(1 item))"


async def test_a_name_stands_for_all_keys_of_an_account(options: dict[str, Any], tmp_path: Path) -> None:
    options |= {"cache": tmp_path}
    async with jules.AsyncJules(**options | {"api_key": "one", "account": "team"}) as first:
        made = await first.session(prompt="[scenario:silent] x")
        await made.info()
    async with jules.AsyncJules(**options | {"api_key": "two", "account": "team"}) as same:
        assert (await same.session(made.id).info(cached=True)).id == made.id
    async with jules.AsyncJules(**options | {"api_key": "two"}) as other:
        with pytest.raises(jules.NotFoundError):
            await other.session(made.id).info(cached=True)


async def test_whoever_waits_for_a_stopped_session_is_told(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    waiting = [
        asyncio.create_task(call) for call in (session.result(timeout=10), session.wait_for("completed", timeout=10))
    ]
    await asked(emulator, session.id)
    await session.stop()
    await asyncio.wait(waiting)
    for task in waiting:
        with pytest.raises(jules.SessionEndedError) as caught:
            await task
        assert (caught.value.reason, caught.value.session_id) == ("stopped", session.id)
        assert caught.value.outcome is None
    assert (await session.info()).archived

    async def stream() -> list[jules.Activity]:
        return [activity async for activity in session.stream()]

    assert await asyncio.wait_for(stream(), 10) == []
    before = len(emulator.requests(f"{session.id}:archive"))
    await session.stop()
    assert len(emulator.requests(f"{session.id}:archive")) == before == 1


def test_the_blocking_form_stops_too(blocking: jules.Jules, emulator: Emulator) -> None:
    session = blocking.session(emulator.session(state="IN_PROGRESS"))
    session.stop()
    with pytest.raises(jules.SessionEndedError) as caught:
        session.result(timeout=10)
    assert caught.value.reason == "stopped"


async def test_whoever_waits_for_a_deleted_session_is_told(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    waiting = asyncio.create_task(session.result(timeout=10))
    await asked(emulator, session.id)
    await session.delete()
    with pytest.raises(jules.SessionEndedError) as caught:
        await waiting
    assert (caught.value.reason, caught.value.session_id) == ("deleted", session.id)


async def test_an_answer_that_no_longer_comes_has_its_reason(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    asking = asyncio.create_task(session.ask("Are you there?", timeout=10))
    await asked(emulator, f"{session.id}:sendMessage")
    emulator.append(session.id, {"sessionFailed": {"reason": "no"}}, state="FAILED")
    with pytest.raises(jules.SessionEndedError) as caught:
        await asking
    assert caught.value.reason == "ended"
    assert caught.value.info is not None
    assert caught.value.info.state == "failed"


async def test_a_session_without_news_is_given_up(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    (last,) = emulator.append(session.id, message("Hm."))

    async def drain() -> None:
        async for _ in session.stream(stall_timeout=0.3):
            pass

    for waiting in (
        session.result(stall_timeout=0.3, timeout=10),
        session.wait_for("completed", stall_timeout=0.3, timeout=10),
        asyncio.wait_for(drain(), 10),
    ):
        begin = datetime.now(timezone.utc)
        with pytest.raises(jules.TimeoutError) as caught:
            await waiting
        error = caught.value
        assert error.session_id == session.id
        assert error.last_activity is not None
        assert error.last_activity.id == last
        assert error.since is not None
        assert begin - timedelta(seconds=1) < error.since < datetime.now(timezone.utc)


async def test_a_run_without_news_is_given_up(client: jules.AsyncJules) -> None:
    run = client.run(prompt="[scenario:silent] x", stall_timeout=0.3)
    with pytest.raises(jules.TimeoutError) as caught:
        await run
    assert caught.value.session_id == (await run.session()).id
    assert caught.value.since is not None


def test_the_blocking_form_gives_up_too(blocking: jules.Jules, emulator: Emulator) -> None:
    session = blocking.session(emulator.session(state="IN_PROGRESS"))
    with pytest.raises(jules.TimeoutError):
        session.result(stall_timeout=0.3)
    with pytest.raises(jules.TimeoutError):
        list(session.stream(stall_timeout=0.3))
    with pytest.raises(jules.ConfigError, match="stall"):
        session.wait_for("completed", stall_timeout=0)


async def test_a_session_that_the_service_broke_is_started_again(client: jules.AsyncJules, emulator: Emulator) -> None:
    emulator.control("POST", "scenarios", {"name": "broken", "steps": [{"failed": BROKEN}]})
    once = await client.run(prompt="[scenario:broken] x")
    assert (once.state, once.attempts, once.session_ids) == ("failed", 1, (once.session_id,))
    run = client.run(prompt="[scenario:broken] y", retry_failed=2)
    failures = [activity.type async for activity in run.stream(types="sessionFailed")]
    outcome = await run
    assert (outcome.state, outcome.failure_reason, outcome.attempts) == ("failed", BROKEN, 3)
    assert len(set(outcome.session_ids)) == 3
    assert outcome.session_ids[-1] == outcome.session_id == (await run.session()).id
    assert len(failures) == 3
    assert outcome.to_dict()["sessionIds"] == list(outcome.session_ids)
    assert jules.Outcome.from_dict(outcome.to_dict()) == outcome


async def test_all_takes_the_options_of_a_run(client: jules.AsyncJules, emulator: Emulator) -> None:
    emulator.control("POST", "scenarios", {"name": "broken", "steps": [{"failed": BROKEN}]})
    options = {"retry_failed": 1, "stall_timeout": 60, "wait_for_slot": 60}
    (outcome,) = await client.all(["[scenario:broken] z"], lambda prompt: {"prompt": prompt, **options})
    assert outcome.attempts == 2


async def test_the_sources_variables_are_there_when_asked_for(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = await client.session(prompt="x", source="octocat/hello-world", environment_variables=True)
    created = next(request for request in emulator.requests() if request["operation"] == "sessions.create")
    assert created["body"]["sourceContext"]["environmentVariablesEnabled"] is True
    context = (await session.info()).source_context
    assert context is not None
    assert context.environment_variables_enabled is True
    with pytest.raises(jules.ConfigError, match="environment_variables needs a source"):
        await client.session(prompt="x", environment_variables=True)


async def test_a_store_that_fails_says_what_happened_to_it(options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(jules.StoreError) as caught:
        async with jules.AsyncJules(**options | {"cache": tmp_path / "file" / "cache"}) as client:
            await client.cache_info()
    assert caught.value.fault == "notADirectory"
