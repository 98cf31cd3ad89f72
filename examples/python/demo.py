"""One session as a person would lead it: prompt, plan, approval, live activities, a question, the pull request.

Needs `JULES_API_KEY`; `JULES_BASE_URL` may point to an emulator.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator

import jules

TITLE = "Greet people by name"


async def main() -> None:
    """Leads the session to its end."""
    session = await jules.session(
        prompt="[scenario:demo] Let the greeting use the person's name.",
        source="octocat/hello-world@main",
        title=TITLE,
        require_approval=True,
        auto_pr=True,
    )
    show(f"▶ Python · {TITLE}")

    picture_seen = False
    async for activity in session.stream():
        show(f"  • {headline(activity)}", *(f"      {line}" for line in details(activity)))
        match activity:
            case jules.PlanGenerated():
                await session.approve()
            case jules.AgentMessaged() if picture_seen:
                picture_seen = False
                await session.ask("Which files did you change?")  # The stream shows the question and the reply.
        picture_seen = picture_seen or any(isinstance(artifact, jules.Media) for artifact in activity.artifacts)

    outcome = await session.result()
    end = outcome.pull_request.url if outcome.pull_request else outcome.failure_reason or "no pull request"
    show(f"{'✔' if outcome.state == 'completed' else '✘'} {outcome.state} · {end}")


def headline(activity: jules.Activity) -> str:
    """What happened, on one line."""
    match activity:
        case jules.AgentMessaged(message):
            return f"Jules: {message}"
        case jules.UserMessaged(message):
            return f"You: {message}"
        case jules.PlanGenerated(plan):
            return f"Plan with {len(plan.steps)} steps"
        case jules.PlanApproved():
            return "Plan approved"
        case jules.ProgressUpdated(title, description):
            return ": ".join(part for part in (title, description) if part)
        case jules.SessionCompleted():
            return "Session completed"
        case jules.SessionFailed(reason):
            return f"Session failed: {reason}"
        case _:
            return activity.description or activity.type


def details(activity: jules.Activity) -> Iterator[str]:
    """What came along, line by line."""
    if isinstance(activity, jules.PlanGenerated):
        yield from (f"{step.index + 1}. {step.title}" for step in activity.plan.steps)
    for artifact in activity.artifacts:
        match artifact:
            case jules.BashOutput():
                yield from str(artifact).splitlines()
            case jules.ChangeSet():
                for file in artifact.parsed().files:
                    yield f"{file.change_type} {file.path} (+{file.additions} −{file.deletions})"
            case jules.Media(format=format):
                yield f"{format}, {len(artifact.to_bytes())} bytes"


def show(*lines: str) -> None:
    """Prints at once, also into a pipe. What others wrote is text: it moves no cursor and changes no title."""
    print(*(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", line) for line in lines), sep="\n", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except jules.JulesError as error:
        sys.exit(f"✘ {error}")
