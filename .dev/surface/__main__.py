"""Writes the tables of the surface into the languages, and sees that nothing of it is missing anywhere.

    .dev/run surface write   writes every table, from core
    .dev/run surface check   fails where a file differs from what would be written, a language lacks something, or a
                             text has a word that isn't ours

A table stands in its file between two comments, `surface: KIND ARGUMENTS` and `surface: end`. What is between them is
written by a function of that name, in `node.py`, `python.py`, `swift.py`, `rust.py` or `markdown.py`; what is outside
is by hand.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
from pathlib import Path

import drift
import markdown
import node
import rust
import swift
import words
from core import ROOT

import python

WRITERS = {".py": python, ".ts": node, ".swift": swift, ".rs": rust, ".mjs": node, ".md": markdown}
REGION = re.compile(r"^( *)(?:#|//|<!--) surface: (?!end\b)(\w+)((?: (?!-->)\S+)*)(?: -->)?$")
END = re.compile(r"^ *(?:#|//|<!--) surface: end(?: -->)?$")


def marked() -> list[Path]:
    """The files that have tables."""
    pattern = r"^ *(#|//|<!--) surface: end"
    given = ["git", "grep", "--untracked", "-lE", pattern, "--", "bindings-*", "core", "tests/conformance", "*.md"]
    found = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    return [ROOT / name for name in found]


def written(path: Path) -> str:
    """The file with its tables as they should be."""
    writer = WRITERS[path.suffix]
    lines: list[str] = []
    rest = iter(enumerate(path.read_text().splitlines(), 1))
    for number, line in rest:
        lines.append(line)
        if not (match := REGION.match(line)):
            continue
        indent, kind, arguments = match.groups()
        where = f"{path.relative_to(ROOT)}:{number}"
        if not (write := getattr(writer, kind, None)):
            sys.exit(f"{where}: no table is called {kind!r} in {writer.__name__}.py")
        drift.note(path, kind, arguments.strip())
        lines += write(path, indent, *arguments.split())
        for _, line in rest:
            if END.match(line):
                break
        else:
            sys.exit(f"{where}: the table has no end")
        lines.append(line)
    text = "\n".join(lines) + "\n"
    return writer.documented(text) if writer in (python, swift) else text


def main() -> None:
    verb = sys.argv[1] if len(sys.argv) == 2 else ""
    if verb not in ("write", "check"):
        sys.exit(__doc__)
    differing = []
    for path in marked():
        before, after = path.read_text(), written(path)
        if before == after:
            continue
        name = str(path.relative_to(ROOT))
        differing.append(name)
        if verb == "write":
            path.write_text(after)
        else:
            sys.stdout.writelines(
                difflib.unified_diff(before.splitlines(True), after.splitlines(True), name, f"{name}, from core")
            )
    for name in differing:
        print(f"surface: {name} {'written' if verb == 'write' else 'differs from core'}")
    missing = [*drift.missing(), *words.wrong()] if verb == "check" else []
    for line in missing:
        print(f"surface: {line}")
    if verb == "check" and differing:
        sys.exit("surface: write it with `.dev/run surface write`, look at it, and commit it")
    if missing:
        sys.exit(1)


main()
