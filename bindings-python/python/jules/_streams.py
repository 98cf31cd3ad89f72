"""What is iterated asynchronously: streams of activities, and listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ._bridge import finish

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from types import TracebackType

    from typing_extensions import Self

    from ._bridge import Call
    from ._native import Stream, Work
    from ._page import Page

T = TypeVar("T")

__all__ = ["AsyncListing", "AsyncStream"]


class AsyncStream(Generic[T]):
    """Items as they come. Iterate over it; `aclose()` or `async with` ends it and the work behind it.

    ```python
    async for activity in session.stream():
        print(activity)
    ```

    Cancelling the task that waits for an item loses nothing: the stream goes on where it was, also with `anext()`.
    """

    __slots__ = ("_native",)

    def __init__(self, native: Stream | Work) -> None:
        self._native = native

    def __aiter__(self) -> AsyncIterator[T]:
        return self._each()

    async def _each(self) -> AsyncGenerator[T, None]:
        # A generator of its own for each loop: leaving one loop, or being cancelled in it, leaves the stream usable.
        # Between two trips to the event loop the native buffer is emptied without a detour.
        native = self._native
        while True:
            for item in native:
                yield item
            if not await finish(native.fill()):
                return

    async def __anext__(self) -> T:
        while True:
            for item in self._native:
                return item  # type: ignore[no-any-return]
            if not await finish(self._native.fill()):
                raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the stream. May be called twice."""
        self._native.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._native.close()


class AsyncListing(Generic[T]):
    """A listing that asks for its pages as they are needed. Each loop over it starts anew.

    ```python
    async for info in client.sessions(limit=20):
        print(info.id, info.state)
    ```
    """

    __slots__ = ("_open", "_page")

    def __init__(self, open_stream: Callable[[], Stream], page: Callable[[float | None], Call[Page[T]]]) -> None:
        self._open = open_stream
        self._page = page

    def __aiter__(self) -> AsyncIterator[T]:
        return AsyncStream[T](self._open()).__aiter__()

    async def page(self, *, timeout: float | None = None) -> Page[T]:
        """The first page alone, with the token of the next; at most `timeout` seconds (default: no limit)."""
        return await finish(self._page(timeout))
