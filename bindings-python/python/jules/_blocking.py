"""The blocking twin: the same native calls, waited for with the GIL released. Ctrl-C ends any of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ._all import END, BaseAll, Finished
from ._bridge import BaseClient, session_config, states, words
from ._native import Progress
from ._query import query as make_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from . import _native
    from ._bridge import Call, SourceLike
    from ._native import Activity, AgentMessaged, CacheInfo, Outcome, SessionInfo, Snapshot, Source
    from ._page import Page
    from ._query import Order, Rows, Table

T = TypeVar("T")
R = TypeVar("R")

__all__ = ["Activities", "All", "Jules", "Listing", "Session", "Stream"]


class Stream(Generic[T]):
    """Items as they come: an ordinary iterator. `close()` or `with` ends it and the work behind it."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Stream) -> None:
        self._native = native

    def __iter__(self) -> Iterator[T]:
        native = self._native
        while True:
            yield from native
            if not native.fill().wait():
                return

    def __next__(self) -> T:
        while True:
            for item in self._native:
                return item  # type: ignore[no-any-return]
            if not self._native.fill().wait():
                raise StopIteration

    def close(self) -> None:
        """Ends the stream. May be called twice."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._native.close()


class Listing(Generic[T]):
    """A listing that asks for its pages as they are needed. Each loop over it starts anew."""

    __slots__ = ("_open", "_page")

    def __init__(self, open_stream: Callable[[], _native.Stream], page: Callable[[], Call[Page[T]]]) -> None:
        self._open = open_stream
        self._page = page

    def __iter__(self) -> Iterator[T]:
        return iter(Stream[T](self._open()))

    def page(self) -> Page[T]:
        """The first page alone, with the token of the next."""
        return self._page().wait()


class All(BaseAll[T, R]):
    """Many items, one session each, a few at a time: what `client.all(…)` returns. See `AsyncAll`.

    ```python
    for done in client.all(issues, lambda issue: {"prompt": f"Fix {issue}"}, stop_on_error=False):
        print(done.item, done.error or done.outcome.state)
    ```

    `map` and `on_progress` are called while you wait, on your thread. Leaving the loop starts nothing more.
    """

    __slots__ = ()

    def outcomes(self) -> list[R]:
        """Blocks until all are done: their outcomes, in the order of the items.

        With `stop_on_error=False` the list has the exception in the place of an item that could not be run.
        """
        return self._in_order(list(self))

    def __iter__(self) -> Iterator[Finished[T]]:
        batch, items = self._begin()
        try:
            while (turn := batch.turn().wait()) is not None:
                if isinstance(turn, Finished):
                    yield turn
                    if self._is_last(turn):
                        return
                elif isinstance(turn, Progress):
                    self._tell(turn)
                elif (item := next(items, END)) is not END:
                    self._offer(batch, item)
                else:
                    batch.finish()
        finally:
            batch.close()

    def _offer(self, batch: _native.Batch, item: T) -> None:
        try:
            config = self._map(item)
        except Exception as error:
            batch.fail(item, error)
        else:
            batch.start(item, config)


class Session:
    """One session, the blocking form. See `AsyncSession` for what each operation promises."""

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
        follow: bool = False,
        after: str | None = None,
        types: str | Iterable[str] | None = None,
        exclude_originator: str | Iterable[str] | None = None,
    ) -> Stream[Activity]:
        """All activities so far, then live ones as they happen: each exactly once, in order.

        ```python
        for activity in session.stream():
            print(activity)
        ```
        """
        return Stream(self._native.stream(follow, after, words(types), words(exclude_originator)))

    def history(
        self,
        *,
        offline: bool = False,
        after: str | None = None,
        types: str | Iterable[str] | None = None,
        exclude_originator: str | Iterable[str] | None = None,
    ) -> Stream[Activity]:
        """What the cache has, then what one look at the server adds, then the end."""
        return Stream(self._native.history(offline, after, words(types), words(exclude_originator)))

    def updates(
        self,
        *,
        follow: bool = False,
        after: str | None = None,
        types: str | Iterable[str] | None = None,
        exclude_originator: str | Iterable[str] | None = None,
    ) -> Stream[Activity]:
        """Like `stream()`, but only what comes after this call."""
        return Stream(self._native.updates(follow, after, words(types), words(exclude_originator)))

    def wait_for(self, *state: str | Iterable[str], timeout: float | None = None) -> SessionInfo:
        """Waits until the session is seen in one of the states; at most `timeout` seconds (default: no limit)."""
        return self._native.wait_for(states(state), timeout).wait()

    def approve(self) -> None:
        """Approves the plan that waits for it; at most once, whatever the network does."""
        self._native.approve().wait()

    def send(self, text: str) -> None:
        """Sends a message; it is there once, also when the connection dies in the middle."""
        self._native.send(text).wait()

    def ask(self, text: str, *, timeout: float | None = None) -> AgentMessaged:
        """Sends a message and waits for the first answer of the agent that follows it."""
        return self._native.ask(text, timeout).wait()

    def info(self, *, cached: bool = False) -> SessionInfo:
        """The session as it is now; with `cached=True` what the cache knows, asking nothing."""
        return self._native.info(cached).wait()

    def snapshot(self, *, cached: bool = False) -> Snapshot:
        """The session as it is now with what can be derived from it; with `cached=True` from the cache alone."""
        return self._native.snapshot(cached).wait()

    def result(self, *, timeout: float | None = None) -> Outcome:
        """Waits for the end of the session; at most `timeout` seconds (default: no limit)."""
        return self._native.result(timeout).wait()

    def archive(self) -> None:
        """Puts the session aside."""
        self._native.archive().wait()

    def unarchive(self) -> None:
        """Brings the session back."""
        self._native.unarchive().wait()

    def delete(self) -> None:
        """Deletes the session, also from the cache."""
        self._native.delete().wait()

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
        self, *, page_size: int | None = None, page_token: str | None = None, filter: str | None = None
    ) -> Page[Activity]:
        """One page, straight from the server, oldest first."""
        return self._native.list_activities(page_size, page_token, filter).wait()

    def get(self, id: str) -> Activity:
        """One activity by its id."""
        return self._native.get_activity(id).wait()

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
    ) -> Rows:
        """The activities in the local cache that a query asks for, of this session alone. See `AsyncJules.select`."""
        wanted = make_query(query, None, where, select, include, order, limit, offset, start_at, start_after)
        return self._native.select(wanted).wait()

    def hydrate(self) -> int:
        """Brings the cache up to date; gives the number of activities that were new."""
        return self._native.hydrate().wait()


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
        prompt: str,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
        timeout: float | None = None,
    ) -> Outcome:
        """Starts a session and blocks until its outcome; at most `timeout` seconds (default: no limit).

        Defaults: `require_approval` no, `auto_pr` yes. See `AsyncJules.run`.
        """
        config = session_config(prompt, source, branch, title, require_approval, auto_pr)
        return self._native.run(config).outcome(timeout).wait()

    @overload
    def session(self, id: str, /) -> Session: ...
    @overload
    def session(
        self,
        id: None = None,
        /,
        *,
        prompt: str,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
    ) -> Session: ...
    def session(
        self,
        id: str | None = None,
        /,
        *,
        prompt: str | None = None,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
    ) -> Session:
        """An existing session by its id, without a request; or a new one.

        Defaults: `require_approval` yes, `auto_pr` no. See `AsyncJules.session`.
        """
        config = session_config(prompt, source, branch, title, require_approval, auto_pr, id=id)
        return Session(self._native.session(id) if id is not None else self._native.create_session(config).wait())

    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        concurrency: int | None = None,
        stop_on_error: Literal[True] = True,
        delay: float | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> All[T, Outcome]: ...
    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        concurrency: int | None = None,
        stop_on_error: bool,
        delay: float | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> All[T, Outcome | BaseException]: ...
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any]],
        *,
        concurrency: int | None = None,
        stop_on_error: bool = True,
        delay: float | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> All[T, Any]:
        """Runs a session for each item, a few at a time: `.outcomes()` for all in order, or iterate, as they finish.

        ```python
        outcomes = client.all(["1.py", "2.py"], lambda file: {"prompt": f"Fix {file}"}).outcomes()
        ```

        Defaults: `concurrency` 3, `stop_on_error` yes, `delay` none. See `AsyncJules.all`.
        """
        batch = self._native.all(concurrency, stop_on_error, delay, on_progress is not None)
        return All(batch, items, map, stop_on_error, on_progress)

    def sessions(
        self,
        *,
        page_size: int | None = None,
        limit: int | None = None,
        filter: str | None = None,
        page_token: str | None = None,
    ) -> Listing[SessionInfo]:
        """The account's sessions, newest first: iterate, or call `.page()` for one page."""
        native = self._native
        return Listing(
            lambda: native.sessions(filter, page_size, limit, page_token),
            lambda: native.sessions_page(filter, page_size, limit, page_token),
        )

    def sources(
        self, *, filter: str | None = None, page_size: int | None = None, limit: int | None = None
    ) -> Listing[Source]:
        """The repositories that Jules has access to: iterate, or call `.page()` for the first page."""
        native = self._native
        return Listing(
            lambda: native.sources(filter, page_size, limit), lambda: native.sources_page(filter, page_size, limit)
        )

    def source(self, *, github: str) -> Source:
        """One repository, by `owner/repo`."""
        return self._native.source(github).wait()

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
    ) -> Rows:
        """The rows of the local cache that a query asks for. See `AsyncJules.select`."""
        wanted = make_query(query, from_, where, select, include, order, limit, offset, start_at, start_after)
        return self._native.select(wanted).wait()

    def cache_info(self) -> CacheInfo:
        """What the local cache holds, and where."""
        return self._native.cache_info().wait()

    def close(self) -> None:
        """Stops everything that goes on, also in other threads. May be called twice."""
        self._native.close().wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
