"""A run, the blocking form: what `client.start(…)` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._bridge import keywords
from ._session import Session
from ._streams import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .. import _native
    from .._bridge import AnyActivity
    from .._native import Outcome
    from .._words import ActivityType, Originator

__all__ = ["Run"]


class Run:
    """A session that was started. When the last reference goes, its work in this process stops, not the session."""

    __slots__ = ("__weakref__", "_native")

    def __init__(self, native: _native.Run) -> None:
        self._native = native

    @property
    def session_id(self) -> str | None:
        """The id of its session, once that is created; of the latest one where a failed one was started again."""
        return self._native.session_id

    def session(self, *, timeout: float | None = None) -> Session:
        """Waits until the session is created, at most `timeout` seconds (default: no limit)."""
        return Session(self._native.session(timeout).wait())

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
    ) -> Stream[AnyActivity]:
        """The session's activities, from the first; usable at once. See `AsyncSession.stream`."""
        return Stream(self._native.stream(keywords(locals())))

    def outcome(self, *, timeout: float | None = None) -> Outcome:
        """Waits for the outcome, at most `timeout` seconds (default: no limit). A failed session is an outcome too."""
        return self._native.outcome(timeout).wait()

    def __repr__(self) -> str:
        return f"Run(session_id={self.session_id!r})"
