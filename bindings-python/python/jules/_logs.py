"""Core's log lines on their way to `logging`. Nothing here imports it: who has not, reads no logs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Sequence

_loggers: list[logging.Logger] = []


def levels(targets: Sequence[str]) -> list[int] | None:
    """The lowest level that the logger of each target wants; nothing while `logging` is not in use."""
    if not _loggers and not _find(targets):
        return None
    disabled = _loggers[0].manager.disable
    return [min(max(logger.getEffectiveLevel(), disabled + 1, 1), 255) for logger in _loggers]


def emit(targets: Sequence[str], lines: Iterable[tuple[float, str, int, str]], lost: int) -> None:
    """Hands lines to their loggers."""
    if not _loggers and not _find(targets):
        return
    by_target = dict(zip(targets, _loggers, strict=True))
    for created, target, level, text in lines:
        logger = by_target[target]
        record = logger.makeRecord(logger.name, level, "(jules)", 0, text, (), None)
        record.created = created
        record.msecs = created % 1 * 1000
        logger.handle(record)
    if lost:
        _loggers[-1].warning("%d log lines were dropped: the interpreter was busy", lost)


def _find(targets: Sequence[str]) -> bool:
    logging = sys.modules.get("logging")
    if logging is None or not hasattr(logging, "NullHandler"):  # Not there, or still being imported.
        return False
    # A library is silent unless logging is configured; without a handler, warnings would go to stderr.
    logging.getLogger("jules").addHandler(logging.NullHandler())
    _loggers.extend(logging.getLogger(target.replace("::", ".")) for target in targets)
    return True
