"""All languages together: their tools and their builds."""

import time
from typing import Protocol

from tasks import node, postgres, python, rust, swift
from tasks.places import CI
from tasks.process import Failed, StepFailed, Unavailable, Word, heading, logged
from tasks.tally import Tally


class Language(Protocol):
    """What there is of every language."""

    def setup(self) -> None: ...
    def build(self) -> object: ...
    def lint(self) -> None: ...
    def test(self, tally: Tally) -> None: ...
    def example(self, name: str) -> list[Word]: ...


LANGUAGES: dict[str, Language] = {"rust": rust, "python": python, "node": node, "swift": swift}


def set_up(*more: str, quiet: bool = False) -> dict[str, str]:
    """Installs the tools of every language, and PostgreSQL where it is named.

    Gives what can't be had here, with the reason: only Swift and PostgreSQL may be, and under CI nothing.
    """

    def show(text: str) -> None:
        if not quiet:
            print(text, end="", flush=True)

    left_out = {}
    show("tools:")
    for name in (*LANGUAGES, *more):
        show(f" {name}")
        with logged(f"setup-{name}", quiet=True):
            try:
                (postgres.setup if name == "postgres" else LANGUAGES[name].setup)()
            except Unavailable as reason:
                if CI:
                    raise Failed(f"{name} is not available: {reason}\nunder CI nothing may be skipped") from reason
                left_out[name] = str(reason)
                show(f" (skipped: {reason})")
            except StepFailed as failure:
                raise Failed(f"{failure.output}\nthe tools for {name} could not be installed: {failure}") from failure
    show("\n")
    return left_out


def build(left_out: dict[str, str]) -> None:
    """Builds every language; what the compilers say is kept in the logs and shown where one fails."""
    heading("build")
    for name, language in LANGUAGES.items():
        if name in left_out:
            continue
        started = time.monotonic()
        with logged(f"build-{name}", quiet=True):
            try:
                language.build()
            except StepFailed as failure:
                raise Failed(f"{failure.output}\n{name} could not be built: {failure}") from failure
        print(f"{name} ({time.monotonic() - started:.0f} s)", flush=True)
