"""Many items, one session each, a few at a time: what `all()` gives, for asyncio. When which may start is core's."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._bridge import finish
from ._frozen import Frozen
from ._progress import all_display

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator

    from ._native import Batch, ItemReport, Outcome, Progress

T = TypeVar("T")
R = TypeVar("R")

__all__ = ["AsyncAll", "Finished"]

END: Any = object()


class Finished(Frozen, Generic[T]):
    """One item of `all()` that is done: it has an `outcome`, or an `error` when it could not be run.

    With `until="created"` it has a `session` in the place of an outcome: an `AsyncSession`, or a `Session`.
    """

    __slots__ = {
        "error": "Why it could not be run: a `JulesError`, or what `map` raised.",
        "index": "Its place among the items, from 0.",
        "item": "The item.",
        "outcome": "How its session ended; a failed session is an outcome, too.",
        "session": 'Its session, with `until="created"`.',
    }
    __match_args__ = ("index", "item", "outcome", "error", "session")
    index: int
    item: T
    outcome: Outcome | None
    error: BaseException | None
    session: Any

    def __init__(
        self, index: int, item: T, outcome: Outcome | None, error: BaseException | None, session: Any = None
    ) -> None:
        super().__init__(index, item, outcome, error, session)


class BaseAll(Generic[T, R]):
    """What both forms have in common."""

    __slots__ = ("_batch", "_begun", "_items", "_map", "_on_progress", "_progress", "_show", "_stop_on_error")

    def __init__(
        self,
        batch: Batch,
        items: Iterable[T],
        map: Callable[[T], Any],
        stop_on_error: bool,
        on_progress: Callable[[Progress], object] | None,
        progress: bool,
    ) -> None:
        self._batch = batch
        self._begun = False
        self._items = items
        self._map = map
        self._stop_on_error = stop_on_error
        self._on_progress = on_progress
        self._progress = progress
        self._show: Callable[[Progress], object] | None = None

    @contextmanager
    def _working(self) -> Iterator[Iterator[T]]:
        """The items, while it is at work."""
        if self._begun:
            raise RuntimeError("this all() has already run; call all() again, which creates new sessions")
        self._begun = True
        try:
            with all_display(self._progress, self._items) as self._show:
                yield iter(self._items)
        finally:
            self._batch.close()

    def _tell(self, step: Progress) -> None:
        if self._show is not None:
            self._show(step)
        if self._on_progress is not None:
            self._on_progress(step)

    def report(self) -> list[ItemReport]:
        """Where every item stands that was started: its session, and its outcome or error once it has one.

        It stays when the work was cancelled, or ended with an exception of your own: no session is lost.
        """
        return self._batch.report()

    def _in_order(self, all_done: list[Finished[T]]) -> list[R]:
        """What was asked for, of all that finished; or the error that ended it."""
        if all_done and (error := all_done[-1].error) is not None and self._stop_on_error:
            raise error
        all_done.sort(key=lambda one: one.index)
        ordered: list[Any] = [one.error or one.outcome or one.session for one in all_done]
        return ordered


class AsyncAll(BaseAll[T, R]):
    """Many items, one session each, a few at a time: what `client.all(…)` returns.

    Await it for all outcomes in the order of the items, or iterate over it to get each as it finishes. Nothing starts
    before that, and it can be done once.

    ```python
    async for done in client.all(issues, lambda issue: {"prompt": f"Fix {issue}"}, stop_on_error=False):
        print(done.item, done.error or done.outcome.state)
    ```

    Leaving the loop or cancelling the task starts nothing more; sessions that were created keep running on the server.
    """

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, list[R]]:
        return self.outcomes().__await__()

    async def outcomes(self, *, timeout: float | None = None) -> list[R]:
        """What awaiting it gives: all outcomes, in the order of the items.

        With `stop_on_error=False` the list has the exception in the place of an item that could not be run.

        Args:
            timeout: When to give up, in seconds, for all items together. Default: no limit. Sessions that were created
                keep running on the server.

        Raises:
            TimeoutError: It took longer; `results` tells where the items stood.
        """
        self._batch.awaited(timeout)
        async with aclosing(self._each()) as each:
            return self._in_order([one async for one in each])

    def __aiter__(self) -> AsyncIterator[Finished[T]]:
        return self._each()

    async def _each(self) -> AsyncGenerator[Finished[T], None]:
        import asyncio  # Whoever iterates has it already; the blocking form does without.

        with self._working() as items:
            beside = [asyncio.ensure_future(self._closing(work)) for work in (self._describe(items), self._report())]
            try:
                while (one := await finish(self._batch.next())) is not None:
                    yield one
                self._batch.close()
                # What the user's own code has raised; `map` may still be at an item that isn't wanted any more.
                for task in beside:
                    if task.done():
                        task.result()
                await beside[1]
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    async def _describe(self, items: Iterator[T]) -> None:
        while (asked := await finish(self._batch.asked())) is not None:
            if (item := next(items, END)) is END:
                asked.finish()
                return
            try:
                config = self._map(item)
                if isinstance(config, Awaitable):
                    config = await config
            except Exception as error:
                asked.fail(item, error)
            else:
                asked.start(item, config)

    async def _report(self) -> None:
        while (step := await finish(self._batch.progress())) is not None:
            self._tell(step)

    async def _closing(self, work: Awaitable[None]) -> None:
        """What goes wrong beside the loop ends the loop."""
        try:
            await work
        except BaseException:
            self._batch.close()
            raise
