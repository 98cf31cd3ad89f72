"""A run: the awaitable that `client.run(…)` returns."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ._bridge import finish, keywords
from ._session import AsyncSession
from ._streams import AsyncStream

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from . import _native
    from ._bridge import AnyActivity
    from ._native import Outcome
    from ._words import ActivityType, Originator

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
    the session itself keeps running on the server.
    """

    __slots__ = ("__weakref__", "_native", "_waiting")

    def __init__(self, native: _native.Run) -> None:
        self._native = native
        # By the task that takes the run for its coroutine: several may.
        self._waiting: dict[object, Coroutine[Any, Any, Outcome]] = {}

    def __await__(self) -> Generator[Any, Any, Outcome]:
        return self.outcome().__await__()

    async def outcome(self, *, timeout: float | None = None) -> Outcome:
        """The outcome, once the session has ended. A failed session is an outcome too, not an error.

        Args:
            timeout: How many seconds to wait at most. Default: no limit.
        """
        return await finish(self._native.outcome(timeout))

    @property
    def session_id(self) -> str | None:
        """The id of its session, once that is created; of the latest one where a failed one was started again.

        It is there after a cancellation too: the session keeps running on the server.
        """
        return self._native.session_id

    async def session(self, *, timeout: float | None = None) -> AsyncSession:
        """The session, as soon as the server has created it.

        Args:
            timeout: How many seconds to wait at most. Default: no limit.
        """
        return AsyncSession(await finish(self._native.session(timeout)))

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
        """The session's activities, from the first; usable at once. See `AsyncSession.stream`."""
        return AsyncStream(self._native.stream(keywords(locals())))

    def __repr__(self) -> str:
        return f"AsyncRun(session_id={self.session_id!r})"

    # The coroutine protocol, by which `asyncio.create_task(run)` works.

    def send(self, value: Any, /) -> Any:
        """Part of the coroutine protocol; used by asyncio. A message is sent with `(await run.session()).send(…)`."""
        if value is not None:
            raise TypeError("a run sends no messages: use (await run.session()).send(…)")
        return self._step(lambda coroutine: coroutine.send(None))

    def throw(self, *error: Any) -> Any:
        """Part of the coroutine protocol; used by asyncio."""
        return self._step(lambda coroutine: coroutine.throw(*error))

    def close(self) -> None:
        """Part of the coroutine protocol; used by asyncio."""
        if (waiting := self._waiting.pop(_task(), None)) is not None:
            waiting.close()

    def _step(self, step: Callable[[Coroutine[Any, Any, Outcome]], Any]) -> Any:
        task = _task()
        waiting = self._waiting.get(task)
        if waiting is None:
            waiting = self._waiting[task] = self.outcome()
        try:
            return step(waiting)
        except BaseException:
            # It has ended: who awaits the run again waits anew.
            self._waiting.pop(task, None)
            raise


def _task() -> object:
    import asyncio

    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
