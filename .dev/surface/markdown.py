"""Tables for what people read."""

from __future__ import annotations

from pathlib import Path

from core import BINDINGS, options, words
from text import default, doc, option, without_default


def language(path: Path) -> str:
    return next(name for name in BINDINGS if f"bindings-{name}" in path.parts)


def cells(struct: str, lang: str) -> list[tuple[str, str, str]]:
    rows = []
    for item in options(struct, lang):
        if item.inner == "RetryOptions":
            inner = cells("RetryOptions", lang)
            rows += [(f"`{item.name}.{name.strip('`')}`", text, value) for name, text, value in inner]
            continue
        text = doc(item, lang)
        rows.append((f"`{option(item.name, lang)}`", without_default(text).rstrip("."), default(text)))
    return rows


def options_table(path: Path, indent: str, struct: str, *more: str) -> list[str]:
    """The options of a struct with their defaults."""
    rows = [("option", "", "default"), *cells(struct, language(path))]
    return aligned(rows) if language(path) == "node" else plain(rows)


def plain(rows: list[tuple[str, str, str]]) -> list[str]:
    head, *body = (f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)
    return [head, "|---|---|---|", *body]


def aligned(rows: list[tuple[str, str, str]]) -> list[str]:
    """As biome wants it."""
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in rows]
    return [lines[0], f"| {' | '.join('-' * width for width in widths)} |", *lines[1:]]


def kinds(path: Path, indent: str) -> list[str]:
    """The errors of Swift, and when there is one."""
    items = [item for item in words("ErrorKind") if "swift" not in item.absent]
    return ["| error | |", "|---|---|", *(f"| `.{item.word}` | {doc(item, 'swift')} |" for item in items)]
