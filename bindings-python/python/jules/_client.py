"""The asyncio client."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from ._all import AsyncAll
from ._bridge import BaseClient, finish, keywords, session_config
from ._native import SyncProgress
from ._progress import hear, sync_display
from ._query import query as make_query
from ._queue import AsyncQueue, AsyncTask
from ._run import AsyncRun
from ._session import AsyncSession
from ._streams import AsyncListing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
    from types import TracebackType
    from typing import Any, Literal

    from typing_extensions import Self

    from ._bridge import SourceLike
    from ._native import CacheInfo, Outcome, Progress, Quota, SessionInfo, Source, SyncReport
    from ._query import Order, Rows, Table
    from ._sync import Depth

T = TypeVar("T")

__all__ = ["AsyncJules"]


class AsyncJules(BaseClient):
    """The client, for asyncio.

    ```python
    async with jules.AsyncJules() as client:
        outcome = await client.run(prompt="Fix the flaky test", source="octocat/hello-world")
        print(outcome.pull_request.url)
    ```

    It may be used from several tasks at once and outlives an event loop. `jules.Jules` is its blocking twin.
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
    ) -> AsyncRun:
        """Starts a session at once; awaiting the result gives its outcome.

        Args:
            prompt: What the agent should do.
            source: The repository it works on: `"owner/repo"`, `"owner/repo@branch"`, `jules.GitHub(…)` or a dict.
                Default: none; the agent begins with an empty directory.
            branch: The branch to start from. Default: the repository's default branch.
            title: A title. Default: the server chooses one.
            require_approval: Whether plans wait for approval. Default: no.
            auto_pr: Whether a pull request is created at the end. Default: yes.
            wait_for_slot: Whether to wait when all session slots of the plan are taken: `True` for as long as it takes,
                or a number of seconds; then it fails with the same error as without waiting. It doesn't wait for the
                limit of 24 hours, which frees nothing for hours. Default: `run` and `session` don't wait, `all` waits
                as long as it takes.
            stall_timeout: For `run`, `all` and tasks: gives up waiting with `TimeoutError` when the session has shown
                nothing new for this many seconds: no activity and no change of state. Time in the queue, or waiting for
                a person, doesn't count. Default: never.
            retry_failed: For `run` and `all`: how often a session that failed for a reason of the service's own is
                restarted; the outcome then has all `session_ids`. Default: 0.
            environment_variables: Whether the agent gets the environment variables that are set up for the source.
                Default: the service decides.
            key: A key for the request, 1 to 256 characters: the same key means the same session and the same outcome,
                in every process and on every machine that shares the cache, also when one of them is killed in the
                middle of the create. The request must be the same then, or it is a `ConfigError` error with the `field`
                that differs. Default: none; each call is a session.

        Raises (when awaited):
            ConfigError: The key is known for something else: `field` says what differs.
            StoreError: With a key, the cache can't be used.
            SourceNotFoundError: There is no such repository, or Jules has no access to it.
            AuthenticationError: The key is wrong.
            PreconditionError, RateLimitError: The plan is full: see `limit`, `used`, `allowed` and `next_at`.
            SessionEndedError: The session was stopped or deleted; `reason` tells which.
            TimeoutError: Nothing new came for `stall_timeout` seconds; `since` and `last_activity` tell more.

        Operation: `sessions.create`, then `activities.list` and `sessions.get`.
        """
        return AsyncRun(self._native.run(session_config(locals())))

    @overload
    def session(self, id: str, /) -> AsyncSession: ...
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
    ) -> Coroutine[Any, Any, AsyncSession]: ...
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
    ) -> AsyncSession | Coroutine[Any, Any, AsyncSession]:
        """A session: an existing one by its id, at once; or a new one, to be awaited.

        ```python
        session = await client.session(prompt="Fix the flaky test", source="octocat/hello-world")
        ```

        Args:
            id: `"123"`, `"sessions/123"`, or the URL of its page. No request is made.
            prompt: What the agent should do.
            source: As for `run`.
            branch: As for `run`.
            title: As for `run`.
            require_approval: Whether plans wait for approval. Default: yes.
            auto_pr: Whether a pull request is created at the end. Default: no.
            wait_for_slot: As for `run`.
            stall_timeout: Has no effect here: it is for `run` and `all`.
            retry_failed: Has no effect here: it is for `run` and `all`.
            environment_variables: As for `run`.
            key: As for `run`.
            timeout: How many seconds to wait for a new session at most. Default: no limit.

        Raises:
            ConfigError: The id can't be one.
            SourceNotFoundError: (when awaited) There is no such repository, or Jules has no access to it.
            PreconditionError, RateLimitError: The plan is full: see `limit`, `used`, `allowed` and `next_at`.

        Operation: `sessions.create`.
        """
        config = session_config(locals())
        return AsyncSession(self._native.session(id)) if id is not None else self._create(config, timeout)

    async def _create(self, config: dict[str, object], timeout: float | None) -> AsyncSession:
        return AsyncSession(await finish(self._native.create_session(config, timeout)))

    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any] | Awaitable[Mapping[str, Any]]],
        *,
        # surface: keywords AllOptions stop_on_error:Literal[True]=True until:Literal["ended"]="ended"
        concurrency: int | None = None,
        stop_on_error: Literal[True] = True,
        delay: float | None = None,
        until: Literal["ended"] = "ended",
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> AsyncAll[T, Outcome]: ...
    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any] | Awaitable[Mapping[str, Any]]],
        *,
        # surface: keywords AllOptions stop_on_error:bool until:Literal["ended"]="ended"
        concurrency: int | None = None,
        stop_on_error: bool,
        delay: float | None = None,
        until: Literal["ended"] = "ended",
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> AsyncAll[T, Outcome | BaseException]: ...
    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any] | Awaitable[Mapping[str, Any]]],
        *,
        # surface: keywords AllOptions stop_on_error:Literal[True]=True until:Literal["created"]
        concurrency: int | None = None,
        stop_on_error: Literal[True] = True,
        delay: float | None = None,
        until: Literal["created"],
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> AsyncAll[T, AsyncSession]: ...
    @overload
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any] | Awaitable[Mapping[str, Any]]],
        *,
        # surface: keywords AllOptions stop_on_error:bool until:Literal["created"]
        concurrency: int | None = None,
        stop_on_error: bool,
        delay: float | None = None,
        until: Literal["created"],
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> AsyncAll[T, AsyncSession | BaseException]: ...
    def all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any] | Awaitable[Mapping[str, Any]]],
        *,
        # surface: keywords AllOptions stop_on_error:bool=True until:Literal["ended","created"]="ended"
        concurrency: int | None = None,
        stop_on_error: bool = True,
        delay: float | None = None,
        until: Literal["ended", "created"] = "ended",
        # surface: end
        on_progress: Callable[[Progress], object] | None = None,
        progress: bool = False,
    ) -> AsyncAll[T, Any]:
        """Runs a session for each item, a few at a time. Await it, or iterate over it.

        ```python
        files = ["first.py", "second.py"]
        outcomes = await client.all(files, lambda file: {"prompt": f"Fix {file}", "source": "octocat/hello-world"})
        async for done in client.all(files, lambda file: {"prompt": f"Fix {file}"}, stop_on_error=False):
            print(done.item, done.error or done.outcome.state)
        ```

        Awaited, it gives the outcomes in the order of the items; iterated, a `Finished` for each item as it finishes.
        Where all slots of the plan are taken it waits for one, without limit unless `map` gives `wait_for_slot`.

        Args:
            items: Any iterable; an item is taken when it may start.
            map: Gives `run`'s keywords for an item, as a dict; may be async.
            concurrency: How many sessions may run at once, until their outcome. Default: 3.
            stop_on_error: Whether the first item that can't be run ends it: awaited, it raises that error, whose
                `results` tell what became of the others; iterated, that item is the last. When not, the list has the
                exception in the item's place, like `asyncio.gather(return_exceptions=True)`. A failed session is an
                outcome, not an error. Default: yes.
            delay: The time between two starts, in seconds. Default: none.
            until: What an item's result is: `"ended"`, its outcome; `"created"`, its session as soon as that is
                created. Either way at most `concurrency` sessions are at work. Default: `"ended"`.
            on_progress: Called with a `Progress` for each step of an item. Default: no callback.
            progress: Show on the terminal how far it is, with `rich` if it is installed. Default: no.

        Raises:
            ConfigError: An option is not usable.
            JulesError: (when awaited) An item can't be run, or what `map` raised for it.

        Operation: `sessions.create`, then `activities.list` and `sessions.get`, for each item.
        """
        options = keywords(locals(), "items", "map", "on_progress", "progress")
        batch = self._native.all(options, on_progress is not None or progress, AsyncSession)
        return AsyncAll(batch, items, map, stop_on_error, on_progress, progress)

    def sessions(
        self,
        *,
        # surface: keywords SessionsOptions
        page_size: int | None = None,
        limit: int | None = None,
        filter: str | None = None,
        page_token: str | None = None,
        # surface: end
    ) -> AsyncListing[SessionInfo]:
        """The account's sessions, newest first: iterate, or await `.page()` for one page.

        ```python
        async for info in client.sessions(limit=20):
            print(info.id, info.state, info.title)
        page = await client.sessions().page()
        ```

        Args:
            page_size: How many on a page, 1 to 100. The server's default is 30.
            limit: The most sessions in all. Default: no limit.
            filter: The server's filter, such as `archived = true`.
            page_token: Where to begin: the `next_page_token` of an earlier page.

        Operation: `sessions.list`.
        """
        options, native = keywords(locals()), self._native
        return AsyncListing(lambda: native.sessions(options), lambda timeout: native.sessions_page(options, timeout))

    def sources(
        self,
        *,
        # surface: keywords SourcesOptions
        filter: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        # surface: end
    ) -> AsyncListing[Source]:
        """The repositories that Jules has access to: iterate, or await `.page()` for the first page.

        Args:
            filter: The server's filter, such as `name=sources/github/octocat/hello-world`; several with `OR`.
            page_size: How many on a page, 1 to 100. The server's default is 30.
            limit: The most sources in all. Default: no limit.

        Operation: `sources.list`.
        """
        options, native = keywords(locals()), self._native
        return AsyncListing(lambda: native.sources(options), lambda timeout: native.sources_page(options, timeout))

    async def source(self, *, github: str, timeout: float | None = None) -> Source:
        """One repository, by `owner/repo`.

        Raises:
            SourceNotFoundError: There is no such repository, or Jules has no access to it.

        Operation: `sources.get`.
        """
        return await finish(self._native.source(github, timeout))

    async def select(
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
        """The rows of the local cache that match a query, in milliseconds and without a request.

        ```python
        rows = await client.select(
            from_="sessions", where={"state": "completed", "search": "flaky"}, select=["id", "title"], limit=10
        )
        ```

        Rows are dicts in the JSON shape of all languages, with camelCase names. Everything can be given as a dict, too:
        `client.select({"from": "sessions", "limit": 10})`. Times may be `datetime` objects with a time zone.

        Args:
            query: The whole query, or a part of it, as a dict in its JSON form.
            from_: `"sessions"` or `"activities"`.
            where: What must hold: a field, or dotted path, and its value or an operator: `{"gte": …}`; operators are
                `eq`, `neq`, `contains`, `gt`, `gte`, `lt`, `lte`, `in` and `exists`. `search` looks for words in
                the texts.
            select: The fields to give; `"*"` for all, `"-path"` to leave one out. Default: the most telling ones.
            include: What comes along: `{"activities": {"limit": 3}}`, or `{"session": True}`.
            order: By the time of creation: `"asc"` or `"desc"`. Default: `"desc"`.
            limit: How many rows at most. Default: all.
            offset: How many rows to pass over first. Default: 0.
            start_at: Begin with the row of this id.
            start_after: Begin behind the row of this id.
            timeout: How many seconds to wait at most. Default: no limit.

        Raises:
            QueryError: The query is not valid; `field`, `operator`, `valid` and `suggestion` say what is wrong.
        """
        wanted = make_query(query, from_, where, select, include, order, limit, offset, start_at, start_after)
        return await finish(self._native.select(wanted, timeout))

    async def sync(
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
        """Brings the local cache up to date with the server, so that all of it can be read and queried offline.

        ```python
        report = await client.sync(depth="activities", progress=True)
        print(report.sessions_ingested, "new sessions,", report.activities_ingested, "new activities")
        ```

        Cancelled, killed or failed, what it has fetched stays, and the next one continues from there. One sync at a
        time uses a cache, in whichever process.

        Args:
            session_id: Only this session, `123` or `sessions/123`; it is always asked for. Default: all of the account.
            limit: Only this many sessions, the newest. Default: all.
            depth: How much of each session: `metadata`, the sessions themselves without their outputs; `activities`,
                their outputs and all their activities too. Default: `metadata`.
            incremental: Whether what is fresh is skipped: sessions that ended, for a day; those older than 30 days, for
                good; unless the listing shows that they have changed. Else everything is fetched again. Default: yes.
            concurrency: How many sessions are brought up to date at once. Default: 3.
            checkpoint: Whether a sync of the same kind that was interrupted less than a day ago is continued: what it
                had done isn't done again. Default: yes.
            on_progress: Called with a `SyncProgress` for each step. Default: no callback.
            progress: Show on the terminal how far it is, with `rich` if it is installed. Default: no.
            timeout: How many seconds to wait at most. Default: no limit.

        Raises:
            ConfigError: An option is not usable.
            NotFoundError: The session doesn't exist.

        Operation: `sessions.list`, `sessions.get`, `activities.list`.
        """
        options = keywords(locals(), "on_progress", "progress", "timeout")
        with sync_display(progress, on_progress) as tell:
            work = self._native.sync(options, tell is not None, timeout)
            try:
                while isinstance(said := await finish(work.next()), SyncProgress):
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
    ) -> AsyncQueue:
        """The queue of this name, 1 to 128 characters. No request is made.

        ```python
        queue = client.queue("updates")
        await queue.add(key="serde", prompt="Update serde", source="octocat/hello-world")
        async for one in queue.work():
            print(one.key, one.error or one.outcome.state)
        ```

        It lives in the cache; all that share the cache and the account share the queue.

        Args:
            name: Its name.
            slots: How many of its tasks may hold a slot at a time. Default: as many as the account has.
            per_day: How many sessions may be created for it within 24 hours. Default: as many as the account may.

        Raises:
            ConfigError: A bad name or bound.
        """
        return AsyncQueue(self._native.queue(name, keywords(locals(), "name"), AsyncTask))

    async def quota(self, *, timeout: float | None = None) -> Quota:
        """What the account uses of its plan: sessions that hold a slot, sessions of the last 24 hours, and the limits.

        ```python
        quota = await client.quota()
        print(quota.slots_used, "of", quota.slots_limit, [held.session_id for held in quota.holding])
        ```

        A session holds its slot until it has ended, also while it waits for a person. Limits are known when they were
        given or creates were refused. It is told from the cache and the listing of a day.

        Operation: `sessions.list`, `sessions.get`.
        """
        return await finish(self._native.quota(timeout))

    async def cache_info(self, *, timeout: float | None = None) -> CacheInfo:
        """What the local cache holds, and where."""
        return await finish(self._native.cache_info(timeout))

    async def aclose(self) -> None:
        """Stops everything that is under way: streams, waiting calls and later ones raise `ClosedError`.

        May be called twice.
        """
        await finish(self._native.close())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
