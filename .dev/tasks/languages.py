"""All languages together: their tools and their builds."""

import time
from typing import Protocol

from tasks import node, postgres, python, rust, swift
from tasks.places import CI
from tasks.process import Failed, StepFailed, Unavailable, Word, logged
from tasks.tally import Tally


class Language(Protocol):
    """What there is of every language."""

    def setup(self) -> None: ...
    def build(self) -> object: ...
    def lint(self) -> None: ...
    def test(self, tally: Tally) -> None: ...
    def example(self, name: str) -> list[Word]: ...


LANGUAGES: dict[str, Language] = {"rust": rust, "python": python, "node": node, "swift": swift}


def set_up() -> dict[str, str]:
    """Installs the tools of every language, and PostgreSQL.

    Gives what can't be had here, with the reason: only Swift and PostgreSQL may be, and under CI nothing.
    """
    left_out = {}
    print("tools:", end="", flush=True)
    for name, setup in (*((name, each.setup) for name, each in LANGUAGES.items()), ("postgres", postgres.setup)):
        print(f" {name}", end="", flush=True)
        try:
            with logged(f"setup-{name}", quiet=True):
                setup()
        except Unavailable as reason:
            left_out[name] = str(reason)
            print(f" (skipped: {reason})", end="", flush=True)
            if CI:
                raise Failed("under CI nothing may be skipped") from reason
        except StepFailed as failure:
            raise Failed(f"{failure.output}\nthe tools for {name} could not be installed: {failure}") from failure
    print()
    return left_out


def build(left_out: dict[str, str]) -> None:
    """Builds every language; what the compilers say is kept in the logs and shown where one fails."""
    print("\n── build ──", flush=True)
    for name, language in LANGUAGES.items():
        started = time.monotonic()
        try:
            if name not in left_out:
                with logged(f"build-{name}", quiet=True):
                    language.build()
                print(f"{name} ({time.monotonic() - started:.0f} s)", flush=True)
        except StepFailed as failure:
            raise Failed(f"{failure.output}\n{name} could not be built: {failure}") from failure
