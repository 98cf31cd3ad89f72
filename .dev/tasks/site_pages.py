"""Makes the site's pages of the repository's Markdown, which is written once, to be read in the repository too.

The navigation in `.dev/site/mkdocs.yml` names files by their paths in the repository. Here they get their addresses on
the site, links between them become links between pages, links to what isn't a page lead to the repository, and what
only a site has is put in: the same program in several languages becomes tabs.
"""

import posixpath
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tasks import site_bench
from tasks.places import REPO

SITE = REPO / ".dev/site"
ADDRESS = "https://github.com/jules-sdk/jules/blob/main/"
LANGUAGES = {"rust": "Rust", "python": "Python", "js": "Node", "swift": "Swift"}

OURS = re.compile(r"https://github\.com/jules-sdk/jules/(?:blob|tree)/main/")
NAMED = re.compile(r"(?<=: )\S+\.md$", re.MULTILINE)
LINK = re.compile(r"(?<=\]\()[^)\s]+")
DRAWING = re.compile(r"^!\[[^\]]*\]\((\S+\.svg)\)$", re.MULTILINE)
FENCE = re.compile(r"^```(\w+)(?:,\w+)*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCES = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
# Programs and nothing else between them: the same in several languages.
SAME = re.compile(r"(?:^```\w+\n(?:(?!```).*\n)*```\n\n?){2,}", re.MULTILINE)
FIVE_LINES = "<!-- the README's five lines -->\n"
SECTION = re.compile(r"<!-- the README's section: (.+?) -->")


def address(path: str) -> str:
    """Where among the site's pages a file of the repository is."""
    return re.sub(r"^(?:docs/|bindings-|tests/)", "", path.lower()).replace("readme.md", "index.md")


def listed() -> list[str]:
    """The files of the navigation."""
    return NAMED.findall((SITE / "mkdocs.yml").read_text())


def stage(place: Path) -> Path:
    """Lays out the pages and their configuration; gives that."""
    shutil.rmtree(place, ignore_errors=True)
    pages = {path: address(path) for path in listed()}
    for path, page in pages.items():
        (file := place / "pages" / page).parent.mkdir(parents=True, exist_ok=True)
        file.write_text(rendered((REPO / path).read_text(), path, pages))
    shutil.copy(SITE / "site.css", place / "pages")
    (place / "mkdocs.yml").write_text(NAMED.sub(lambda match: pages[match[0]], (SITE / "mkdocs.yml").read_text()))
    return place / "mkdocs.yml"


def rendered(text: str, path: str, pages: dict[str, str]) -> str:
    """A file's text as its page's."""
    readme = (REPO / "README.md").read_text()
    text = text.replace(FIVE_LINES, five_lines(readme))
    text = site_bench.filled(text)
    text = SECTION.sub(lambda match: relinked(section(readme, match[1]), "README.md", path), text)
    text = DRAWING.sub(lambda match: drawing((REPO / path).parent / match[1]), text)
    # Marks for programs.
    text = re.sub(r"^<!--.*?-->$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = linked(text, lambda target: link(target, path, pages))
    return SAME.sub(lambda match: tabs(match[0]), FENCE.sub(fence, text))


def linked(text: str, new: Callable[[str], str]) -> str:
    """The text with other targets of its links."""
    parts = FENCES.split(text)
    parts[::2] = [LINK.sub(lambda match: new(match[0]), part) for part in parts[::2]]
    return "".join(parts)


def relinked(text: str, here: str, there: str) -> str:
    """A text of one file as it is in another."""
    up = posixpath.relpath(posixpath.dirname(here) or ".", posixpath.dirname(there) or ".")
    return linked(text, lambda target: target if ":" in target else posixpath.normpath(posixpath.join(up, target)))


def section(page: str, heading: str) -> str:
    """What stands below a heading."""
    [found] = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return str(found).strip()


def five_lines(readme: str) -> str:
    """Its first program in each language."""
    first = dict(reversed(FENCE.findall(readme)))
    return "\n".join(f"```{language}\n{first[language]}```\n" for language in LANGUAGES)


def drawing(file: Path) -> str:
    """It stands in the page itself, for it takes the page's colours."""
    lines = (line.strip() for line in file.read_text().splitlines())
    return f'<figure class="drawing">{" ".join(lines)}</figure>'


def link(target: str, path: str, pages: dict[str, str]) -> str:
    """A link of this file's as one of its page's."""
    whole = OURS.match(target)
    if not whole and (":" in target or target.startswith("#")):
        return target
    named, hash_, part = OURS.sub("", target).partition("#")
    file = posixpath.normpath(named if whole else posixpath.join(posixpath.dirname(path), named))
    if page := pages.get(file) or pages.get(f"{file}/README.md") or pages.get(f"{file}/index.md"):
        return posixpath.relpath(page, posixpath.dirname(pages[path]) or ".") + hash_ + part
    return f"{ADDRESS}{file}{hash_}{part}" if (REPO / file).exists() else target


def fence(match: re.Match[str]) -> str:
    """A program without what stands there for the compiler alone."""
    language, code = match.groups()
    if language == "rust":
        code = re.sub(r"^#(?: .*)?\n", "", code, flags=re.MULTILINE)
    return f"```{language}\n{code}```"


def tabs(fences: str) -> str:
    """Programs in different languages as tabs; others as they are."""
    found = dict(FENCE.findall(fences))
    if len(found) < len(FENCE.findall(fences)) or not found.keys() <= LANGUAGES.keys():
        return fences
    shown = []
    for language in (each for each in LANGUAGES if each in found):
        lines = f"```{language}\n{found[language]}```".splitlines()
        shown += [f'=== "{LANGUAGES[language]}"', "", *(f"    {line}".rstrip() for line in lines), ""]
    return "\n".join([*shown, ""])
