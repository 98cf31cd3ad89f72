"""Queues of tasks, for asyncio. What starts when, and who follows whom, is core's."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ._bridge import finish, keywords, words
from ._native import BaseTask
from ._session import AsyncSession
from ._streams import AsyncStream
from ._work import Worked

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
    from datetime import datetime
    from typing import Literal, TypeVar

    from typing_extensions import Self

    from . import _native
    from ._bridge import BaseClient, SourceLike, TaskStateLike
    from ._native import Added, Plan, QueueStatus

    T = TypeVar("T")

__all__ = ["AsyncQueue", "AsyncTask", "AsyncWork"]


class AsyncTask(BaseTask):
    """A task of a queue as it was when it was read. Times are of the cache's clock.

    ```python
    task = await client.queue("updates").task("serde")
    print(task.state, task.attempts, task.outcome or task.error)
    ```
    """

    __slots__ = ()

    def session(self) -> AsyncSession:
        """Its latest session: to read it, answer it, approve its plan or stop it. No request is made.

        Raises:
            NotFoundError: It has none yet.
        """
        return AsyncSession(self._session())

    @classmethod
    def from_dict(cls, data: Mapping[str, object], client: BaseClient | None = None) -> Self:
        """The task that `to_dict()` made this of; its `session()` needs a client.

        Raises:
            ConfigError: The dict has another shape.
        """
        task = cls._read(data)
        return cls(task if client is None else client._native.own(task))


class AsyncWork(AsyncStream[Worked[AsyncTask]]):
    """A worker: what `queue.work(…)` returns. It works from the first, and gives each task that it has finished.

    ```python
    async for one in client.queue("updates").work():
        print(one.key, one.error or one.outcome.state)
    ```

    Await it for all of them as a list, once nothing is left.

    Leaving the loop, cancelling the task or `aclose()` ends it: sessions that were created keep running on the server,
    and another worker follows them. With `anext()` the wait for a result can be cancelled without ending the worker.
    """

    __slots__ = ("_approve", "_asking")

    def __init__(self, native: _native.Work, approve: Callable[[AsyncTask, Plan], Any] | None) -> None:
        super().__init__(native)
        self._approve = approve
        self._asking: asyncio.Future[None] | None = None

    def __await__(self) -> Generator[Any, Any, list[Worked[AsyncTask]]]:
        return self._all().__await__()

    async def _all(self) -> list[Worked[AsyncTask]]:
        async with aclosing(self._each()) as each:
            return [one async for one in each]

    async def _each(self) -> AsyncGenerator[Worked[AsyncTask], None]:
        try:
            while True:
                try:
                    yield await self.__anext__()
                except StopAsyncIteration:
                    return
        finally:
            await self.aclose()

    async def __anext__(self) -> Worked[AsyncTask]:
        if self._approve is not None and self._asking is None:
            import asyncio  # Whoever iterates has it already; the blocking form does without.

            self._asking = asyncio.ensure_future(_answer(self._native, self._approve))
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            if self._asking is not None:
                await self._asking  # What the callback raised.
            raise

    async def aclose(self) -> None:
        """Ends the worker. May be called twice."""
        self._native.close()
        if self._asking is not None:
            self._asking.cancel()

    def __del__(self) -> None:
        # Whoever waits for its questions would keep it working.
        self._native.close()


async def _answer(native: Any, approve: Callable[[AsyncTask, Plan], Any]) -> None:
    """Asks the callback about each plan, also about several at a time. What it raises ends the worker."""
    import asyncio

    async def answer(question: _native.Question) -> None:
        try:
            said = approve(question.task, question.plan)
            question.answer(bool(await said if isinstance(said, Awaitable) else said))
        except BaseException:
            native.close()
            raise

    answering: list[asyncio.Future[None]] = []
    try:
        while (question := await finish(native.asked())) is not None:
            answering = [one for one in answering if not one.done() or one.exception() is not None]
            answering.append(asyncio.ensure_future(answer(question)))
    finally:
        for one in answering:
            one.cancel()
        ends = await asyncio.gather(*answering, return_exceptions=True)
    for end in ends:
        if end is not None and not isinstance(end, asyncio.CancelledError):
            raise end


class AsyncQueue:
    """A queue of tasks in the cache: SQLite on one machine, PostgreSQL on many.

    ```python
    queue = client.queue("updates")
    await queue.add_all(["serde", "tokio"], lambda name: {"key": name, "prompt": f"Update {name}"})
    async for one in queue.work():
        print(one.key, one.error or one.outcome.state)
    ```

    Any number of workers, in any number of processes that share the cache, take its tasks. Each task is started once
    and brought to its outcome, also when the worker that began it is gone. The plan's slots and its day are counted for
    the account, over all queues and creates that share the cache.
    """

    __slots__ = ("__weakref__", "_native")

    def __init__(self, native: _native.Queue) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """Its name."""
        return self._native.name

    async def add(
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
    ) -> AsyncTask:
        """Adds a task, unless its key is known; returns it as it is.

        ```python
        task = await client.queue("updates").add(key="serde", prompt="Update serde", source="octocat/app", priority=5)
        ```

        Args:
            key: Its name, 1 to 256 characters, which no other task and no run of the account has.
            prompt: What the agent should do.
            source: The repository it works on: `"owner/repo"`, `"owner/repo@branch"`, `jules.GitHub(…)` or a dict.
                Default: none; the agent begins with an empty directory.
            branch: The branch to start from. Default: the repository's default branch.
            title: A title. Default: the server chooses one.
            require_approval: Whether plans wait for approval. Default: no.
            auto_pr: Whether a pull request is created at the end. Default: yes.
            stall_timeout: For `run`, `all` and tasks: gives up waiting with `TimeoutError` when the session has shown
                nothing new for this many seconds: no activity and no change of state. Time in the queue, or waiting for
                a person, doesn't count. Default: never.
            environment_variables: Whether the agent gets the environment variables that are set up for the source.
                Default: the service decides.
            priority: Higher ones go first. Default: 0.
            not_before: It isn't started earlier: a `datetime` with a time zone. Default: as soon as a slot is free.
            max_attempts: How many sessions may be started for it. Default: 1.
            retry_on: After which failures of a session it is started again: `"service"` for those that the service says
                were its own, or `"any"`. Default: `"service"`.
            timeout: How many seconds to wait at most. Default: no limit.

        Raises:
            ConfigError: An option is not usable, or the key is known for something else: `field` says what differs.
            StoreError: The cache can't be used.
        """
        task: AsyncTask = await finish(self._native.add(keywords(locals(), "timeout"), timeout))
        return task

    async def add_all(
        self,
        items: Iterable[T],
        map: Callable[[T], Mapping[str, Any] | Awaitable[Mapping[str, Any]]],
        *,
        timeout: float | None = None,
    ) -> Added:
        """Adds many tasks, ten thousand in one transaction; tasks whose key is known stay as they are.

        ```python
        queue = client.queue("updates")
        added = await queue.add_all(["serde", "tokio"], lambda name: {"key": name, "prompt": f"Update {name}"})
        print(added.added, added.known, added.conflicts)
        ```

        Args:
            items: Any iterable.
            map: Gives `add`'s keywords for an item, as a dict with a `key`; may be async.
            timeout: How many seconds to wait at most. Default: no limit.

        Raises:
            ConfigError: A task can't be one; then none is added. Keys that are known for something else are in
                `conflicts`.
        """
        configs = []
        for item in items:
            config = map(item)
            configs.append(await config if isinstance(config, Awaitable) else config)
        return await finish(self._native.add_all(configs, timeout))

    def work(
        self,
        *,
        # surface: keywords WorkOptions -approve follow:bool=False
        concurrency: int | None = None,
        follow: bool = False,
        # surface: end
        approve: Literal["all", "none"] | Callable[[AsyncTask, Plan], bool | Awaitable[bool]] = "none",
    ) -> AsyncWork:
        """Works for the queue: takes tasks as far as plan and bounds allow, and gives each that it has finished.

        ```python
        async for one in client.queue("updates").work(approve=lambda task, plan: len(plan.steps) < 10):
            print(one.key, one.error or one.outcome.state)
        ```

        A result is given by the worker that finishes the task, as a `Worked`; `results()` has all of them.

        Args:
            concurrency: How many tasks it is at, at a time. Default: as many as there are slots.
            follow: Whether it stays when nothing is left. Default: no.
            approve: What becomes of plans that wait for an approval: `"all"` approves them, `"none"` leaves them to a
                person, and a function, which may be async, is given the task and its plan and says whether to approve
                it. Default: `"none"`.

        Raises:
            ConfigError: An option is not usable.
            AuthenticationError: (when iterated) The key is wrong.
            StoreError: (when iterated) The cache can't be used.
        """
        options = keywords(locals(), "approve")
        if callable(approve):
            return AsyncWork(self._native.work(options, None), approve)
        return AsyncWork(self._native.work(options, approve), None)

    def tasks(self, *, state: TaskStateLike | Iterable[TaskStateLike] | None = None) -> AsyncStream[AsyncTask]:
        """Its tasks, in the order in which they were added.

        ```python
        async for task in client.queue("updates").tasks(state=["working", "needs_person"]):
            print(task.key, task.state, task.worker)
        ```

        Args:
            state: Only those in this state, or in one of these. Default: all.

        Raises:
            ConfigError: A word is not a state.
        """
        return AsyncStream(self._native.tasks(words(state)))

    def results(self) -> AsyncStream[AsyncTask]:
        """All finished tasks, by any worker, in the order in which they finished."""
        return AsyncStream(self._native.results())

    def waiting_for_person(self) -> AsyncStream[AsyncTask]:
        """The tasks that wait for a person, each with its `plan` or its `question`.

        ```python
        async for task in client.queue("updates").waiting_for_person():
            if task.plan is not None:
                await task.session().approve()
        ```
        """
        return AsyncStream(self._native.waiting_for_person())

    async def task(self, key: str, *, timeout: float | None = None) -> AsyncTask:
        """The task with this key.

        Raises:
            NotFoundError: The queue has none.
        """
        task: AsyncTask = await finish(self._native.task(key, timeout))
        return task

    async def cancel(self, key: str, *, timeout: float | None = None) -> AsyncTask:
        """Cancels a task: one that waits is dropped, one at work has its session stopped; a finished one stays.

        Raises:
            NotFoundError: The queue has none with this key.
        """
        task: AsyncTask = await finish(self._native.cancel(key, timeout))
        return task

    async def pause(self, *, timeout: float | None = None) -> None:
        """Stops all workers, on every machine, from starting more tasks of this queue; those at work continue."""
        await finish(self._native.pause(timeout))

    async def resume(self, *, timeout: float | None = None) -> None:
        """Lets them start tasks again."""
        await finish(self._native.resume(timeout))

    async def status(self, *, timeout: float | None = None) -> QueueStatus:
        """How it stands: tasks by state, slots and day, workers, rate. The server is not asked."""
        return await finish(self._native.status(timeout))

    def __repr__(self) -> str:
        return f"AsyncQueue({self.name!r})"
