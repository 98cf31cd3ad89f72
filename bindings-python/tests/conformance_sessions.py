"""The operations of a conformance plan that are about one session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import jules
from conformance_stage import Operations, Stage
from conformance_words import Json, limits, named_page, run_options, stream_options


async def session_create(stage: Stage, step: Json, options: Json) -> Json:
    return stage.opened(step, await stage.call(stage.client_of(step).session, **run_options(options)))


async def session_open(stage: Stage, step: Json, options: Json) -> Json:
    return stage.opened(step, stage.client_of(step).session(options.get("id", "")))


async def run(stage: Stage, step: Json, options: Json) -> Json:
    return stage.ended(step, await stage.call(stage.client_of(step).run, **run_options(options)))


async def run_start(stage: Stage, step: Json, options: Json) -> None:
    if stage.blocking:  # Its run() blocks; a run that is only started is a session with run's defaults.
        wanted = {"require_approval": False, "auto_pr": True} | run_options(options)
        stage.keep(step, asyncio.create_task(stage.call(stage.client_of(step).session, **wanted)))
    else:
        stage.keep(step, stage.client_of(step).run(**run_options(options)))


async def run_outcome(stage: Stage, step: Json, options: Json) -> Json:
    if stage.blocking:
        return stage.ended(step, await stage.call((await stage.session(step)).result))
    return stage.ended(step, await stage.handle(step))


async def run_session(stage: Stage, step: Json, options: Json) -> Json:
    return stage.opened(step, await stage.session(step))


async def run_stream(stage: Stage, step: Json, options: Json) -> Json:
    try:
        started = await stage.session(step) if stage.blocking else stage.handle(step)
    except jules.JulesError as error:  # A stream of a run that could not be started fails before its first item.
        error.__dict__["items_before"] = []
        raise
    return await stage.items(step, started.stream(**stream_options(options)))


async def stream(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, (await stage.session(step)).stream(**stream_options(options)))


async def history(stage: Stage, step: Json, options: Json) -> Json:
    wanted = stream_options(options)
    wanted.pop("follow", None)
    offline = options.get("offline", False)
    return await stage.items(step, (await stage.session(step)).history(offline=offline, **wanted))


async def updates(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, (await stage.session(step)).updates(**stream_options(options)))


async def stream_cancel(stage: Stage, step: Json, options: Json) -> Json:
    opened = (await stage.session(step)).stream(**(stream_options(options) | {"follow": True}))
    seen = 0
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()
    count = options.get("afterItems", 0)

    def note() -> None:
        nonlocal seen
        seen += 1
        if seen >= count:
            loop.call_soon_threadsafe(enough.set)

    def drain() -> bool:
        for _ in opened:
            note()
        return True

    async def follow() -> bool:
        async for _ in opened:
            note()
        return False

    task: asyncio.Task[bool] = asyncio.create_task(asyncio.to_thread(drain) if stage.blocking else follow())
    if count:
        await enough.wait()
    if stage.blocking:
        opened.close()
        return {"items": seen, "cancelled": await task}
    task.cancel()
    await asyncio.wait([task])
    return {"items": seen, "cancelled": task.cancelled()}


async def wait_for(stage: Stage, step: Json, options: Json) -> Json:
    session = await stage.session(step)
    states = options.get("states") or [options["state"]]
    return (await stage.call(session.wait_for, *states, **limits(options))).to_dict()


async def ask(stage: Stage, step: Json, options: Json) -> Json:
    session = await stage.session(step)
    return (await stage.call(session.ask, options.get("text", ""), **limits(options))).to_dict()


async def info(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call((await stage.session(step)).info, cached=options.get("cached", False))).to_dict()


async def result(stage: Stage, step: Json, options: Json) -> Json:
    session = await stage.session(step)
    return stage.ended(step, await stage.call(session.result, **limits(options)))


def simple(name: str, *taken: str) -> Callable[[Stage, Json, Json], Awaitable[Json]]:
    async def operation(stage: Stage, step: Json, options: Json) -> None:
        await stage.call(getattr(await stage.session(step), name), *(options[one] for one in taken))

    return operation


async def snapshot(stage: Stage, step: Json, options: Json) -> Json:
    taken = await stage.call((await stage.session(step)).snapshot, cached=options.get("cached", False))
    stage.keep(step, taken)
    return taken.to_json()


async def session_cache_info(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call((await stage.session(step)).cache_info)).to_dict()


async def list_activities(stage: Stage, step: Json, options: Json) -> Json:
    activities = (await stage.session(step)).activities
    page = await stage.call(activities.list, page_size=options.get("pageSize"), page_token=options.get("pageToken"))
    return named_page("activities", page)


async def get_activity(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call((await stage.session(step)).activities.get, options["id"])).to_dict()


async def hydrate(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.call((await stage.session(step)).activities.hydrate)


SESSIONS: Operations = {
    "session.create": session_create,
    "session.open": session_open,
    "run": run,
    "run.start": run_start,
    "run.outcome": run_outcome,
    "run.session": run_session,
    "run.stream": run_stream,
    "stream": stream,
    "history": history,
    "updates": updates,
    "stream.cancel": stream_cancel,
    "waitFor": wait_for,
    # surface: acts Session
    "approve": simple("approve"),
    "send": simple("send", "text"),
    "archive": simple("archive"),
    "stop": simple("stop"),
    "unarchive": simple("unarchive"),
    "delete": simple("delete"),
    # surface: end
    "ask": ask,
    "info": info,
    "result": result,
    "snapshot": snapshot,
    "session.cacheInfo": session_cache_info,
    "activities.list": list_activities,
    "activities.get": get_activity,
    "activities.hydrate": hydrate,
}
