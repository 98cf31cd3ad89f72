"""A session, the asyncio form."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ._bridge import finish, keywords, states
from ._progress import result_display
from ._query import query as make_query
from ._streams import AsyncStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from . import _native
    from ._bridge import AnyActivity, Call, State
    from ._native import Activity, AgentMessaged, Outcome, SessionCacheInfo, SessionInfo, Snapshot
    from ._page import Page
    from ._query import Order, Rows
    from ._words import ActivityType, Originator

__all__ = ["AsyncActivities", "AsyncSession"]


class AsyncSession:
    """One session: watch it, talk to it, wait for what it makes. Made by `client.session(…)`.

    Every call that waits can be cancelled by cancelling its task, which stops the work behind it too, and takes a
    `timeout` in seconds, after which it raises `TimeoutError`; without one it waits as long as it takes.
    """

    __slots__ = ("__weakref__", "_native")

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    @property
    def id(self) -> str:
        """The session's id."""
        return self._native.id

    @property
    def activities(self) -> AsyncActivities:
        """The session's activities as the server lists them, page by page."""
        return AsyncActivities(self._native)

    def stream(
        self,
        *,
        # surface: keywords StreamOptions follow:bool=False
        follow: bool = False,
        after: str | None = None,
        types: ActivityType | Iterable[ActivityType] | None = None,
        exclude_originator: Originator | Iterable[Originator] | None = None,
        stall_timeout: float | None = None,
        # surface: end
    ) -> AsyncStream[AnyActivity]:
        """All activities so far, then live ones as they happen: each exactly once, in order.

        ```python
        async for activity in session.stream(exclude_originator="user"):
            print(activity)
        ```

        Args:
            follow: Stay open after the session's end, as a message can resume it. Default: no.
            after: The id of an activity: only what follows it.
            types: Only activities of these types, in camelCase; all when empty.
            exclude_originator: No activities of these originators; upper and lower case are the same.
            stall_timeout: Ends with `TimeoutError` when the session has shown nothing new for this many seconds: no
                activity and no change of state. Time in the queue, after its end, or waiting for a person, doesn't
                count. Default: never.

        Raises:
            TimeoutError: Nothing new came for `stall_timeout` seconds; `since` and `last_activity` tell more.

        Operation: `activities.list`, repeated.
        """
        return AsyncStream(self._native.stream(keywords(locals())))

    def history(
        self,
        *,
        # surface: keywords HistoryOptions offline:bool=False
        offline: bool = False,
        after: str | None = None,
        types: ActivityType | Iterable[ActivityType] | None = None,
        exclude_originator: Originator | Iterable[Originator] | None = None,
        # surface: end
    ) -> AsyncStream[AnyActivity]:
        """What the cache has, then what one request to the server adds, then the end.

        With the server gone, what the cache has comes first and then the error. `offline=True` makes no request.
        """
        return AsyncStream(self._native.history(keywords(locals())))

    def updates(
        self,
        *,
        # surface: keywords StreamOptions follow:bool=False
        follow: bool = False,
        after: str | None = None,
        types: ActivityType | Iterable[ActivityType] | None = None,
        exclude_originator: Originator | Iterable[Originator] | None = None,
        stall_timeout: float | None = None,
        # surface: end
    ) -> AsyncStream[AnyActivity]:
        """Like `stream()`, but only what comes after this call."""
        return AsyncStream(self._native.updates(keywords(locals())))

    async def wait_for(
        self, *state: State | Iterable[State], timeout: float | None = None, stall_timeout: float | None = None
    ) -> SessionInfo:
        """Waits until the session is seen in one of the states.

        ```python
        info = await session.wait_for("awaiting_plan_approval", timeout=600)
        ```

        Args:
            state: One state or several: `SessionState` members or their names, camelCase or snake_case.
            timeout: How many seconds to wait at most. Default: no limit.
            stall_timeout: Gives up when the session has shown nothing new for this many seconds: no activity and no
                change of state. Time in the queue, or waiting for a person, doesn't count. Default: never.

        Raises:
            UnexpectedStateError: The session ended in another state; `info` tells which.
            SessionEndedError: The session was stopped or deleted; `reason` tells which.
            TimeoutError: The time is over, or nothing new came for `stall_timeout` seconds.
        """
        return await finish(self._native.wait_for(states(state), timeout, stall_timeout))

    async def approve(self, *, timeout: float | None = None) -> None:
        """Approves the plan that waits for it; at most once, whatever the network does.

        Operation: `sessions.approvePlan`.
        """
        await finish(self._native.approve(timeout))

    async def send(self, text: str, *, timeout: float | None = None) -> None:
        """Sends a message; it is there once, also when the connection dies in the middle.

        Operation: `sessions.sendMessage`.
        """
        await finish(self._native.send(text, timeout))

    async def ask(self, text: str, *, timeout: float | None = None) -> AgentMessaged:
        """Sends a message and waits for the first answer of the agent that follows it.

        ```python
        reply = await session.ask("Which tests did you run?", timeout=300)
        print(reply.message)
        ```

        Raises:
            SessionEndedError: The session ended first; `reason` tells why, and `outcome` how.
            TimeoutError: The time is over.
        """
        return await finish(self._native.ask(text, timeout))

    async def info(self, *, cached: bool = False, timeout: float | None = None) -> SessionInfo:
        """The session as it is now, with its plan, pull request and activities.

        Args:
            cached: Take what the cache knows and ask nothing. Default: always ask.
            timeout: How many seconds to wait at most. Default: no limit.

        Operation: `sessions.get`, `activities.list`.
        """
        return await finish(self._native.info(cached, timeout))

    async def cache_info(self, *, timeout: float | None = None) -> SessionCacheInfo:
        """What the cache has of this session, and whether the server may have more, without asking it."""
        return await finish(self._native.cache_info(timeout))

    async def snapshot(self, *, cached: bool = False, timeout: float | None = None) -> Snapshot:
        """The session as it is now with what can be derived from it: counts, timeline, insights, a Markdown page.

        ```python
        snapshot = await session.snapshot()
        print(snapshot.activity_counts, snapshot.insights.failed_commands)
        ```

        Args:
            cached: Take what the cache knows and ask nothing. Default: always ask.
            timeout: How many seconds to wait at most. Default: no limit.

        Operation: `sessions.get`, `activities.list`.
        """
        return await finish(self._native.snapshot(cached, timeout))

    async def result(
        self, *, timeout: float | None = None, stall_timeout: float | None = None, progress: bool = False
    ) -> Outcome:
        """Waits for the end of the session. A failed session is an outcome too, not an error.

        Args:
            timeout: How many seconds to wait at most. Default: no limit.
            stall_timeout: Gives up when the session has shown nothing new for this many seconds: no activity and no
                change of state. Time in the queue, or waiting for a person, doesn't count. Default: never.
            progress: Show on the terminal what it does, with `rich` if it is installed. Default: no.

        Raises:
            SessionEndedError: The session was stopped or deleted; `reason` tells which.
            TimeoutError: The time is over, or nothing new came for `stall_timeout` seconds; then `since` and
                `last_activity` tell more.
        """
        call = self._native.result(timeout, stall_timeout)
        with result_display(progress, self.id) as tell:
            if tell is None:
                return await finish(call)
            async with self.stream() as activities:
                return await self._shown(tell, activities, call)

    async def _shown(
        self, tell: Callable[[Activity], None], activities: AsyncStream[AnyActivity], call: Call[Outcome]
    ) -> Outcome:
        import asyncio

        async def show() -> None:
            async for activity in activities:
                tell(activity)

        showing = asyncio.ensure_future(show())
        try:
            return await finish(call)
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    # surface: acts Session -approve -send
    async def archive(self, *, timeout: float | None = None) -> None:
        """Archives the session (`sessions.archive`); one that is at work is paused for good."""
        await finish(self._native.archive(timeout))

    async def stop(self, *, timeout: float | None = None) -> None:
        """Ends the session's work by archiving it (`sessions.archive`), which pauses one at work for good.

        The service has no other way. Waits for it, here or elsewhere, fail with `SessionEndedError` and the reason
        `stopped`; streams give what is there and end. A session that has ended, or was stopped before, stays as it is.
        """
        await finish(self._native.stop(timeout))

    async def unarchive(self, *, timeout: float | None = None) -> None:
        """Unarchives the session (`sessions.unarchive`)."""
        await finish(self._native.unarchive(timeout))

    async def delete(self, *, timeout: float | None = None) -> None:
        """Deletes the session (`sessions.delete`), at the server and in the cache."""
        await finish(self._native.delete(timeout))

    # surface: end

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AsyncSession) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"AsyncSession({self.id!r})"


