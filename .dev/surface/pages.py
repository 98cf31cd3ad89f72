"""What is said of the surface in what people read: a name has to stand there as code, for prose says `list`, too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core import ROOT, Item, absent, error_fields, exported, has_methods, methods, options, words
from declared import files, names, shown
from text import option, snake

PAGES = {
    "python": ("bindings-python/README.md", "bindings-python/GUIDE.md", "bindings-python/TESTING.md"),
    "node": ("bindings-node/README.md", "bindings-node/GUIDE.md", "bindings-node/TESTING.md"),
    "swift": (
        "bindings-swift/README.md",
        "bindings-swift/GUIDE.md",
        "bindings-swift/TESTING.md",
        "bindings-swift/Sources/Jules/Jules.docc",
    ),
}
FOR_ALL = ("docs/many-machines.md",)
# Words that people write or branch on. Those of a limit, of a fault and the like are said where their field is.
SAID = ("SessionState", "TaskState", "Event", "ErrorKind")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def code(language: str) -> tuple[str, str]:
    """The programs on the pages of a language, and what is in backticks, a line each."""
    found = [path for name in (*PAGES[language], *FOR_ALL) for path in files(ROOT / name, ("*.md", "*.tutorial"))]
    text = "\n".join(path.read_text() for path in found)
    spans = re.findall(r"(`+)(.+?)\1", FENCE.sub("", text))
    return "\n".join(FENCE.findall(text)), "\n".join(span for _, span in spans)


def unsaid(language: str) -> Iterator[str]:
    programs, spans = code(language)
    where = ", ".join((*PAGES[language], *FOR_ALL))
    for what, spelt, called in expected(language):
        names = "|".join(spelt)
        # An operation is called with a dot, or named by itself: a type, a module or a variable may have its name, too.
        in_programs = rf"(?<=\.)(?:{names})\b" if called else rf"(?<!\w)(?:{names})\b"
        in_spans = rf"^(?:{names})(?:$|[(:])|[./](?:{names})\b" if called else in_programs
        if not re.search(in_programs, programs) and not re.search(in_spans, spans, re.MULTILINE):
            yield f"{language}: {what} is on no page ({where})"


def expected(language: str) -> Iterator[tuple[str, list[str], bool]]:
    """What pages have to have: what it is, how it may be written, and whether it is called."""
    for owner, kind in exported().items():
        if language in absent(owner):
            continue
        if kind == "options":
            for item in options(owner, language):
                yield f"{owner}'s {option(item.name, language)}", names(item, owner, language), False
        elif kind in ("value", "handle") and has_methods(owner) and owner != "Error":
            for item in methods(owner):
                if language not in item.absent:
                    yield f"{owner}'s {shown(names(item, owner, language))}", names(item, owner, language), True
    for enum in SAID:
        for item in words(enum):
            if language not in item.absent:
                yield f"{enum}'s {item.word}", spelt(enum, item, language), False
    for item in error_fields():
        if language not in item.absent:
            yield f"the error's field {option(item.name, language)}", [option(item.name, language)], False


def spelt(enum: str, item: Item, language: str) -> list[str]:
    if enum == "ErrorKind":
        return [f"{item.name}Error", rf"\.{item.word}"] if language == "swift" else [f"{item.name}Error"]
    if language != "python":
        return [item.word]
    kinds = [item.name] if enum == "Event" else [f"{enum}.{snake(item.word).upper()}"]
    return [item.word, snake(item.word), *kinds]
