"""Runs that are awaited again and again, words in both spellings, values in pydantic, sessions from `all`."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import jules
import pydantic
import pytest
from conftest import Emulator

QUICK = "[scenario:quick] x"


async def test_a_run_is_awaited_as_often_as_one_likes(client: jules.AsyncJules) -> None:
    run = client.run(prompt="[scenario:silent] x")
    for _ in range(2):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(run, 0.05)
    quick = client.run(prompt=QUICK)
    first, second = await asyncio.gather(quick, quick)
    third, fourth = await asyncio.gather(asyncio.create_task(quick), asyncio.wait_for(quick, 10))
    assert first == second == third == fourth == await quick
    assert quick.session_id == first.session_id
    assert repr(quick) == f"AsyncRun(session_id={first.session_id!r})"
    with pytest.raises(TypeError, match=r"\(await run.session\(\)\).send"):
        quick.send("a message")


def test_a_run_of_the_blocking_form_has_its_stream_and_its_session(emulator: Emulator) -> None:
    with jules.Jules(api_key="test-key", base_url=emulator.url, cache=False) as client:
        run = client.start(prompt=QUICK)
        session = run.session(timeout=10)
        assert [activity.type for activity in run.stream()][-1] == "sessionCompleted"
        assert run.outcome(timeout=10).session_id == session.id == run.session_id


def test_a_state_is_the_same_in_both_spellings() -> None:
    state = jules.SessionState.AWAITING_PLAN_APPROVAL
    assert state == "awaitingPlanApproval" == state
    assert state == "awaiting_plan_approval"
    assert (state != "awaiting_plan_approval") is False
    assert state not in ("awaiting_user_feedback", "AWAITING_PLAN_APPROVAL", "awaiting_plan", None)
    assert {"awaitingPlanApproval": 1}[state] == 1
    match state:
        case "awaiting_plan_approval":
            pass
        case _:
            raise AssertionError
    assert jules.SessionState._of("teleporting") == "teleporting"


async def test_values_are_fields_of_pydantic_models(client: jules.AsyncJules) -> None:
    class Report(pydantic.BaseModel):
        outcome: jules.Outcome
        activities: list[jules.Activity] = []

    run = client.run(prompt=QUICK)
    activities: list[jules.Activity] = [activity async for activity in run.stream()]
    report = Report(outcome=await run, activities=activities)
    again = Report.model_validate_json(report.model_dump_json())
    assert again == report
    assert isinstance(again.activities[-1], jules.SessionCompleted)
    assert report.model_dump()["outcome"] == report.outcome.to_dict()
    assert Report.model_json_schema(mode="serialization")["properties"]["outcome"]["type"] == "object"
    with pytest.raises(pydantic.ValidationError):
        Report.model_validate({"outcome": {"nonsense": 1}})


async def test_an_outcome_keeps_its_changes_as_a_dict(client: jules.AsyncJules, emulator: Emulator) -> None:
    patch = "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+hi\n"
    changes = {"changeSet": {"source": "s", "gitPatch": {"unidiffPatch": patch}}}
    session = emulator.session()
    progress: dict[str, Any] = {"progressUpdated": {"title": "t"}, "artifacts": [changes]}
    emulator.append(session, progress, {"sessionCompleted": {}}, state="COMPLETED")
    outcome = await client.session(session).result()
    same = jules.Outcome.from_dict(outcome.to_dict())
    assert same == outcome
    assert [file.content for file in same.generated_files()] == ["hi\n"]


async def test_an_outcome_is_no_session_and_says_so(client: jules.AsyncJules) -> None:
    (outcome,) = await client.all([QUICK], lambda prompt: {"prompt": prompt})
    for name in ("stream", "result", "wait_for", "nothing_of_ours"):
        assert not hasattr(outcome, name)
    with pytest.raises(AttributeError, match=r"not a session.*client\.session\(.*\)\.stream") as caught:
        outcome.stream()  # type: ignore[attr-defined]
    assert (caught.value.name, caught.value.obj) == ("stream", outcome)
    with pytest.raises(AttributeError, match=r"^'Outcome' object has no attribute 'stat'$"):
        outcome.stat  # type: ignore[attr-defined]  # noqa: B018
    assert getattr(outcome, "stream", None) is None


async def test_until_created_gives_sessions(client: jules.AsyncJules, emulator: Emulator) -> None:
    prompts = [f"{QUICK} {number}" for number in range(4)]
    sessions = await client.all(prompts, lambda prompt: {"prompt": prompt}, until="created", concurrency=2)
    assert [(await session.info()).prompt for session in sessions] == prompts
    async for done in client.all(prompts[:1], lambda prompt: {"prompt": prompt}, until="created"):
        assert isinstance(done.session, jules.AsyncSession)
        assert (done.outcome, done.error) == (None, None)
    with jules.Jules(api_key="test-key", base_url=emulator.url, cache=False) as blocking:
        await asyncio.to_thread(
            lambda: [
                session.result(timeout=10)
                for session in blocking.all(prompts[:2], lambda prompt: {"prompt": prompt}, until="created").outcomes()
            ]
        )


async def test_what_all_created_is_told_whatever_ends_it(client: jules.AsyncJules, emulator: Emulator) -> None:
    started = client.all(["a", "b"], lambda item: {"prompt": f"[scenario:silent] {item}"})
    task = asyncio.ensure_future(started.outcomes())
    created = lambda: [report.session_id is not None for report in started.report()] == [True, True]  # noqa: E731
    await asyncio.to_thread(emulator.until, created, "both are created")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [report.status for report in started.report()] == ["running", "running"]
    with pytest.raises(jules.SourceNotFoundError) as caught:
        await client.all(["ok", "bad"], lambda item: {"prompt": QUICK, "source": "no/where" if item == "bad" else None})
    assert (caught.value.index, caught.value.item) == (1, "bad")
    assert "item 1" in str(caught.value)


async def test_every_call_that_waits_takes_a_timeout(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="IN_PROGRESS"))
    emulator.fault(kind="delay", ms=2000, on="sessions.get", session=session.id)
    for call in (session.info, session.snapshot):
        with pytest.raises(jules.TimeoutError):
            await call(timeout=0.05)


def test_the_version_is_the_packages() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", jules.__version__)


async def test_the_page_of_a_session_names_it(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = emulator.session()
    assert client.session(f"https://jules.google.com/session/{session}").id == session
    assert (await client.session(session).info(timeout=10)).id == session
