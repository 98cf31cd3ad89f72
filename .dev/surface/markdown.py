"""Tables for what people read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core import BINDINGS, Item, chosen, error_fields, words
from text import default, doc, option, without_default


def language(path: Path) -> str:
    return next(name for name in BINDINGS if f"bindings-{name}" in path.parts)


def said(item: Item, lang: str) -> str:
    """What there is to say of an item, with names in the place of links."""
    text = re.sub(r"{@link (\w+)}", r"`\1`", doc(item, lang))
    text = re.sub(r"``JulesError/(\w+)(?:\(.*?\))?``", r"`.\1`", text)
    return re.sub(r"``([^`]*)``", r"`\1`", text)


def cells(struct: str, lang: str, how: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for item in chosen(struct, lang, how):
        if item.inner == "RetryOptions":
            inner = cells("RetryOptions", lang)
            rows += [(f"`{item.name}.{name.strip('`')}`", text, value) for name, text, value in inner]
            continue
        text = said(item, lang)
        rows.append((f"`{option(item.name, lang)}`", without_default(text).rstrip("."), default(text)))
    return rows


def options_table(path: Path, indent: str, struct: str, *how: str) -> list[str]:
    """The options of a struct with their defaults."""
    return table([("option", "", "default"), *cells(struct, language(path), how)], language(path))


def words_table(path: Path, indent: str, enum: str) -> list[str]:
    """The words of an enum, and what each means."""
    lang = language(path)
    dot = "." if lang == "swift" else ""
    items = [item for item in words(enum) if lang not in item.absent]
    return table([("word", ""), *((f"`{dot}{item.word}`", said(item, lang)) for item in items)], lang)


def errors_table(path: Path, indent: str) -> list[str]:
    """What an error tells besides its kind and its message."""
    lang = language(path)
    items = [item for item in error_fields() if lang not in item.absent]
    return table([("field", ""), *((f"`{option(item.name, lang)}`", said(item, lang)) for item in items)], lang)


def table(rows: Sequence[tuple[str, ...]], lang: str) -> list[str]:
    """In Node's pages as biome wants it."""
    widths = [max(len(row[at]) for row in rows) if lang == "node" else 0 for at in range(len(rows[0]))]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in rows]
    lines = [line.replace("|  |", "| |") for line in lines]
    rule = f"| {' | '.join('-' * width for width in widths)} |" if lang == "node" else "|" + "---|" * len(widths)
    return [lines[0], rule, *lines[1:]]


def kinds(path: Path, indent: str) -> list[str]:
    """The errors of Swift, and when there is one."""
    items = [item for item in words("ErrorKind") if "swift" not in item.absent]
    return table([("error", ""), *((f"`.{item.word}`", said(item, "swift")) for item in items)], "swift")
