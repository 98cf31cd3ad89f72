"""What is iterated: streams, listings, and `all()`. The same native calls as in the asyncio form, waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from .._all import END, BaseAll, Finished
from .._native import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from .. import _native
    from .._bridge import Call
    from .._page import Page

T = TypeVar("T")
R = TypeVar("R")

__all__ = ["All", "Listing", "Stream"]


class Stream(Generic[T]):
    """Items as they come: an ordinary iterator. `close()` or `with` ends it and the work behind it."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Stream | _native.Work) -> None:
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

    def __init__(
        self, open_stream: Callable[[], _native.Stream], page: Callable[[float | None], Call[Page[T]]]
    ) -> None:
        self._open = open_stream
        self._page = page

    def __iter__(self) -> Iterator[T]:
        return iter(Stream[T](self._open()))

    def page(self, *, timeout: float | None = None) -> Page[T]:
        """The first page alone, with the token of the next; at most `timeout` seconds (default: no limit)."""
        return self._page(timeout).wait()


class All(BaseAll[T, R]):
    """Many items, one session each, a few at a time: what `client.all(…)` returns. See `AsyncAll`.

    ```python
    for done in client.all(issues, lambda issue: {"prompt": f"Fix {issue}"}, stop_on_error=False):
        print(done.item, done.error or done.outcome.state)
    ```

    `map` and `on_progress` are called while you wait, on your thread. Leaving the loop starts nothing more.
    """

    __slots__ = ()

    def outcomes(self, *, timeout: float | None = None) -> list[R]:
        """Blocks until all are done: their outcomes, in the order of the items; at most `timeout` seconds.

        With `stop_on_error=False` the list has the exception in the place of an item that could not be run. See
        `AsyncAll.outcomes`.
        """
        self._batch.awaited(timeout)
        return self._in_order(list(self))

    def __iter__(self) -> Iterator[Finished[T]]:
        with self._working() as items:
            while (turn := self._batch.turn().wait()) is not None:
                if isinstance(turn, Finished):
                    yield turn
                elif isinstance(turn, Progress):
                    self._tell(turn)
                else:
                    self._describe(turn, items)

    def _describe(self, asked: _native.Describe, items: Iterator[T]) -> None:
        if (item := next(items, END)) is END:
            asked.finish()
            return
        try:
            config = self._map(item)
        except Exception as error:
            asked.fail(item, error)
        else:
            asked.start(item, config)
