"""What a conformance case has so far: its client, what was saved, and the way from a step to its operation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import jules
from conformance_words import Json, UnsupportedError, client_options, failure, plain, resolve

Operations = Mapping[str, Callable[["Stage", Json, Json], Awaitable[Json]]]


class Stage:
    def __init__(self, case: Json, operations: Operations, *, blocking: bool) -> None:
        self.operations = operations
        self.blocking = blocking
        self.given = {"baseUrl": case["baseUrl"], "apiKey": case.get("apiKey")}
        if not case.get("usualCache"):
            self.given["cache"] = case.get("cacheDir") or False
        self.given |= case.get("options") or {}
        self.made: Any = None
        self.handles: dict[str, Any] = {}
        self.saved: dict[str, Json] = {}

    def client(self) -> Any:
        if self.made is None:
            self.made = self.made_with({})
        return self.made

    def made_with(self, changes: Json) -> Any:
        return (jules.Jules if self.blocking else jules.AsyncJules)(**client_options(self.given | changes))

    def client_of(self, step: Json) -> Any:
        """The client that a step names, by default the case's own."""
        return self.handle(step) if "on" in step else self.client()

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
        elif operation := self.operations.get(op):
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
            await self.end(self.made)

    async def close_all(self) -> None:
        await self.close()
        for handle in self.handles.values():
            if isinstance(handle, (jules.AsyncJules, jules.Jules)):
                await self.end(handle)

    async def end(self, client: Any) -> None:
        await self.call(client.close if self.blocking else client.aclose)

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
        if isinstance(handle, (jules.AsyncTask, jules.Task)):
            return handle.session()
        return await handle if isinstance(handle, asyncio.Task) else handle

    async def items(self, step: Json, iterable: Any, shown: Callable[[Any], Json] = plain) -> Json:
        """Iterates to the end, or leaves after `take` items. What came before an error goes with it."""
        items: list[Json] = []
        take = step.get("take")

        def enough(item: Any) -> bool:
            items.append(shown(item))
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
