"""The asyncio client."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from ._bridge import BaseClient, finish, session_config
from ._run import AsyncRun
from ._session import AsyncSession
from ._streams import AsyncListing

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from ._bridge import SourceLike
    from ._native import CacheInfo, SessionInfo, Source

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
        prompt: str,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
    ) -> AsyncRun:
        """Starts a session at once; awaiting the result gives its outcome.

        Args:
            prompt: What to do.
            source: The repository: `"owner/repo"`, `"owner/repo@branch"`, `jules.GitHub(…)` or a dict.
                Default: none, the agent works in an empty machine.
            branch: The branch to start from. Default: the repository's default branch.
            title: A title. Default: the server makes one.
            require_approval: Whether the plan waits for `approve()`. Default: no.
            auto_pr: Whether a pull request is made at the end. Default: yes.

        Raises (when awaited):
            SourceNotFoundError: There is no such repository, or Jules has no access to it.
            AuthenticationError: The key is wrong.

        Operation: `sessions.create`, then `activities.list` and `sessions.get`.
        """
        return AsyncRun(self._native.run(session_config(prompt, source, branch, title, require_approval, auto_pr)))

    @overload
    def session(self, id: str, /) -> AsyncSession: ...
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
    ) -> Coroutine[Any, Any, AsyncSession]: ...
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
    ) -> AsyncSession | Coroutine[Any, Any, AsyncSession]:
        """A session: an existing one by its id, at once; or a new one, to be awaited.

        ```python
        session = client.session("31415926535897932384")
        session = await client.session(prompt="Fix the flaky test", source="octocat/hello-world")
        ```

        Args:
            id: `"123"` or `"sessions/123"`. No request is made.
            prompt: What to do, for a new session.
            source: The repository: `"owner/repo"`, `"owner/repo@branch"`, `jules.GitHub(…)` or a dict.
                Default: none, the agent works in an empty machine.
            branch: The branch to start from. Default: the repository's default branch.
            title: A title. Default: the server makes one.
            require_approval: Whether the plan waits for `approve()`. Default: yes.
            auto_pr: Whether a pull request is made at the end. Default: no.

        Raises:
            ConfigError: The id can't be one.
            SourceNotFoundError: (when awaited) There is no such repository, or Jules has no access to it.

        Operation: `sessions.create`.
        """
        config = session_config(prompt, source, branch, title, require_approval, auto_pr, id=id)
        return AsyncSession(self._native.session(id)) if id is not None else self._create(config)

    async def _create(self, config: dict[str, object]) -> AsyncSession:
        return AsyncSession(await finish(self._native.create_session(config)))

    def sessions(
        self,
        *,
        page_size: int | None = None,
        limit: int | None = None,
        filter: str | None = None,
        page_token: str | None = None,
    ) -> AsyncListing[SessionInfo]:
        """The account's sessions, newest first: iterate, or await `.page()` for one page.

        ```python
        async for info in client.sessions(limit=20):
            print(info.id, info.state, info.title)
        page = await client.sessions().page()
        ```

        Args:
            page_size: How many to ask for at a time, 1 to 100. Default: 30, the server's.
            limit: How many in all. Default: no limit.
            filter: The server's filter, such as `archived = true`.
            page_token: Where to begin: the `next_page_token` of a page.

        Operation: `sessions.list`.
        """
        native = self._native
        return AsyncListing(
            lambda: native.sessions(filter, page_size, limit, page_token),
            lambda: native.sessions_page(filter, page_size, limit, page_token),
        )

    def sources(
        self, *, filter: str | None = None, page_size: int | None = None, limit: int | None = None
    ) -> AsyncListing[Source]:
        """The repositories that Jules has access to: iterate, or await `.page()` for the first page.

        Args:
            filter: The server's filter, such as `name=sources/github/octocat/hello-world`.
            page_size: How many to ask for at a time, 1 to 100. Default: 30, the server's.
            limit: How many in all. Default: no limit.

        Operation: `sources.list`.
        """
        native = self._native
        return AsyncListing(
            lambda: native.sources(filter, page_size, limit), lambda: native.sources_page(filter, page_size, limit)
        )

    async def source(self, *, github: str) -> Source:
        """One repository, by `owner/repo`.

        Raises:
            SourceNotFoundError: There is no such repository, or Jules has no access to it.

        Operation: `sources.get`.
        """
        return await finish(self._native.source(github))

    async def cache_info(self) -> CacheInfo:
        """What the local cache holds, and where."""
        return await finish(self._native.cache_info())

    async def aclose(self) -> None:
        """Stops everything that goes on: streams end, waiting calls are cancelled. May be called twice."""
        await finish(self._native.close())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
