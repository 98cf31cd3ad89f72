"""An alert becomes a session; its plan goes to a channel, a person approves it there, and the result is posted.

Run it, and the terminal is the channel: `python chat_ops.py "checkout fails with a 500" octocat/hello-world`. To use
another one, give `handle` an object with `post` and `ask` (Slack, Matrix, a web page …). Needs `JULES_API_KEY`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Protocol

import jules


class Channel(Protocol):
    """Where people are."""

    async def post(self, text: str) -> None:
        """Says something."""

    async def ask(self, question: str) -> str:
        """Says something, and waits for what a person answers."""
        ...


async def handle(alert: str, repository: str, channel: Channel, client: jules.AsyncJules) -> jules.Outcome:
    """Leads one alert to its end."""
    session = await client.session(
        prompt=f"An alert came in: {alert}\nFind the cause and fix it.",
        source=repository,
        require_approval=True,
        auto_pr=True,
    )
    await channel.post(f"🚨 {alert}: Jules looks into it (session {session.id})")
    async for activity in session.stream():
        match activity:
            case jules.PlanGenerated(plan):
                await decide(plan, session, channel)
            case jules.AgentMessaged(message):
                await converse(message, session, channel)
    outcome = await session.result()
    await channel.post(report(outcome))
    return outcome


async def decide(plan: jules.Plan, session: jules.AsyncSession, channel: Channel) -> None:
    """A person reads the plan, and approves it or says what to change."""
    steps = "\n".join(f"  {step.index + 1}. {step.title}" for step in plan.steps)
    answer = await channel.ask(f"📋 The plan:\n{steps}\nApprove it (yes), or say what to change.")
    if answer.strip().lower() in ("yes", "y", "ok", "👍"):
        await session.approve()
        await channel.post("👍 Approved.")
    else:
        await session.send(answer)


async def converse(message: str, session: jules.AsyncSession, channel: Channel) -> None:
    """What the agent says is posted; when it waits for an answer, a person gives one."""
    if (await session.info()).state == jules.SessionState.AWAITING_USER_FEEDBACK:
        await session.send(await channel.ask(f"💬 {message}"))
    else:
        await channel.post(f"💬 {message}")


def report(outcome: jules.Outcome) -> str:
    """What came of it, on one line."""
    if outcome.state != jules.SessionState.COMPLETED:
        return f"❌ It failed: {outcome.failure_reason or 'no reason was given'} {outcome.url}"
    made = outcome.pull_request
    return f"✅ {made.title}: {made.url}" if made else f"✅ Done, without a pull request. {outcome.url}"


class Terminal:
    """The channel of a person who sits here."""

    async def post(self, text: str) -> None:
        """Prints it. What others wrote is text: it moves no cursor and changes no title."""
        print(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", text), flush=True)

    async def ask(self, question: str) -> str:
        """Prints it, and reads a line."""
        await self.post(question)
        return await asyncio.to_thread(sys.stdin.readline)


async def main(alert: str, repository: str) -> None:
    """One alert, in this terminal."""
    async with jules.AsyncJules() as client:
        await handle(alert, repository, Terminal(), client)


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:3]))
    except jules.JulesError as error:
        sys.exit(f"✘ {error}")
