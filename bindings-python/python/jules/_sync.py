"""How a sync goes about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Depth", "sync_options"]

# surface: literal Depth SyncDepth
Depth = Literal["metadata", "activities"]
# surface: end


_OPTIONS = (
    # surface: names SyncOptions
    "session_id",
    "limit",
    "depth",
    "incremental",
    "concurrency",
    "checkpoint",
    # surface: end
)


def sync_options(given: Mapping[str, object]) -> dict[str, object]:
    """The keywords of `sync()` among its arguments; what is `None` is left to core."""
    return {name: given[name] for name in _OPTIONS}
