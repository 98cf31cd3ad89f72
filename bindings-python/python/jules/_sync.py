"""How a sync goes about it."""

from __future__ import annotations

from typing import Literal

__all__ = ["Depth", "sync_options"]

# surface: literal Depth SyncDepth
Depth = Literal["metadata", "activities"]
# surface: end


def sync_options(
    session_id: str | None,
    limit: int | None,
    depth: Depth | None,
    incremental: bool | None,
    concurrency: int | None,
    checkpoint: bool | None,
) -> dict[str, object]:
    """The keywords of `sync()`; what is `None` is left to core."""
    return {
        "session_id": session_id,
        "limit": limit,
        "depth": depth,
        "incremental": incremental,
        "concurrency": concurrency,
        "checkpoint": checkpoint,
    }
