"""Runs the steps of a conformance plan through the package's public API and prints what came.

    python conformance_driver.py [--blocking] PLAN

It holds no expectation and no logic of its own. With `--blocking` the same steps go through `jules.Jules`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urljoin

import jules

Json = Any
_MILLISECONDS = {"pollingIntervalMs", "requestTimeoutMs", "connectTimeoutMs"}
_REFERENCE = re.compile(r"\$\{([^}]+)\}")


class UnsupportedError(Exception):
    """The step makes no sense to this driver."""


class Stage:
    """What a case has so far: its client, what was saved, and the way from a step to its operation."""

    def __init__(self, case: Json, *, blocking: bool) -> None:
        self.blocking = blocking
        self.given = {"baseUrl": case["baseUrl"], "apiKey": case.get("apiKey")}
        self.given["cache"] = case.get("cacheDir") or False
        self.given |= case.get("options") or {}
        self.made: Any = None
        self.handles: dict[str, Any] = {}
        self.saved: dict[str, Json] = {}

    def client(self) -> Any:
        if self.made is None:
            self.made = (jules.Jules if self.blocking else jules.AsyncJules)(**client_options(self.given))
        return self.made

    async def perform(self, steps: list[Json]) -> list[Json]:
        results = []
        for step in steps:
            try:
                results.append({"ok": await self.step(step)})
            except (jules.JulesError, asyncio.CancelledError, UnsupportedError, TypeError) as error:
                results.append({"error": failure(error)})
        return results

    async def step(self, step: Json) -> Json:
        op = step["op"]
        if op == "parallel":
            return await self.parallel(step["with"]["steps"])
        options = resolve(step.get("with") or {}, self.saved)
        value: Json = None
        if op == "client":
            await self.renew(options)
        elif operation := OPERATIONS.get(op):
            value = await operation(self, step, options)
        else:
            raise UnsupportedError(f"there is no operation {op}")
        if name := step.get("as"):
            self.saved[name] = value
        return value

    async def call(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Awaits it, or lets a thread wait for it."""
        if self.blocking:
            return await asyncio.to_thread(function, *args, **options)
        result = function(*args, **options)
        return await result if isinstance(result, Awaitable) else result

    async def parallel(self, branches: list[list[Json]]) -> Json:
        return await asyncio.gather(*(self.perform(steps) for steps in branches))

    async def renew(self, changes: Json) -> None:
        await self.close()
        self.given |= changes
        self.made = None
        client = self.client()
        for name, handle in self.handles.items():
            if isinstance(handle, (jules.AsyncSession, jules.Session)):
                self.handles[name] = client.session(handle.id)

    async def close(self) -> None:
        if self.made is not None:
            await self.call(self.made.close if self.blocking else self.made.aclose)

    def keep(self, step: Json, handle: Any) -> None:
        if name := step.get("as"):
            self.handles[name] = handle

    def handle(self, step: Json) -> Any:
        name = step.get("on")
        if name not in self.handles:
            raise UnsupportedError(f"nothing is saved as {name!r}")
        return self.handles[name]

    async def session(self, step: Json) -> Any:
        handle = self.handle(step)
        if isinstance(handle, jules.AsyncRun):
            return await handle.session()
        return await handle if isinstance(handle, asyncio.Task) else handle

    async def items(self, step: Json, iterable: Any) -> Json:
        """Iterates to the end, or leaves after `take` items. What came before an error goes with it."""
        items: list[Json] = []
        take = step.get("take")

        def enough(item: Any) -> bool:
            items.append(finished(item) if isinstance(item, jules.Finished) else item.to_dict())
            return take is not None and len(items) >= take

        def drain() -> None:
            for item in iterable:
                if enough(item):
                    break

        try:
            if self.blocking:
                await asyncio.to_thread(drain)
            elif take != 0:
                async for item in iterable:
                    if enough(item):
                        break
        except jules.JulesError as error:
            error.__dict__["items_before"] = items
            raise
        return items

    def ended(self, step: Json, outcome: jules.Outcome) -> Json:
        self.keep(step, outcome)
        return outcome.to_dict()

    def opened(self, step: Json, session: Any) -> Json:
        self.keep(step, session)
        return {"id": session.id}


# The operations, by the name they have in a plan.


async def session_create(stage: Stage, step: Json, options: Json) -> Json:
    return stage.opened(step, await stage.call(stage.client().session, **run_options(options)))


