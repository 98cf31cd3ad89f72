"""HTML that can't be broken out of: every text is escaped, but for what these functions made themselves."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Html", "badge", "block", "card", "cut", "fold", "join", "link", "rows", "tag"]

LONGEST_TEXT = 4000
_VOID = {"img"}
_MUTED = "opacity:.65"
_COLOURS = {
    "completed": "46,160,67",
    "created": "46,160,67",
    "failed": "218,54,51",
    "deleted": "218,54,51",
    "awaitingPlanApproval": "210,153,34",
    "awaitingUserFeedback": "210,153,34",
    "paused": "210,153,34",
}
_OTHER_COLOUR = "56,139,253"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Html:
    """One element. Children and attributes are escaped, unless they are `Html`."""
    given = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """Parts, one after the other."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in parts))


def cut(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text, or as much of it as a page can bear."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest} more characters)"


def link(url: str, text: str) -> Html:
    """A link, where the address is one of the web; else the text alone, for an agent may write any address."""
    if not url.startswith(("https://", "http://")):
        return join([text or url])
    return tag("a", text or url, href=url, target="_blank", rel="noopener noreferrer")


def badge(word: str) -> Html:
    """A state or a sort of change, coloured."""
    colour = _COLOURS.get(word, _OTHER_COLOUR)
    style = f"background:rgba({colour},.15);color:rgb({colour});border-radius:1em;padding:.1em .7em;font-size:85%"
    return tag("span", word, style=style)


def block(text: str) -> Html:
    """Text whose lines and blanks count."""
    style = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:.3em 0;font-size:90%"
    return tag("pre", cut(text), style=style)


def rows(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names and what they stand for; pairs with nothing to say are left out."""
    style = "display:grid;grid-template-columns:max-content auto;gap:.1em 1em;margin:.3em 0"
    cells = [
        join([tag("div", name, style=_MUTED), tag("div", value, style="overflow-wrap:anywhere")])
        for name, value in pairs
        if value
    ]
    return tag("div", *cells, style=style) if cells else Html()


def fold(summary: str, inside: Html, *, is_open: bool = False) -> Html:
    """Something that opens at a click."""
    attributes = {"open": ""} if is_open else {}
    return tag("details", tag("summary", summary, style="cursor:pointer"), inside, style="margin:.3em 0", **attributes)


def card(title: str, *inside: str, aside: str = "", mark: str = "") -> Html:
    """A value: its title in bold, a badge beside it, and a muted word."""
    muted = tag("span", aside, style=_MUTED) if aside else Html()
    heading = [part for part in (tag("b", title), Html(mark), muted) if part]
    return tag(
        "div",
        tag("div", *[join([part, " "]) for part in heading]),
        *inside,
        style="border-left:3px solid rgba(128,128,128,.4);padding:.2em 0 .2em .8em;margin:.3em 0;max-width:60em",
    )
