"""The tables of the surface, which are written from core into every language and page.

How they are written, and what is checked besides, is in .dev/surface.
"""

import sys
from pathlib import Path

from tasks.places import REPO
from tasks.process import run
from tasks.registry import command


@command("surface write", "writes every table, from core")
def write() -> None:
    _surface("write")


@command(
    "surface check", "fails where a table differs from core, a language or a page lacks something, or a word is wrong"
)
def check() -> None:
    _surface("check")


def _surface(verb: str) -> None:
    run(Path(sys.executable), "-B", REPO / ".dev/surface", verb)
