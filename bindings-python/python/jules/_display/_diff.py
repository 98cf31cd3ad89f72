"""A patch in colours, file by file, as far as a page can bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._html import Html, badge, cut, fold, join, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._native import ChangeSet, FileChange, GeneratedFile

__all__ = ["changes", "files"]

MOST_LINES = 400
LONGEST_LINE = 1000
SHORT = 60
_COLOURS = {"+": "background:rgba(46,160,67,.15)", "-": "background:rgba(218,54,51,.15)", "@": "opacity:.65"}
_HEADINGS = ("diff ", "index ", "--- ", "+++ ", "new file", "deleted file", "rename ", "similarity ", "old mode")


def changes(change_set: ChangeSet) -> Html:
    """The files that change, and how."""
    parsed = change_set.parsed()
    patch = change_set.git_patch
    lines = patch.unidiff_patch.splitlines()
    return join(
        [
            patch.suggested_commit_message and tag("div", cut(patch.suggested_commit_message)),
            files(parsed.files),
            fold(f"{len(lines)} lines of patch", _patch(lines), is_open=len(lines) <= SHORT) if lines else "",
        ]
    )


def files(touched: Iterable[FileChange | GeneratedFile]) -> Html:
    """One line a file: what happened to it, and how many lines."""
    listed = list(touched)
    shown = [
        tag(
            "div",
            badge(file.change_type),
            " ",
            tag("code", cut(file.path, LONGEST_LINE)),
            f" +{file.additions} −{file.deletions}",
        )
        for file in listed[:MOST_LINES]
    ]
    return join([*shown, _rest(len(listed), "files")])


def _patch(lines: list[str]) -> Html:
    coloured = [tag("span", cut(line, LONGEST_LINE) or " ", style=_style(line)) for line in lines[:MOST_LINES]]
    style = "font-family:monospace;margin:.3em 0;overflow-x:auto;font-size:85%;line-height:1.4"
    return join([tag("pre", *coloured, style=style), _rest(len(lines), "lines")])


def _style(line: str) -> str:
    # Headings are looked at first: `--- a/file` removes nothing.
    colour = "font-weight:bold" if line.startswith(_HEADINGS) else _COLOURS.get(line[:1], "")
    return f"display:block;{colour}"


def _rest(count: int, what: str) -> Html:
    return tag("div", f"… and {count - MOST_LINES} more {what}", style="opacity:.65") if count > MOST_LINES else Html()
