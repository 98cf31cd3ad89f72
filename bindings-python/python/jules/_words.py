"""Enums of words: members are strings, so `state == "completed"` holds and JSON takes them as they are."""

from __future__ import annotations

from enum import Enum

__all__ = ["ChangeType", "SessionState"]


class _Word(str, Enum):
    """A word of the service. One that this version does not know becomes a member when it is met."""

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def _of(cls, word: str) -> _Word:
        known = cls._value2member_map_.get(word)
        if known is None:
            known = str.__new__(cls, word)
            known._name_ = known._value_ = word
        return known  # type: ignore[return-value]


class SessionState(_Word):
    """Where a session is in its life.

    The values are the camelCase words that all languages share; snake_case is accepted where a state is given:
    `SessionState("awaiting_plan_approval")`, `session.wait_for("awaiting_plan_approval")`. A state that this
    version does not know is a `SessionState` with the server's word as its value.
    """

    UNSPECIFIED = "unspecified"
    """The server has not said, as in the answer to a create."""
    QUEUED = "queued"
    """Waiting for a machine."""
    PLANNING = "planning"
    """The agent is making its plan."""
    AWAITING_PLAN_APPROVAL = "awaitingPlanApproval"
    """The agent waits for `approve()`."""
    AWAITING_USER_FEEDBACK = "awaitingUserFeedback"
    """The agent has asked something and waits for a message."""
    IN_PROGRESS = "inProgress"
    """The agent works."""
    PAUSED = "paused"
    """Somebody paused it."""
    FAILED = "failed"
    """Ended without success."""
    COMPLETED = "completed"
    """Ended with success. A message can wake it again."""

    @classmethod
    def _missing_(cls, value: object) -> SessionState | None:
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class ChangeType(_Word):
    """What happened to a file."""

    CREATED = "created"
    """It is new."""
    MODIFIED = "modified"
    """It was there and has changed."""
    DELETED = "deleted"
    """It is gone."""
    RENAMED = "renamed"
    """It has another path."""
