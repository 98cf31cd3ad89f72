"""The blocking client: each method is one native call, waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from .._bridge import BaseClient, keywords, session_config
from .._native import SyncProgress
from .._progress import hear, sync_display
from .._query import query as make_query
from ._queue import Queue, Task
from ._run import Run
from ._session import Session
from ._streams import All, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from .._bridge import SourceLike
    from .._native import CacheInfo, Outcome, Progress, Quota, SessionInfo, Source, SyncReport
    from .._query import Order, Rows, Table
    from .._sync import Depth

T = TypeVar("T")

__all__ = ["Jules"]


class Jules(BaseClient):
    """The client, for programs without asyncio: the same operations as `AsyncJules`, each blocking until it is done.

    ```python
    with jules.Jules() as client:
        outcome = client.run(prompt="Fix the flaky test", source="octocat/hello-world")
        print(outcome.pull_request.url)
    ```

    Calls release the GIL, obey Ctrl-C within 100 ms, and may come from several threads at once.
    """

    __slots__ = ()

    def run(
        self,
        *,
        # surface: keywords RunConfig
        prompt: str,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
        wait_for_slot: bool | float | None = None,
        stall_timeout: float | None = None,
        retry_failed: int | None = None,
        environment_variables: bool | None = None,
        key: str | None = None,
        # surface: end
        timeout: float | None = None,
    ) -> Outcome:
        """Starts a session and blocks until its outcome; at most `timeout` seconds (default: no limit).

        Defaults: `require_approval` no, `auto_pr` yes, `wait_for_slot` no, `retry_failed` 0. See `AsyncJules.run`.
        """
        config = session_config(locals())
        return self._native.run(config).outcome(timeout).wait()

    def start(
        self,
        *,
        # surface: keywords RunConfig
        prompt: str,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
        wait_for_slot: bool | float | None = None,
        stall_timeout: float | None = None,
        retry_failed: int | None = None,
        environment_variables: bool | None = None,
        key: str | None = None,
        # surface: end
    ) -> Run:
        """Starts a session as `run` does, and gives the run at once: its stream, its session, and later its outcome.

        ```python
        run = client.start(prompt="Fix the flaky test", source="octocat/hello-world")
        for activity in run.stream():
            print(activity)
        outcome = run.outcome()
        ```
        """
        return Run(self._native.run(session_config(locals())))

    @overload
    def session(self, id: str, /) -> Session: ...
    @overload
    def session(
        self,
        id: None = None,
        /,
        *,
        # surface: keywords RunConfig session
        prompt: str,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
        wait_for_slot: bool | float | None = None,
        stall_timeout: float | None = None,
        retry_failed: int | None = None,
        environment_variables: bool | None = None,
        key: str | None = None,
        # surface: end
        timeout: float | None = None,
    ) -> Session: ...
    def session(
        self,
        id: str | None = None,
        /,
        *,
        # surface: keywords RunConfig session optional
        prompt: str | None = None,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
        wait_for_slot: bool | float | None = None,
        stall_timeout: float | None = None,
        retry_failed: int | None = None,
        environment_variables: bool | None = None,
        key: str | None = None,
        # surface: end
        timeout: float | None = None,
    ) -> Session:
        """An existing session by its id, without a request; or a new one.

        Defaults: `require_approval` yes, `auto_pr` no, `wait_for_slot` no. See `AsyncJules.session`.
        """
        config = session_config(locals())
        return Session(
            self._native.session(id) if id is not None else self._native.create_session(config, timeout).wait()
        )

    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        # surface: keywords AllOptions stop_on_error:Literal[True]=True until:Literal["ended"]="ended"
        concurrency: int | None = None,
        stop_on_error: Literal[True] = True,
        delay: float | None = None,
        until: Literal["ended"] = "ended",
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> All[T, Outcome]: ...
    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        # surface: keywords AllOptions stop_on_error:bool until:Literal["ended"]="ended"
        concurrency: int | None = None,
        stop_on_error: bool,
        delay: float | None = None,
        until: Literal["ended"] = "ended",
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> All[T, Outcome | BaseException]: ...
    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        # surface: keywords AllOptions stop_on_error:Literal[True]=True until:Literal["created"]
        concurrency: int | None = None,
        stop_on_error: Literal[True] = True,
        delay: float | None = None,
        until: Literal["created"],
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> All[T, Session]: ...
    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        # surface: keywords AllOptions stop_on_error:bool until:Literal["created"]
        concurrency: int | None = None,
        stop_on_error: bool,
        delay: float | None = None,
        until: Literal["created"],
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> All[T, Session | BaseException]: ...
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        # surface: keywords AllOptions stop_on_error:bool=True until:Literal["ended","created"]="ended"
        concurrency: int | None = None,
        stop_on_error: bool = True,
        delay: float | None = None,
        until: Literal["ended", "created"] = "ended",
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> All[T, Any]:
        """Runs a session for each item, a few at a time: `.outcomes()` for all in order, or iterate, as they finish.

        ```python
        outcomes = client.all(["1.py", "2.py"], lambda file: {"prompt": f"Fix {file}"}).outcomes()
        ```

        Defaults: `concurrency` 3, `stop_on_error` yes, `delay` none. See `AsyncJules.all`.
        """
        options = keywords(locals(), "items", "map", "on_progress", "progress")
        batch = self._native.all(options, on_progress is not None or progress, Session)
        return All(batch, items, map, stop_on_error, on_progress, progress)

    def sessions(
        self,
        *,
        # surface: keywords SessionsOptions
        page_size: int | None = None,
        limit: int | None = None,
        filter: str | None = None,
        page_token: str | None = None,
        # surface: end
    ) -> Listing[SessionInfo]:
        """The account's sessions, newest first: iterate, or call `.page()` for one page."""
        options, native = keywords(locals()), self._native
        return Listing(lambda: native.sessions(options), lambda timeout: native.sessions_page(options, timeout))

    def sources(
        self,
        *,
        # surface: keywords SourcesOptions
        filter: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        # surface: end
    ) -> Listing[Source]:
        """The repositories that Jules has access to: iterate, or call `.page()` for the first page."""
        options, native = keywords(locals()), self._native
        return Listing(lambda: native.sources(options), lambda timeout: native.sources_page(options, timeout))

    def source(self, *, github: str, timeout: float | None = None) -> Source:
        """One repository, by `owner/repo`."""
        return self._native.source(github, timeout).wait()

    def select(
        self,
        query: Mapping[str, Any] | None = None,
        /,
        *,
        from_: Table | None = None,
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
        """The rows of the local cache that match a query. See `AsyncJules.select`."""
        wanted = make_query(query, from_, where, select, include, order, limit, offset, start_at, start_after)
        return self._native.select(wanted, timeout).wait()

    def sync(
        self,
        *,
        # surface: keywords SyncOptions
        session_id: str | None = None,
        limit: int | None = None,
        depth: Depth | None = None,
        incremental: bool | None = None,
        concurrency: int | None = None,
        checkpoint: bool | None = None,
        # surface: end
        on_progress: Callable[[SyncProgress], object] | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> SyncReport:
        """Brings the local cache up to date with the server. See `AsyncJules.sync`."""
        options = keywords(locals(), "on_progress", "progress", "timeout")
        with sync_display(progress, on_progress) as tell:
            work = self._native.sync(options, tell is not None, timeout)
            try:
                while isinstance(said := work.next().wait(), SyncProgress):
                    hear(tell, said)
                return said
            finally:
                work.close()

    def queue(
        self,
        name: str,
        *,
        # surface: keywords QueueOptions
        slots: int | None = None,
        per_day: int | None = None,
        # surface: end
    ) -> Queue:
        """The queue of this name, 1 to 128 characters; optionally with limits of its own. See `AsyncJules.queue`."""
        return Queue(self._native.queue(name, keywords(locals(), "name"), Task))

    def quota(self, *, timeout: float | None = None) -> Quota:
        """What the account uses of its plan: sessions that hold a slot, those of the last 24 hours, and the limits.

        See `AsyncJules.quota`.
        """
        return self._native.quota(timeout).wait()

    def cache_info(self, *, timeout: float | None = None) -> CacheInfo:
        """What the local cache holds, and where."""
        return self._native.cache_info(timeout).wait()

    def close(self) -> None:
        """Stops everything that is under way, also in other threads. May be called twice."""
        self._native.close().wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
