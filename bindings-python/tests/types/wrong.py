"""Mistakes that type checkers must find: each line that ends in `# wrong`, and no other."""

from __future__ import annotations

import jules


async def asyncio_form(client: jules.AsyncJules, session: jules.AsyncSession) -> None:
    """Mistakes with asyncio."""
    await client.run("x")  # wrong
    await client.run(prompt=3)  # wrong
    await client.run(prompt="x", nonsense=1)  # wrong
    await client.run(prompt="x", source=3)  # wrong
    await client.session("1")  # wrong
    await client.session("1", prompt="x")  # wrong
    client.session(prompt="x").id  # wrong
    session.info().state  # wrong
    for _ in session.stream():  # wrong
        pass
    session.stream(types=3)  # wrong
    session.stream("1")  # wrong
    await session.wait_for(3)  # wrong
    await session.wait_for("awaiting_plan_aproval")  # wrong
    session.stream(types=["agentMesaged"])  # wrong
    session.stream(exclude_originator="usr")  # wrong
    session.history(types=["planAproved"])  # wrong
    async for activity in session.stream():
        if activity.type == "agentMesaged":  # wrong
            break
        isinstance(activity, jules.AgentMesaged)  # wrong
    kind: jules.ActivityType = "planAproved"  # wrong
    state: jules.StateWord = "complted"  # wrong
    print(kind, state, (await session.info()).state is jules.SessionState.COMPLTED)  # wrong
    task_state: jules.TaskStateWord = "needsPersn"  # wrong
    print(task_state, (await client.queue("q").task("k")).state is jules.TaskState.NEEDS_PERSN)  # wrong
    client.queue("q").tasks(state=["waiting", "needs_persn"])  # wrong
    await client.all([1], lambda item: {"prompt": ""}, until="soon")  # wrong
    await session.ask("x", timeout="soon")  # wrong
    await client.select(from_="nonsense")  # wrong
    await client.select(from_="sessions", order="up")  # wrong
    await client.sync(depth="everything")  # wrong
    await client.all([1], lambda item: str(item))  # wrong
    jules.AsyncJules(api_key=3)  # wrong
    jules.AsyncJules("key")  # wrong
    jules.AsyncJules(slots="many")  # wrong
    await client.run(prompt="x", wait_for_slot="long")  # wrong
    await client.run(prompt="x", retry_failed=True and "twice")  # wrong
    await session.result(stall_timeout="soon")  # wrong
    await client.run(prompt="x", key=3)  # wrong
    await client.queue("q").add(prompt="x")  # wrong
    await client.queue("q").add(key="k", prompt="x", retry_on="never")  # wrong
    await client.queue("q").add(key="k", prompt="x", not_before="tomorrow")  # wrong
    client.queue("q").work(approve="some")  # wrong
    client.queue("q").tasks(state="finished")  # wrong
    client.queue("q", slot=3)  # wrong


def blocking_form(client: jules.Jules, outcome: jules.Outcome, info: jules.SessionInfo) -> None:
    """Mistakes without it, and with values."""
    client.run(prompt="x").nonsense  # wrong
    outcome.title = "x"  # wrong
    outcome.pull_request.url  # wrong
    print(info.plan.steps)  # wrong
    jules.GitHub()  # wrong
    jules.Retry(3)  # wrong
    jules.Outcome.from_dict([])  # wrong
    for one in client.queue("q").work():
        one.outcome.state  # wrong
    try:
        pass
    except jules.RateLimitError as error:
        error.retry_after + 1  # wrong
