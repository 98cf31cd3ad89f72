"""How much a sync brings."""

from __future__ import annotations

from typing import Literal

__all__ = ["Depth"]

# surface: literal Depth SyncDepth
Depth = Literal["metadata", "activities"]
# surface: end
