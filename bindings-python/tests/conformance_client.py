"""The operations of a conformance plan that are about many sessions, sources, or the client itself."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any
from urllib.parse import urljoin

from conformance_stage import Operations, Stage
from conformance_words import Json, failure, listing_options, named_page, run_options, seconds, snake


def all_of(stage: Stage, options: Json, **more: Any) -> Any:
    others = ("items", "take", "progress", "timeoutMs")
    wanted = dict(seconds(name, value) for name, value in options.items() if name not in others)
    return stage.client().all(options["items"], run_options, **wanted, **more)


def outcomes_of(stage: Stage, options: Json, **more: Any) -> Any:
    limit = options.get("timeoutMs")
    return stage.call(all_of(stage, options, **more).outcomes, timeout=limit if limit is None else limit / 1000)


async def run_all(stage: Stage, step: Json, options: Json) -> Json:
    if options.get("progress"):
        told: list[Json] = []
        outcomes = await outcomes_of(stage, options, on_progress=lambda one: told.append(one.to_dict()))
        return {"outcomes": [outcome.to_dict() for outcome in outcomes], "progress": told}
    values = await outcomes_of(stage, options)
    if options.get("stopOnError", True):
        return [outcome.to_dict() for outcome in values]
    return [
        {"status": "rejected", "reason": failure(value)}
        if isinstance(value, BaseException)
        else {"status": "fulfilled", "value": value.to_dict()}
        for value in values
    ]


async def all_created(stage: Stage, step: Json, options: Json) -> Json:
    return [{"id": session.id} for session in await stage.call(all_of(stage, options | {"until": "created"}).outcomes)]


async def iterate_all(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items({"take": options.get("take")} | step, all_of(stage, options))


async def metrics(stage: Stage, step: Json, options: Json) -> Json:
    return stage.client().metrics().to_dict()


async def recent_requests(stage: Stage, step: Json, options: Json) -> Json:
    return [request.to_dict() for request in stage.client().recent_requests()]


async def quota(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call(stage.client_of(step).quota)).to_dict()


async def sources(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.client().sources(**listing_options(options)))


async def sources_page(stage: Stage, step: Json, options: Json) -> Json:
    return named_page("sources", await stage.call(stage.client().sources(**listing_options(options)).page))


async def source(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call(stage.client().source, github=options.get("github", ""))).to_dict()


async def sessions(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.client().sessions(**listing_options(options)))


async def sessions_page(stage: Stage, step: Json, options: Json) -> Json:
    return named_page("sessions", await stage.call(stage.client().sessions(**listing_options(options)).page))


async def select(stage: Stage, step: Json, options: Json) -> Json:
    chosen = (await stage.session(step)).activities if step.get("on") else stage.client()
    return await stage.call(chosen.select, options.get("query"))


async def sync(stage: Stage, step: Json, options: Json) -> Json:
    told: list[Json] = []
    wanted = {snake(name): value for name, value in options.items() if name != "progress"}
    report = await stage.call(stage.client().sync, **wanted, on_progress=lambda step: told.append(step.to_dict()))
    return {"report": report.to_dict(), "progress": told} if options.get("progress") else report.to_dict()


async def cache_info(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call(stage.client().cache_info)).to_dict()


async def close(stage: Stage, step: Json, options: Json) -> None:
    stage.client()
    await stage.close()


async def other(stage: Stage, step: Json, options: Json) -> None:
    stage.keep(step, stage.made_with(options))


async def control(stage: Stage, step: Json, options: Json) -> Json:
    body = json.dumps(options["body"]).encode() if "body" in options else None
    request = urllib.request.Request(
        urljoin(stage.given["baseUrl"], options["path"]),
        data=body,
        method=options.get("method", "GET"),
        headers={"Content-Type": "application/json"},
    )

    def ask_emulator() -> Json:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    return await asyncio.to_thread(ask_emulator)


CLIENT: Operations = {
    "all": run_all,
    "all.created": all_created,
    "all.iterate": iterate_all,
    "metrics": metrics,
    "recentRequests": recent_requests,
    "quota": quota,
    "sources": sources,
    "sources.page": sources_page,
    "source": source,
    "sessions": sessions,
    "sessions.page": sessions_page,
    "select": select,
    "sync": sync,
    "cacheInfo": cache_info,
    "client.other": other,
    "close": close,
    "control": control,
}
