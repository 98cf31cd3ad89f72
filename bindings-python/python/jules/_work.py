"""A task that a worker has brought to its end, in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ._frozen import Frozen

if TYPE_CHECKING:
    from ._errors import JulesError
    from ._native import BaseTask, Outcome

T = TypeVar("T", bound="BaseTask")

__all__ = ["Worked"]


class Worked(Frozen, Generic[T]):
    """A task that a worker has brought to its end: it has an `outcome`, or an `error` when there is none.

    ```python
    async for one in client.queue("updates").work():
        print(one.key, one.error or one.outcome.state)
    ```
    """

    __slots__ = {
        "error": "Why there is no outcome: its session could not be created, or was stopped or deleted.",
        "outcome": "How its session ended; a failed session is an outcome, too.",
        "task": "The task as it is now.",
    }
    __match_args__ = ("task", "outcome", "error")
    task: T
    outcome: Outcome | None
    error: JulesError | None

    def __init__(self, task: T, outcome: Outcome | None, error: JulesError | None) -> None:
        super().__init__(task, outcome, error)

    @property
    def key(self) -> str:
        """The task's name."""
        return self.task.key
