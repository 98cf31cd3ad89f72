"""Looks at the built site: links that lead nowhere, what would be fetched from elsewhere, pages that nobody finds."""

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
NO_LINK = re.compile(r"^(?:https?:|mailto:|data:|javascript:)")
STYLED = re.compile(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)")
# What makes a browser fetch something, besides what it is led to.
FETCHED = {("link", "href"), ("use", "href"), ("object", "data"), ("form", "action")}
DARK = re.compile(r'data-md-color-scheme="slate"')
# Made by the languages' own tools, which look at their own links, and not always there. What they fetch we look at.
REFERENCES = "reference/"


class Page(HTMLParser):
    """The ids of a page, its links, and what it fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        for name, value in given.items():
            if name in ("src", "srcset", "poster") or ((tag, name) in FETCHED and given.get("rel") != "canonical"):
                self.fetched.append(value)
            if name == "style":
                self.fetched += STYLED.findall(value)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.fetched += STYLED.findall(data)


def read(site: Path) -> dict[str, Page]:
    """The pages that are ours, by their place on the site."""
    return {name: Page(file.read_text()) for name, file in _files(site, "*.html", references=False)}


def _files(site: Path, pattern: str, *, references: bool) -> Iterator[tuple[str, Path]]:
    """Files of our pages, or of the references, by their place on the site."""
    for file in sorted(site.rglob(pattern)):
        if (name := file.relative_to(site).as_posix()).startswith(REFERENCES) == references:
            yield name, file


def dead(site: Path, pages: dict[str, Page]) -> Iterator[str]:
    """Links to pages, parts of pages or files that aren't there."""
    for name, page in pages.items():
        for target in page.links:
            path, _, part = unquote(target).partition("#")
            if NO_LINK.match(target) or ELSEWHERE.match(target):
                continue
            # The page for what isn't found is shown in any folder, so its links begin at the top.
            to = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            to = to.lstrip("/") if name == "404.html" else to
            to = posixpath.normpath(f"{to}/index.html") if (site / to).is_dir() else to
            if to.startswith(REFERENCES) and not (site / "/".join(to.split("/")[:2])).exists():
                continue
            if not (site / to).is_file():
                yield f"{name} links to {target}, which isn't there"
            elif part and to in pages and part not in pages[to].ids:
                yield f"{name} links to {target}, and {to} has no such part"


def foreign(site: Path, pages: dict[str, Page]) -> Iterator[str]:
    """What a browser would fetch from another place than the site."""
    for references in (False, True):
        # The references are many: one after the other.
        known = ((name, Page(file.read_text())) for name, file in _files(site, "*.html", references=True))
        for name, page in known if references else pages.items():
            yield from (f"{name} fetches {target}" for target in page.fetched if ELSEWHERE.match(target))
        for name, file in _files(site, "*.css", references=references):
            found = STYLED.findall(file.read_text())
            yield from (f"{name} fetches {target}" for target in found if ELSEWHERE.match(target))
    # For these the theme's own program fetches more: one that draws, and the repository's stars.
    for mark in ('class="mermaid"', 'data-md-component="source"'):
        yield from (f"{name} has {mark}" for name, page in pages.items() if mark in page.text)


def unlisted(pages: dict[str, Page], wanted: list[str]) -> Iterator[str]:
    """Pages that aren't there, or that the start page's navigation doesn't lead to."""
    for name in wanted:
        if name not in pages:
            yield f"{name} was not built"
        elif name not in pages["index.html"].links:
            yield f"{name} is not in the navigation"


def bright(pages: dict[str, Page]) -> Iterator[str]:
    """Pages without the dark colours."""
    yield from (f"{name} has no dark mode" for name, page in pages.items() if not DARK.search(page.text))
