"""Queues of tasks, without asyncio: the same native calls, waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._bridge import keywords, words
from .._native import BaseTask
from .._work import Worked
from ._session import Session
from ._streams import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from typing import Literal, TypeVar

    from typing_extensions import Self

    from .. import _native
    from .._bridge import BaseClient, SourceLike, TaskStateLike
    from .._native import Added, Plan, Question, QueueStatus
    from .._native import Work as NativeWork

    T = TypeVar("T")

__all__ = ["Queue", "Task", "Work"]


class Task(BaseTask):
    """A task of a queue as it was when it was read. Times are of the cache's clock. See `AsyncTask`."""

    __slots__ = ()

    def session(self) -> Session:
        """Its latest session: to read it, answer it, approve its plan or stop it. No request is made.

        Raises:
            NotFoundError: It has none yet.
        """
        return Session(self._session())

    @classmethod
    def from_dict(cls, data: Mapping[str, object], client: BaseClient | None = None) -> Self:
        """The task that `to_dict()` made this of; its `session()` needs a client.

        Raises:
            ConfigError: The dict has another shape.
        """
        task = cls._read(data)
        return cls(task if client is None else client._native.own(task))


class Work(Stream[Worked[Task]]):
    """A worker: what `queue.work(…)` returns. It works from the first, and gives each task that it has finished.

    ```python
    for one in client.queue("updates").work():
        print(one.key, one.error or one.outcome.state)
    ```

    Leaving the loop, Ctrl-C or `close()` ends it: sessions that were created keep running on the server, and another
    worker follows them. A callback that decides on plans is called while you wait, on your thread.
    """

    __slots__ = ("_approve",)
    _native: NativeWork

    def __init__(self, native: NativeWork, approve: Callable[[Task, Plan], object] | None) -> None:
        super().__init__(native)
        self._approve = approve

    def __iter__(self) -> Iterator[Worked[Task]]:
        try:
            while True:
                try:
                    one = next(self)
                except StopIteration:
                    return
                yield one
        finally:
            self.close()

    def __next__(self) -> Worked[Task]:
        while True:
            for one in self._native:
                return one  # type: ignore[no-any-return]
            turn = self._native.turn().wait()
            if turn is False:
                raise StopIteration
            if turn is not True:
                self._answer(turn)

    def _answer(self, question: Question) -> None:
        try:
            question.answer(bool(self._approve and self._approve(question.task, question.plan)))
        except BaseException:
            self.close()
            raise


class Queue:
    """A queue of tasks in the cache: SQLite on one machine, PostgreSQL on many. See `AsyncQueue`.

    ```python
    queue = client.queue("updates")
    queue.add_all(["serde", "tokio"], lambda name: {"key": name, "prompt": f"Update {name}"})
    for one in queue.work():
        print(one.key, one.error or one.outcome.state)
    ```
    """

    __slots__ = ("__weakref__", "_native")

    def __init__(self, native: _native.Queue) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """Its name."""
        return self._native.name

    def add(
        self,
        *,
        # surface: keywords TaskConfig -wait_for_slot -retry_failed
        key: str,
        prompt: str,
        source: SourceLike | None = None,
        branch: str | None = None,
        title: str | None = None,
        require_approval: bool | None = None,
        auto_pr: bool | None = None,
        stall_timeout: float | None = None,
        environment_variables: bool | None = None,
        priority: int | None = None,
        not_before: datetime | None = None,
        max_attempts: int | None = None,
        retry_on: Literal["service", "any"] | None = None,
        # surface: end
        timeout: float | None = None,
    ) -> Task:
        """Adds a task, unless its key is known; returns it as it is. See `AsyncQueue.add`."""
        task: Task = self._native.add(keywords(locals(), "timeout"), timeout).wait()
        return task

    def add_all(
        self, items: Iterable[T], map: Callable[[T], Mapping[str, Any]], *, timeout: float | None = None
    ) -> Added:
        """Adds many tasks; tasks whose key is known stay as they are. See `AsyncQueue.add_all`."""
        return self._native.add_all([map(item) for item in items], timeout).wait()

    def work(
        self,
        *,
        # surface: keywords WorkOptions -approve follow:bool=False
        concurrency: int | None = None,
        follow: bool = False,
        # surface: end
        approve: Literal["all", "none"] | Callable[[Task, Plan], bool] = "none",
    ) -> Work:
        """Works for the queue: takes tasks as far as plan and bounds allow, and gives each that it has finished.

        Defaults: `concurrency` as many as there are slots, `follow` no, `approve` `"none"`. See `AsyncQueue.work`.
        """
        options = keywords(locals(), "approve")
        if callable(approve):
            return Work(self._native.work(options, None), approve)
        return Work(self._native.work(options, approve), None)

    def tasks(self, *, state: TaskStateLike | Iterable[TaskStateLike] | None = None) -> Stream[Task]:
        """Its tasks, in the order in which they were added; perhaps only those in this state, or in one of these."""
        return Stream(self._native.tasks(words(state)))

    def results(self) -> Stream[Task]:
        """All finished tasks, by any worker, in the order in which they finished."""
        return Stream(self._native.results())

    def waiting_for_person(self) -> Stream[Task]:
        """The tasks that wait for a person, each with its `plan` or its `question`; answer by `task.session()`."""
        return Stream(self._native.waiting_for_person())

    def task(self, key: str, *, timeout: float | None = None) -> Task:
        """The task with this key. See `AsyncQueue.task`."""
        task: Task = self._native.task(key, timeout).wait()
        return task

    def cancel(self, key: str, *, timeout: float | None = None) -> Task:
        """Cancels a task: one that waits is dropped, one at work has its session stopped."""
        task: Task = self._native.cancel(key, timeout).wait()
        return task

    def pause(self, *, timeout: float | None = None) -> None:
        """Stops all workers, on every machine, from starting more tasks of this queue; those at work continue."""
        self._native.pause(timeout).wait()

    def resume(self, *, timeout: float | None = None) -> None:
        """Lets them start tasks again."""
        self._native.resume(timeout).wait()

    def status(self, *, timeout: float | None = None) -> QueueStatus:
        """How it stands: tasks by state, slots and day, workers, rate. The server is not asked."""
        return self._native.status(timeout).wait()

    def __repr__(self) -> str:
        return f"Queue({self.name!r})"
