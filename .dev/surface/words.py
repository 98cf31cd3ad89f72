"""The project's words: no text that a user can meet has one that CONTRIBUTING.md puts in its right column.

Such texts are documentation comments and string literals outside of tests, the pages and the examples. What may be
right elsewhere ("look", "mark", "room") isn't looked for; a pattern has to be wrong wherever it stands.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from core import ROOT

PLACES = ["core/src", "bindings-*", "docs", "examples", "*.md", ":!CONTRIBUTING.md", ":!.dev"]
KINDS = {".rs", ".py", ".pyi", ".ts", ".mts", ".mjs", ".swift", ".md"}
TESTS = re.compile(r"/tests?(/|\.rs$)|/Tests/|/suite/|/simulation/|/properties/|/scripts/|/conformance-driver/")
# Where a Rust file has its tests.
OWN_TESTS = re.compile(r"^#\[cfg\(test\)\]\nmod tests \{.*", re.MULTILINE | re.DOTALL)
# A line of documentation, or the texts in a line of code.
DOCUMENTATION = re.compile(r"^\s*(?://[/!]|// [a-z]+:|\*|/\*\*|#|\"\"\")")
TEXTS = re.compile(r"\"(?:[^\"\\]|\\.)* (?:[^\"\\]|\\.)*\"|'[^']* [^']*'|`[^`]* [^`]*`")

# What is not written, and what is in its place.
INSTEAD = {
    r"\blocal stores?\b": "local cache",
    r"\b(?:portions?|trails?|stillness|hold_stores)\b": "chunk, pages, pause_for_fork",
    r"\bsessions? (?:goes|go|going) on\b|\b(?:goes|go) on at the server\b": "keeps running on the server",
    r"(?<![Tt]here )\b(?:is|are|was) no (?!longer\b|more\b)": "is not a …, has no …",
    r"\bthere already\b|\bis not there\b|\bto the last one\b": "already exists, no such file",
    r"\bcan't be (?:\{|-?\d)": "must be …, got …",
    r"\bis asked for \"|\bwhich is no\b": "unknown …",
    r"\bshould be .{1,40} and is\b": "expected …, got …",
    r"\b[Pp]uts? (?:it|the session|a session) aside\b|\b[Tt]akes? it out again\b": "archives, unarchives",
    r"\b[Nn]obody is asked\b|\basks nobody\b": "no request is made",
    r"\bnot done within\b": "timed out after …",
    r"\bused up\b": "is reached",
    r"\bwhich is not followed\b|\bpointed to another place\b": "redirects are not followed",
    r"\b[Pp]ass one\b|\bby its option\b": "the option's name",
    r"\bnot the (?:JSON it should be|dict of an? )": "not valid JSON, not a valid … dict",
    r"\bfor who (?:has|is)\b|\bby whomever\b": "for those who",
}


def wrong() -> Iterator[str]:
    """The lines that have such a word."""
    patterns = [(re.compile(pattern), better) for pattern, better in INSTEAD.items()]
    given = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PLACES]
    names = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for path in (ROOT / name for name in names):
        if path.suffix not in KINDS or TESTS.search(str(path)) or not path.is_file():
            continue
        for number, line in enumerate(lines(path), 1):
            for pattern, better in patterns:
                if (found := pattern.search(line)) and met(line, found.start(), path):
                    yield f"{path.relative_to(ROOT)}:{number}: {found[0]!r}, write: {better}"


def lines(path: Path) -> list[str]:
    text = path.read_text()
    return (OWN_TESTS.sub("", text) if path.suffix == ".rs" else text).splitlines()


def met(line: str, at: int, path: Path) -> bool:
    """Whether a user meets what stands there."""
    if path.suffix == ".md" or DOCUMENTATION.match(line):
        return True
    # Python's documentation has no mark on its lines.
    inside = any(text.start() <= at < text.end() for text in TEXTS.finditer(line))
    return inside or (path.suffix in {".py", ".pyi"} and not re.search(r"[=()\[\]]|^\s*(?:if|for|return)\b", line))
