"""A program that type checkers must accept, to the last type."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import jules
from typing_extensions import assert_type


async def asyncio_form(client: jules.AsyncJules) -> None:
    """Every way to get a value."""
    assert_type(await client.run(prompt="x"), jules.Outcome)
    assert_type(await jules.run(prompt="x", source="o/r", branch="main"), jules.Outcome)
    session = await client.session(prompt="x", source=jules.GitHub("o/r"))
    assert_type(session, jules.AsyncSession)
    assert_type(client.session("1"), jules.AsyncSession)
    async for activity in session.stream(types=["agentMessaged"]):
        assert_type(activity, jules.AnyActivity)
        match activity:
            case jules.AgentMessaged(message):
                assert_type(message, str)
            case jules.PlanGenerated(plan):
                assert_type(plan.steps, tuple[jules.PlanStep, ...])
            case jules.ProgressUpdated(title, description):
                assert_type(title + description, str)
            case _:
                pass
    assert_type(await session.ask("?"), jules.AgentMessaged)
    await session.wait_for("awaiting_plan_approval", jules.SessionState.COMPLETED, timeout=3)
    created = await client.all([1], lambda item: {"prompt": str(item)}, until="created")
    assert_type(created, list[jules.AsyncSession])
    assert_type(await session.info(), jules.SessionInfo)
    assert_type((await session.snapshot()).insights.failed_commands, tuple[jules.FailedCommand, ...])
    assert_type(await client.all([1], lambda item: {"prompt": str(item)}), list[jules.Outcome])
    both = await client.all([1], lambda item: {"prompt": str(item)}, stop_on_error=False)
    assert_type(both, list["jules.Outcome | BaseException"])
    async for done in client.all(["a"], lambda item: {"prompt": item}):
        assert_type(done.item, str)
        assert_type(done.outcome, "jules.Outcome | None")
    async for info in client.sessions(limit=3):
        assert_type(info.state, jules.SessionState)
    assert_type((await client.sources().page()).items, tuple[jules.Source, ...])
    assert_type(await client.select(from_="sessions", order="asc"), list[dict[str, Any]])
    assert_type(await client.sync(depth="activities"), jules.SyncReport)
    assert_type((await session.cache_info()).may_be_stale, bool)
    patient = await client.run(
        prompt="x", wait_for_slot=True, stall_timeout=3600, retry_failed=2, environment_variables=True
    )
    assert_type((patient.attempts, patient.session_ids), tuple[int, tuple[str, ...]])
    assert_type(await session.result(stall_timeout=60), jules.Outcome)
    assert_type(await session.stop(), None)
    quota = await client.quota()
    assert_type(quota.slots_limit, "int | None")
    assert_type(quota.next_at, "datetime | None")
    assert_type(quota.holding, tuple[jules.Holding, ...])
    assert_type(await jules.quota(), jules.Quota)
    assert_type(await client.run(prompt="x", key="k"), jules.Outcome)
    queue = client.queue("q", slots=3, per_day=15)
    assert_type(jules.queue("q"), jules.AsyncQueue)
    task = await queue.add(key="k", prompt="x", priority=3, not_before=datetime.now(timezone.utc), retry_on="any")
    assert_type(task, jules.AsyncTask)
    assert_type(task.session(), jules.AsyncSession)
    assert_type((task.state, task.error), "tuple[jules.TaskState, jules.JulesError | None]")
    added = await queue.add_all([1], lambda number: {"key": str(number), "prompt": "x"})
    assert_type(added.conflicts, tuple[jules.Conflict, ...])
    async for one in queue.work(concurrency=2, follow=True, approve=lambda task, plan: len(plan.steps) < 5):
        assert_type(one, jules.Worked[jules.AsyncTask])
        assert_type(one.outcome, "jules.Outcome | None")
        assert_type(one.error, "jules.JulesError | None")
    async for waiting in queue.tasks(state=["needs_person", jules.TaskState.WORKING]):
        assert_type(waiting, jules.AsyncTask)
    assert_type(await queue.cancel("k"), jules.AsyncTask)
    assert_type((await queue.status()).estimated_end, "datetime | None")


def blocking_form(client: jules.Jules) -> None:
    """The same, without waiting."""
    outcome = client.run(prompt="x", timeout=3)
    assert_type(outcome.raise_for_state(), jules.Outcome)
    assert_type(outcome.change_set(), "jules.ChangeSet | None")
    assert_type([file.content for file in outcome.generated_files(directory=".")], list[str])
    session = client.session(prompt="x")
    assert_type(session, jules.Session)
    for activity in session.history(offline=True):
        assert_type(activity, jules.AnyActivity)
    run = client.start(prompt="x")
    assert_type(run.session(), jules.Session)
    assert_type(run.outcome(timeout=3), jules.Outcome)
    made = client.all([1], lambda item: {"prompt": str(item)}, until="created")
    assert_type(made.outcomes(), list[jules.Session])
    session.approve(timeout=3)
    client.quota(timeout=3)
    assert_type(client.all([1], lambda item: {"prompt": str(item)}).outcomes(), list[jules.Outcome])
    assert_type(client.select({"from": "activities"}), list[dict[str, Any]])
    assert_type(client.sync(on_progress=print), jules.SyncReport)
    assert_type([held.state for held in client.quota().holding], list[jules.SessionState])
    assert_type(client.run(prompt="x", key="k"), jules.Outcome)
    queue = client.queue("q")
    assert_type(queue.add(key="k", prompt="x").session(), jules.Session)
    for one in queue.work(approve="all"):
        assert_type(one, jules.Worked[jules.Task])
    assert_type([task.question for task in queue.waiting_for_person()], "list[str | None]")
    assert_type(queue.status(timeout=3), jules.QueueStatus)


def errors(error: jules.RateLimitError) -> None:
    """Fields of errors."""
    assert_type(error.retry_after, "float | None")
    assert_type(error.results, list[jules.ItemReport])
    assert_type(error.session_id, "str | None")
    assert_type(error.limit, "str | None")
    assert_type(error.used, "int | None")
    assert_type(error.next_at, "datetime | None")
    assert_type(error.last_activity, "jules.Activity | None")


def every_activity(activity: jules.AnyActivity) -> str:
    """A `match` with a case for each needs no other."""
    match activity:
        case jules.AgentMessaged() | jules.UserMessaged():
            return activity.message
        case jules.PlanGenerated() | jules.PlanApproved() | jules.ProgressUpdated():
            return activity.type
        case jules.SessionCompleted() | jules.SessionFailed() | jules.UnknownActivity():
            return activity.id
