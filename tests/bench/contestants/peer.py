"""`jules-agent-sdk` from PyPI. It has no stream, no `all` and no cache: a stream is its `list_all` again and again."""

import asyncio
import time
from typing import Any

from common import answer, ready
from jules_agent_sdk import AsyncJulesClient, JulesClient


def stream(task: dict[str, Any]) -> dict[str, Any]:
    """Follows one session to its end and notes when each activity came."""
    seen: dict[str, int] = {}
    until = time.monotonic() + task["limit"]
    with JulesClient(api_key="bench-key", base_url=task["url"]) as client:
        while time.monotonic() < until:
            for activity in client.activities.list_all(task["session"]):
                seen.setdefault(activity.id, time.time_ns())
                if activity.session_completed is not None:
                    return {"seen": list(seen.items())}
            time.sleep(task["interval"])
    return {"seen": list(seen.items())}


async def watch(task: dict[str, Any]) -> dict[str, Any]:
    """Waits for the ends of many sessions that run already."""
    async with AsyncJulesClient(api_key="bench-key", base_url=task["url"]) as client:
        wait = client.sessions.wait_for_completion
        ended = await asyncio.gather(*(wait(name, poll_interval=task["interval"]) for name in task["sessions"]))
    return {"finished": len(ended)}


if __name__ == "__main__":
    todo = ready()
    if todo["task"] == "stream":
        answer(stream(todo))
    elif todo["task"] == "watch":
        answer(asyncio.run(watch(todo)))
    else:
        answer({"unsupported": "it has nothing of the kind"})
