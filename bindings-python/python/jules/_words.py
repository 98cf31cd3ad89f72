"""Enums of words: members are strings, so `state == "completed"` holds and JSON takes them as they are."""

from __future__ import annotations

from enum import Enum
from typing import Literal

__all__ = [
    "ActivityType",
    "ChangeType",
    "Originator",
    "SessionState",
    "StateWord",
    "TaskState",
    "TaskStateWord",
    "WaitReason",
]

# surface: literal StateWord SessionState both -Unspecified
StateWord = Literal[
    "queued",
    "planning",
    "awaitingPlanApproval",
    "awaiting_plan_approval",
    "awaitingUserFeedback",
    "awaiting_user_feedback",
    "inProgress",
    "in_progress",
    "paused",
    "failed",
    "completed",
]
# surface: end
"""The words for a session's state, in both spellings."""

# surface: literal TaskStateWord TaskState both
TaskStateWord = Literal["waiting", "starting", "working", "needsPerson", "needs_person", "done", "failed", "cancelled"]
# surface: end
"""The words for a task's state, in both spellings."""

# surface: literal ActivityType Event
ActivityType = Literal[
    "agentMessaged",
    "userMessaged",
    "planGenerated",
    "planApproved",
    "progressUpdated",
    "sessionCompleted",
    "sessionFailed",
    "unknown",
]
# surface: end
"""The types of activities."""

# surface: literal WaitReason WaitReason
WaitReason = Literal["retry", "throttle", "concurrency", "activityBudget", "turn", "slot", "cache", "effect", "queued"]
# surface: end
"""What a client waits for before it goes on: see `Metrics.waits`."""

Originator = Literal["user", "agent", "system"]
"""Who does things in a session."""


class _Word(str, Enum):
    """A word of the service. One that this version does not know becomes a member when it is met."""

    def __str__(self) -> str:
        return str(self.value)

    # Equal in both spellings; the hash is that of the camelCase word, which dicts and sets are to be asked with.
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return NotImplemented
        return str.__eq__(self, other) or ("_" in other and str.__eq__(self, _camel(other)))

    def __ne__(self, other: object) -> bool:
        return not self == other if isinstance(other, str) else NotImplemented

    __hash__ = str.__hash__

    @classmethod
    def _of(cls, word: str) -> _Word:
        known = cls._value2member_map_.get(word)
        if known is None:
            known = str.__new__(cls, word)
            known._name_ = known._value_ = word
        return known  # type: ignore[return-value]


def _camel(word: str) -> str:
    first, *rest = word.split("_")
    return first + "".join(part.capitalize() for part in rest)


class SessionState(_Word):
    """The state of a session.

    The values are the camelCase words that all languages share. Python's spelling of them means the same:
    `info.state == "awaiting_plan_approval"`, `session.wait_for("awaiting_plan_approval")`, also in a `match`. A
    state that this
    version does not know is a `SessionState` with the server's word as its value.
    """

    # surface: members SessionState
    UNSPECIFIED = "unspecified"
    """The server has not said, as in the answer to a create."""
    QUEUED = "queued"
    """Waiting for a machine."""
    PLANNING = "planning"
    """The agent is making its plan."""
    AWAITING_PLAN_APPROVAL = "awaitingPlanApproval"
    """The agent waits for `approve`."""
    AWAITING_USER_FEEDBACK = "awaitingUserFeedback"
    """The agent has asked something and waits for a message."""
    IN_PROGRESS = "inProgress"
    """The agent works."""
    PAUSED = "paused"
    """It was paused."""
    FAILED = "failed"
    """Ended without success."""
    COMPLETED = "completed"
    """Ended with success. A message can wake it again."""
    # surface: end

    @classmethod
    def _missing_(cls, value: object) -> SessionState | None:
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class TaskState(_Word):
    """Where a task of a queue is.

    As with `SessionState`, both spellings mean the same: `task.state == "needs_person"`.
    """

    # surface: members TaskState
    WAITING = "waiting"
    """No worker has started it."""
    STARTING = "starting"
    """A worker has it, and its session is being created."""
    WORKING = "working"
    """Its session is at work."""
    NEEDS_PERSON = "needsPerson"
    """Its session waits for a person: for an approval, an answer, or to be resumed."""
    DONE = "done"
    """Its session completed."""
    FAILED = "failed"
    """Its session failed or could not be created."""
    CANCELLED = "cancelled"
    """It was cancelled, or its session was stopped or deleted."""
    # surface: end

    @classmethod
    def _missing_(cls, value: object) -> TaskState | None:
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class ChangeType(_Word):
    """What happened to a file."""

    # surface: members ChangeType
    CREATED = "created"
    """It is new."""
    MODIFIED = "modified"
    """It was modified."""
    DELETED = "deleted"
    """It is gone."""
    RENAMED = "renamed"
    """It has another path."""
    # surface: end
