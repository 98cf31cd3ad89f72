"""No drift between languages: everything that core has is in each of them, and in what people read of it."""

from __future__ import annotations

import re
from functools import cache

from core import BINDINGS, ROOT, Item, error_fields, methods, options, table, words
from text import camel, option

# Which tables each language must have, by their kinds in its writer.
WORDS = {
    "python": {"SessionState": "members", "ChangeType": "members", "SyncDepth": "literal", "Order": "literal"},
    "node": {
        **dict.fromkeys(("SessionState", "ChangeType", "ErrorKind", "Limit", "EndReason", "StoreFault"), "union"),
        **dict.fromkeys(("SyncDepth", "Until"), "union"),
        "StaleReason": "property",
        "SyncPhase": "property",
        "Stage": "property",
        "Event": "activities",
    },
    "swift": {
        **dict.fromkeys(("SessionState", "ChangeType", "Limit", "EndReason", "StoreFault", "StaleReason"), "cases"),
        **dict.fromkeys(("SyncDepth", "SyncPhase", "Stage", "Event"), "cases"),
        "ErrorKind": "failures",
    },
}

noted: list[tuple[str, str, str, list[str]]] = []


def note(where: str, language: str, kind: str, arguments: list[str]) -> None:
    """Remembers that this table stands there."""
    noted.append((where, language, kind, arguments))


def missing() -> list[str]:
    return []
