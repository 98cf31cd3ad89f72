"""A run: the awaitable that `client.run(…)` returns."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ._bridge import finish, words
from ._session import AsyncSession
from ._streams import AsyncStream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from . import _native
    from ._native import Activity, Outcome

__all__ = ["AsyncRun"]


class AsyncRun(Coroutine[Any, Any, "Outcome"]):
    """A session that was started; awaiting it gives its outcome.

    ```python
    run = client.run(prompt="Fix the flaky test", source="octocat/hello-world")
    async for activity in run.stream():
        print(activity)
    outcome = await run
    ```

    It has begun when you get it. It can be awaited as often as you like and given to `asyncio.create_task()`,
    `gather()` and `timeout()` like a coroutine. When the last reference to it goes, its work in this process stops;
    the session itself goes on at the server.
    """

    __slots__ = ("__weakref__", "_native", "_waiting")

    def __init__(self, native: _native.Run) -> None:
        self._native = native
        self._waiting: Coroutine[Any, Any, Outcome] | None = None

    def __await__(self) -> Generator[Any, Any, Outcome]:
        return self.outcome().__await__()

    async def outcome(self, *, timeout: float | None = None) -> Outcome:
        """The outcome, once the session has ended. A failed session is an outcome too, not an error.

        Args:
            timeout: How many seconds to wait at most. Default: no limit.
        """
        return await finish(self._native.outcome(timeout))

    async def session(self) -> AsyncSession:
        """The session, as soon as the server has created it."""
        return AsyncSession(await finish(self._native.session()))

    def stream(
        self,
        *,
        follow: bool = False,
        after: str | None = None,
        types: str | Iterable[str] | None = None,
        exclude_originator: str | Iterable[str] | None = None,
        stall_timeout: float | None = None,
    ) -> AsyncStream[Activity]:
        """The session's activities, from the first; usable at once. See `AsyncSession.stream`."""
        return AsyncStream(self._native.stream(follow, after, words(types), words(exclude_originator), stall_timeout))

    def __repr__(self) -> str:
        return f"<AsyncRun at {id(self):#x}>"

    # The coroutine protocol, by which `asyncio.create_task(run)` works.

    def send(self, value: Any, /) -> Any:
        """Part of the coroutine protocol; used by asyncio."""
        return self._coroutine().send(value)

    def throw(self, *error: Any) -> Any:
        """Part of the coroutine protocol; used by asyncio."""
        return self._coroutine().throw(*error)

    def close(self) -> None:
        """Part of the coroutine protocol; used by asyncio."""
        if self._waiting is not None:
            self._waiting.close()

    def _coroutine(self) -> Coroutine[Any, Any, Outcome]:
        if self._waiting is None:
            self._waiting = self.outcome()
        return self._waiting
