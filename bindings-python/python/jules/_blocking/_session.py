"""A session, the blocking form: each method is one native call, waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .._bridge import keywords, states
from .._progress import watching
from .._query import query as make_query
from ._streams import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .. import _native
    from .._bridge import AnyActivity, State
    from .._native import AgentMessaged, Outcome, SessionCacheInfo, SessionInfo, Snapshot
    from .._page import Page
    from .._query import Order, Rows
    from .._words import ActivityType, Originator

__all__ = ["Activities", "Session"]


class Session:
    """One session, the blocking form. See `AsyncSession` for what each operation promises.

    Each call that waits takes a `timeout` in seconds, after which it raises `TimeoutError`; without one it waits as
    long as it takes.
    """

    __slots__ = ("__weakref__", "_native")

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    @property
    def id(self) -> str:
        """The session's id."""
        return self._native.id

    @property
    def activities(self) -> Activities:
        """The session's activities as the server lists them, page by page."""
        return Activities(self._native)

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
    ) -> Stream[AnyActivity]:
        """All activities so far, then live ones as they happen: each exactly once, in order.

        ```python
        for activity in session.stream():
            print(activity)
        ```
        """
        return Stream(self._native.stream(keywords(locals())))

    def history(
        self,
        *,
        # surface: keywords HistoryOptions offline:bool=False
        offline: bool = False,
        after: str | None = None,
        types: ActivityType | Iterable[ActivityType] | None = None,
        exclude_originator: Originator | Iterable[Originator] | None = None,
        # surface: end
    ) -> Stream[AnyActivity]:
        """What the cache has, then what one request to the server adds, then the end."""
        return Stream(self._native.history(keywords(locals())))

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
    ) -> Stream[AnyActivity]:
        """Like `stream()`, but only what comes after this call."""
        return Stream(self._native.updates(keywords(locals())))

    def wait_for(
        self, *state: State | Iterable[State], timeout: float | None = None, stall_timeout: float | None = None
    ) -> SessionInfo:
        """Waits until the session is seen in one of the states; at most `timeout` seconds (default: no limit).

        Gives up after `stall_timeout` seconds without news (default: never). See `AsyncSession.wait_for`.
        """
        return self._native.wait_for(states(state), timeout, stall_timeout).wait()

    # surface: acts Session
    def approve(self, *, timeout: float | None = None) -> None:
        """Approves the pending plan (`sessions.approvePlan`), at most once."""
        self._native.approve(timeout).wait()

    def send(self, text: str, *, timeout: float | None = None) -> None:
        """Sends a message (`sessions.sendMessage`).

        It arrives once, also when the connection dies after the server took it.
        """
        self._native.send(text, timeout).wait()

    def archive(self, *, timeout: float | None = None) -> None:
        """Archives the session (`sessions.archive`); one that is at work is paused for good."""
        self._native.archive(timeout).wait()

    def stop(self, *, timeout: float | None = None) -> None:
        """Ends the session's work by archiving it (`sessions.archive`), which pauses one at work for good.

        The service has no other way. Waits for it, here or elsewhere, fail with `SessionEndedError` and the reason
        `stopped`; streams give what is there and end. A session that has ended, or was stopped before, stays as it is.
        """
        self._native.stop(timeout).wait()

    def unarchive(self, *, timeout: float | None = None) -> None:
        """Unarchives the session (`sessions.unarchive`)."""
        self._native.unarchive(timeout).wait()

    def delete(self, *, timeout: float | None = None) -> None:
        """Deletes the session (`sessions.delete`), at the server and in the cache."""
        self._native.delete(timeout).wait()

    # surface: end

    def ask(self, text: str, *, timeout: float | None = None) -> AgentMessaged:
        """Sends a message and waits for the first answer of the agent that follows it."""
        return self._native.ask(text, timeout).wait()

    def info(self, *, cached: bool = False, timeout: float | None = None) -> SessionInfo:
        """The session as it is now; with `cached=True` what the cache knows, without a request."""
        return self._native.info(cached, timeout).wait()

    def cache_info(self, *, timeout: float | None = None) -> SessionCacheInfo:
        """What the cache has of this session, and whether the server may have more, without asking it."""
        return self._native.cache_info(timeout).wait()

    def snapshot(self, *, cached: bool = False, timeout: float | None = None) -> Snapshot:
        """The session as it is now with what can be derived from it; with `cached=True` from the cache alone."""
        return self._native.snapshot(cached, timeout).wait()

    def result(
        self, *, timeout: float | None = None, stall_timeout: float | None = None, progress: bool = False
    ) -> Outcome:
        """Waits for the end of the session, at most `timeout` seconds; gives up after `stall_timeout` without news.

        Defaults: no limits. See `AsyncSession.result`.
        """
        with watching(progress, self.id, self.stream):
            return self._native.result(timeout, stall_timeout).wait()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Session) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Session({self.id!r})"


class Activities:
    """A session's activities as the server lists them, the blocking form."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    def list(
        self,
        *,
        # surface: keywords ActivitiesOptions
        page_size: int | None = None,
        page_token: str | None = None,
        filter: str | None = None,
        # surface: end
        timeout: float | None = None,
    ) -> Page[AnyActivity]:
        """One page, straight from the server, oldest first; what it shows is kept as by `AsyncActivities.list`."""
        options = keywords(locals(), "timeout")
        return cast("Page[AnyActivity]", self._native.list_activities(options, timeout).wait())

    def get(self, id: str, *, timeout: float | None = None) -> AnyActivity:
        """One activity by its id. One that came before the local cache's newest is kept there too."""
        return cast("AnyActivity", self._native.get_activity(id, timeout).wait())

    def select(
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
        """The session's activities in the local cache that match a query. See `AsyncJules.select`."""
        wanted = make_query(query, None, where, select, include, order, limit, offset, start_at, start_after)
        return self._native.select(wanted, timeout).wait()

    def hydrate(self, *, timeout: float | None = None) -> int:
        """Brings the cache up to date; gives the number of activities that were new."""
        return self._native.hydrate(timeout).wait()
