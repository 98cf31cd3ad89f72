"""What a missing attribute of a value says: an outcome that is taken for a session tells what gives sessions."""

from __future__ import annotations

from ._native import Outcome

# Not `typing`'s, which takes longer to import than all that a program imports at first.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__: list[str] = []

_OF_A_SESSION = {
    *("stream", "history", "updates", "result", "wait_for", "send", "ask", "approve", "info", "snapshot", "archive"),
}


def _missing(outcome: Outcome, name: str) -> NoReturn:
    """For what is looked up and not found. It stays an `AttributeError`, so that `hasattr()` is false."""
    text = f"{type(outcome).__name__!r} object has no attribute {name!r}"
    if name in _OF_A_SESSION:
        text += (
            f": it is an outcome, not a session. client.session(outcome.session_id).{name}(...) calls the session;"
            ' client.all(items, map, until="created") and client.session(prompt=...) give sessions'
        )
    raise AttributeError(text, name=name, obj=outcome)


# Not in Rust: the stub would have it, and type checkers would take any name for an attribute.
setattr(Outcome, "__getattr__", _missing)  # noqa: B010