class AsyncActivities:
    """A session's activities as the server lists them. Most programs want `session.stream()` instead."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    async def list(
        self,
        *,
        # surface: keywords ActivitiesOptions
        page_size: int | None = None,
        page_token: str | None = None,
        filter: str | None = None,
        # surface: end
        timeout: float | None = None,
    ) -> Page[AnyActivity]:
        """One page, straight from the server, oldest first.

        What it shows of what came before the local cache's newest is kept there too, and so is the first page.

        Args:
            page_size: How many on a page, 1 to 100. The server's default is 50.
            page_token: The `next_page_token` of the page before.
            filter: The server's filter, such as `create_time>"2025-10-03T05:43:42Z"`.
            timeout: How many seconds to wait at most. Default: no limit.
        """
        options = keywords(locals(), "timeout")
        return cast("Page[AnyActivity]", await finish(self._native.list_activities(options, timeout)))

    async def get(self, id: str, *, timeout: float | None = None) -> AnyActivity:
        """One activity by its id. One that came before the local cache's newest is kept there too."""
        return cast("AnyActivity", await finish(self._native.get_activity(id, timeout)))

    async def select(
        self,
        query: Mapping[str, Any] | None = None,
        /,
        *,
        where: Mapping[str, Any] | None = None,
        select: str | Iterable[str] | None = None,
        include: Mapping[str, Any] | None = None,
        order: Order | None = None,
        limit: int | None = None,
        offset: int | None = None,
        start_at: str | None = None,
        start_after: str | None = None,
        timeout: float | None = None,
    ) -> Rows:
        """The session's activities in the local cache that match a query. See `AsyncJules.select`.

        ```python
        failed = await session.activities.select(where={"artifacts.exitCode": {"gt": 0}}, order="asc")
        ```
        """
        wanted = make_query(query, None, where, select, include, order, limit, offset, start_at, start_after)
        return await finish(self._native.select(wanted, timeout))

    async def hydrate(self, *, timeout: float | None = None) -> int:
        """Brings the cache up to date; gives the number of activities that were new."""
        return await finish(self._native.hydrate(timeout))