async def session_open(stage: Stage, step: Json, options: Json) -> Json:
    return stage.opened(step, stage.client().session(options.get("id", "")))


async def run(stage: Stage, step: Json, options: Json) -> Json:
    return stage.ended(step, await stage.call(stage.client().run, **run_options(options)))


async def run_start(stage: Stage, step: Json, options: Json) -> None:
    if stage.blocking:  # Its run() blocks; a run that is only started is a session with run's defaults.
        wanted = {"require_approval": False, "auto_pr": True} | run_options(options)
        stage.keep(step, asyncio.create_task(stage.call(stage.client().session, **wanted)))
    else:
        stage.keep(step, stage.client().run(**run_options(options)))


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
    return (await stage.call(session.wait_for, *states, timeout=timeout(options))).to_dict()


async def ask(stage: Stage, step: Json, options: Json) -> Json:
    session = await stage.session(step)
    return (await stage.call(session.ask, options.get("text", ""), timeout=timeout(options))).to_dict()


async def send(stage: Stage, step: Json, options: Json) -> None:
    await stage.call((await stage.session(step)).send, options.get("text", ""))


async def info(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call((await stage.session(step)).info, cached=options.get("cached", False))).to_dict()


async def result(stage: Stage, step: Json, options: Json) -> Json:
    session = await stage.session(step)
    return stage.ended(step, await stage.call(session.result, timeout=timeout(options)))


def simple(name: str) -> Callable[[Stage, Json, Json], Awaitable[Json]]:
    async def operation(stage: Stage, step: Json, options: Json) -> None:
        await stage.call(getattr(await stage.session(step), name))

    return operation


async def generated_files(stage: Stage, step: Json, options: Json) -> Json:
    return [file.to_dict() for file in stage.handle(step).generated_files().all()]


async def parsed(stage: Stage, step: Json, options: Json) -> Json:
    changes = stage.handle(step).change_set()
    return changes and changes.parsed().to_dict()


async def list_activities(stage: Stage, step: Json, options: Json) -> Json:
    activities = (await stage.session(step)).activities
    page = await stage.call(activities.list, page_size=options.get("pageSize"), page_token=options.get("pageToken"))
    return named_page("activities", page)


async def get_activity(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call((await stage.session(step)).activities.get, options["id"])).to_dict()


