"""The operations of a conformance plan that are about queues."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import jules
from conformance_stage import Operations, Stage
from conformance_words import Json, failure, run_options


def task_options(options: Json) -> dict[str, Any]:
    wanted = run_options(options)
    if text := wanted.get("not_before"):
        wanted["not_before"] = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return wanted


def worked(one: jules.Worked[Any]) -> Json:
    shown = {"key": one.key, "task": one.task.to_dict()}
    if one.error is not None:
        return {**shown, "error": failure(one.error)}
    return {**shown, "outcome": one.outcome and one.outcome.to_dict()}


def approve(stage: Stage, given: Json) -> Any:
    """The rule as it stands there, or a function that says yes to some keys."""
    if not isinstance(given, dict):
        return given

    def among(task: Any, plan: jules.Plan) -> bool:
        return task.key in given["keys"] and len(plan.steps) > 0

    async def answer(task: Any, plan: jules.Plan) -> bool:
        return among(task, plan)

    return among if stage.blocking else answer


def kept(stage: Stage, step: Json, task: Any) -> Json:
    stage.keep(step, task)
    return task.to_dict()


async def queue(stage: Stage, step: Json, options: Json) -> Json:
    bounds = {"slots": options.get("slots"), "per_day": options.get("perDay")}
    made = stage.client_of(step).queue(options["name"], **bounds)
    stage.keep(step, made)
    return {"name": made.name}


async def add(stage: Stage, step: Json, options: Json) -> Json:
    return kept(stage, step, await stage.call(stage.handle(step).add, **task_options(options)))


async def add_all(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call(stage.handle(step).add_all, options["items"], task_options)).to_dict()


def work_options(stage: Stage, options: Json) -> dict[str, Any]:
    wanted = {name: options[name] for name in ("concurrency", "follow") if name in options}
    if "approve" in options:
        wanted["approve"] = approve(stage, options["approve"])
    return wanted


async def work(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.handle(step).work(**work_options(stage, options)), worked)


async def finished(stage: Stage, step: Json, options: Json) -> Json:
    wanted = work_options(stage, options)
    if stage.blocking:
        # A blocking worker is a plain iterator, which `list` empties.
        return [worked(one) for one in await stage.call(lambda: list(stage.handle(step).work(**wanted)))]
    return [worked(one) for one in await stage.handle(step).work(**wanted)]


async def tasks(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.handle(step).tasks(state=options.get("state")))


async def waiting_for_person(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.handle(step).waiting_for_person())


async def results(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.handle(step).results())


async def task(stage: Stage, step: Json, options: Json) -> Json:
    return kept(stage, step, await stage.call(stage.handle(step).task, options["key"]))


async def until(stage: Stage, step: Json, options: Json) -> Json:
    # It is read, for nobody tells.
    while (seen := await stage.call(stage.handle(step).task, options["key"])).state != options["state"]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return kept(stage, step, seen)


async def cancel(stage: Stage, step: Json, options: Json) -> Json:
    return kept(stage, step, await stage.call(stage.handle(step).cancel, options["key"]))


async def status(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call(stage.handle(step).status)).to_dict()


async def pause(stage: Stage, step: Json, options: Json) -> None:
    await stage.call(stage.handle(step).pause)


async def resume(stage: Stage, step: Json, options: Json) -> None:
    await stage.call(stage.handle(step).resume)


QUEUES: Operations = {
    "queue": queue,
    "queue.add": add,
    "queue.addAll": add_all,
    "queue.work": work,
    "queue.finished": finished,
    "queue.tasks": tasks,
    "queue.waitingForPerson": waiting_for_person,
    "queue.results": results,
    "queue.task": task,
    "queue.until": until,
    "queue.cancel": cancel,
    "queue.status": status,
    "queue.pause": pause,
    "queue.resume": resume,
}
