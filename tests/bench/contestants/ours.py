"""Ours, in Python. One task, from standard input. The async form, but for a replay with the word `blocking`."""

import asyncio
import time
from typing import Any

import jules
from common import answer, peak, ready, resident


def options(task: dict[str, Any]) -> dict[str, Any]:
    """What the client is made with."""
    return {
        "api_key": "bench-key",
        "base_url": task["url"],
        "cache": task["cache"],
        "polling_interval": task.get("interval"),
        # The peers keep to no quota, and the emulator has none here.
        "activity_budget": False,
    }


async def stream(client: jules.AsyncJules, task: dict[str, Any]) -> dict[str, Any]:
    """Follows one session to its end and notes when each activity came."""
    return {"seen": [(activity.id, time.time_ns()) async for activity in client.session(task["session"]).stream()]}


async def watch(client: jules.AsyncJules, task: dict[str, Any]) -> dict[str, Any]:
    """Waits for the outcomes of many sessions that run already."""
    outcomes = await asyncio.gather(*(client.session(name).result() for name in task["sessions"]))
    return {"finished": len(outcomes)}


async def run_all(client: jules.AsyncJules, task: dict[str, Any]) -> dict[str, Any]:
    """Runs many new sessions to their outcome."""
    if not hasattr(client, "all"):
        return {"unsupported": "not bound yet"}
    began = time.perf_counter()

    def config(number: int) -> dict[str, Any]:
        return {"prompt": f"{task['prompt']} {number}", "source": "octocat/hello-world", "branch": "main"}

    outcomes = await client.all(range(task["count"]), config, concurrency=task["count"])
    return {"finished": len(outcomes), "seconds": time.perf_counter() - began}


async def fill(client: jules.AsyncJules, task: dict[str, Any]) -> dict[str, Any]:
    """Brings a session that has ended into the cache."""
    return {"count": len([activity.id async for activity in client.session(task["session"]).history()])}


async def replay(client: jules.AsyncJules, task: dict[str, Any]) -> dict[str, Any]:
    """Reads a session from the cache, and something of each activity."""
    session = client.session(task["session"])
    before, began = resident(), time.perf_counter()
    count = letters = 0
    read = fields if task.get("fields") else identity
    async for activity in session.history(offline=True):
        letters += read(activity)
        count += 1
    return replayed(began, before, count, letters)


def identity(activity: jules.Activity) -> int:
    """Reads the id alone."""
    return len(activity.id)


def fields(activity: jules.Activity) -> int:
    """Reads all that every activity has, and what one of progress has."""
    read = (activity.name, activity.type, activity.create_time, activity.originator, activity.artifacts)
    if isinstance(activity, jules.ProgressUpdated):
        read = (*read, activity.title, activity.description)
    return len(activity.id) + len(read)


def replay_blocking(task: dict[str, Any]) -> dict[str, Any]:
    """The same with the blocking client."""
    session = jules.Jules(**options(task)).session(task["session"])
    before, began = resident(), time.perf_counter()
    count = letters = 0
    read = fields if task.get("fields") else identity
    for activity in session.history(offline=True):
        letters += read(activity)
        count += 1
    return replayed(began, before, count, letters)


def replayed(began: float, before: int, count: int, letters: int) -> dict[str, Any]:
    """What a replay answers."""
    seconds = time.perf_counter() - began
    if letters <= count:
        raise ValueError("activities without ids")
    return {"count": count, "seconds": seconds, "before": before, "peak": peak()}


async def select(client: jules.AsyncJules, task: dict[str, Any]) -> dict[str, Any]:
    """Asks the cache the same several times."""
    seconds, count = [], 0
    for _ in range(task["count"]):
        began = time.perf_counter()
        count = len(await client.select(task["query"]))
        seconds.append(time.perf_counter() - began)
    return {"count": count, "seconds": seconds}


async def main(task: dict[str, Any]) -> dict[str, Any]:
    """Does the task with the async client."""
    tasks = {"stream": stream, "watch": watch, "all": run_all, "fill": fill, "replay": replay, "select": select}
    async with jules.AsyncJules(**options(task)) as client:
        return await tasks[task["task"]](client, task)


if __name__ == "__main__":
    todo = ready()
    blocking = todo["task"] == "replay" and todo.get("form") == "blocking"
    answer(replay_blocking(todo) if blocking else asyncio.run(main(todo)))