async def hydrate(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.call((await stage.session(step)).activities.hydrate)


def all_of(stage: Stage, options: Json) -> Any:
    wanted = dict(seconds(name, value) for name, value in options.items() if name not in ("items", "take"))
    return stage.client().all(options["items"], run_options, **wanted)


async def run_all(stage: Stage, step: Json, options: Json) -> Json:
    values = await stage.call(all_of(stage, options).outcomes)
    if options.get("stopOnError", True):
        return [outcome.to_dict() for outcome in values]
    return [
        {"status": "rejected", "reason": failure(value)}
        if isinstance(value, BaseException)
        else {"status": "fulfilled", "value": value.to_dict()}
        for value in values
    ]


async def iterate_all(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items({"take": options.get("take")} | step, all_of(stage, options))


async def metrics(stage: Stage, step: Json, options: Json) -> Json:
    return stage.client().metrics().to_dict()


async def sources(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.client().sources(**listing_options(options)))


async def source(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call(stage.client().source, github=options.get("github", ""))).to_dict()


async def sessions(stage: Stage, step: Json, options: Json) -> Json:
    return await stage.items(step, stage.client().sessions(**listing_options(options)))


async def sessions_page(stage: Stage, step: Json, options: Json) -> Json:
    return named_page("sessions", await stage.call(stage.client().sessions(**listing_options(options)).page))


async def cache_info(stage: Stage, step: Json, options: Json) -> Json:
    return (await stage.call(stage.client().cache_info)).to_dict()


async def close(stage: Stage, step: Json, options: Json) -> None:
    stage.client()
    await stage.close()


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


OPERATIONS: dict[str, Callable[[Stage, Json, Json], Awaitable[Json]]] = {
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
    "approve": simple("approve"),
    "send": send,
    "ask": ask,
    "info": info,
    "result": result,
    "archive": simple("archive"),
    "unarchive": simple("unarchive"),
    "delete": simple("delete"),
    "generatedFiles": generated_files,
    "changeSet.parsed": parsed,
    "activities.list": list_activities,
    "activities.get": get_activity,
    "activities.hydrate": hydrate,
    "all": run_all,
    "all.iterate": iterate_all,
    "metrics": metrics,
    "sources": sources,
    "source": source,
    "sessions": sessions,
    "sessions.page": sessions_page,
    "cacheInfo": cache_info,
    "close": close,
    "control": control,
}


# From the plan's words to the package's, and back.


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)


def seconds(name: str, value: Json) -> tuple[str, Json]:
    if name.endswith("Ms"):
        return snake(name.removesuffix("Ms")), value / 1000
    return snake(name), value


def client_options(given: Json) -> dict[str, Any]:
    options = dict(seconds(name, value) for name, value in given.items())
    if retry := options.get("retry"):
        options["retry"] = dict(seconds(name, value) for name, value in retry.items())
    return options


def run_options(options: Json) -> dict[str, Any]:
    return {snake(name): value for name, value in options.items()}


def stream_options(options: Json) -> dict[str, Any]:
    wanted = {name: options[name] for name in ("follow", "after", "types") if name in options}
    if exclude := options.get("exclude"):
        wanted["exclude_originator"] = exclude["originator"]
    return wanted


def listing_options(options: Json) -> dict[str, Any]:
    return {snake(name): value for name, value in options.items()}


def timeout(options: Json) -> float | None:
    milliseconds = options.get("timeoutMs")
    return None if milliseconds is None else milliseconds / 1000


def named_page(name: str, page: jules.Page[Any]) -> Json:
    data: Json = {name: [item.to_dict() for item in page.items]}
    if page.next_page_token is not None:
        data["nextPageToken"] = page.next_page_token
    return data


def resolve(value: Json, saved: dict[str, Json]) -> Json:
    """Replaces `${name.path}` by what earlier steps gave."""
    if isinstance(value, dict):
        return {key: resolve(item, saved) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, saved) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _REFERENCE.fullmatch(value):
        return look_up(whole[1], saved)
    return _REFERENCE.sub(lambda found: str(look_up(found[1], saved)), value)


def look_up(path: str, saved: dict[str, Json]) -> Json:
    name, *rest = path.split(".")
    try:
        found: Json = saved[name]
        for part in rest:
            found = found[int(part)] if isinstance(found, list) else found[part]
    except (KeyError, IndexError, TypeError) as error:
        raise UnsupportedError(f"nothing is saved as {path!r}") from error
    return found


def finished(one: jules.Finished[Json]) -> Json:
    if one.error is not None:
        return {"index": one.index, "error": failure(one.error)}
    return {"index": one.index, "outcome": one.outcome and one.outcome.to_dict()}


def failure(error: BaseException) -> Json:
    if isinstance(error, jules.JulesError):
        fields: Json = {
            "kind": error.kind,
            "message": str(error),
            "retryable": error.retryable,
            "class": type(error).__name__,
            "status": error.status,
            "code": error.code,
            "details": error.details or None,
            "method": error.method,
            "url": error.url,
            "attempts": error.attempts,
            "retryAfterMs": None if error.retry_after is None else round(error.retry_after * 1000),
            "requestId": error.request_id,
            "info": error.info and error.info.to_dict(),
            "outcome": error.outcome and error.outcome.to_dict(),
            "results": [report.to_dict() for report in error.results] or None,
            "cause": str(error.__cause__) if error.__cause__ else None,
            "items": error.__dict__.get("items_before"),
        }
        return {name: value for name, value in fields.items() if value is not None}
    if isinstance(error, asyncio.CancelledError):
        return {"kind": "Cancelled", "message": str(error), "class": "CancelledError"}
    return {"kind": "Unsupported", "message": f"{type(error).__name__}: {error}"}


async def drive(path: str, *, blocking: bool) -> None:
    with open(path, encoding="utf-8") as file:  # noqa: ASYNC230 - nothing else runs yet
        plan = json.load(file)
    for case in plan["cases"]:
        stage = Stage(case, blocking=blocking)
        results = await stage.perform(case["steps"])
        await stage.close()
        print(json.dumps({"name": case["name"], "results": results}), flush=True)


if __name__ == "__main__":
    asyncio.run(drive(sys.argv[-1], blocking="--blocking" in sys.argv[1:-1]))
