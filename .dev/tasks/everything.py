"""All languages at once: what the Makefile calls."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tasks import (
    bench,
    conformance,
    faults,
    node,
    packages,
    postgres,
    python,
    readme,
    release_check,
    rust,
    site,
    surface,
    swift,
)
from tasks.lanes import side_by_side
from tasks.places import CI, REPO, TARGET
from tasks.process import Failed, StepFailed, Unavailable, Word, logged, run
from tasks.registry import command
from tasks.tally import Tally, Tests, part, summary


class Language(Protocol):
    """What there is of every language."""

    def setup(self) -> None: ...
    def build(self) -> object: ...
    def lint(self) -> None: ...
    def test(self, tally: Tally) -> None: ...
    def example(self, name: str) -> list[Word]: ...


LANGUAGES: dict[str, Language] = {"rust": rust, "python": python, "node": node, "swift": swift}


def set_up(**more: Callable[[], object]) -> dict[str, str]:
    """Installs the tools of every language, and more.

    Gives what can't be had here, with the reason: only Swift and PostgreSQL may be, and under CI nothing.
    """
    left_out = {}
    print("tools:", end="", flush=True)
    for name, setup in {**{name: each.setup for name, each in LANGUAGES.items()}, **more}.items():
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


# The longest first: two lanes end at the same time then.
PARTS: dict[str, Tests] = {
    "rust": rust.test,
    "conformance": lambda tally: conformance.conformance(tally, "--matrix", "spread"),
    "swift": swift.test,
    "python": python.test,
    "node": node.test,
    "postgres": postgres.test,
    "conformance-postgres": lambda tally: postgres.conformance(tally, "--languages", "rust"),
    "readme": readme.readme,
    "site": site.test,
    "faithful": node.faithful,
    "crashes": faults.crashes,
}


def _run(parts: dict[str, Tests]) -> None:
    done = []
    for name, tests in parts.items():
        print(f"\n── test: {name} ──", flush=True)
        done.append(part(name, tests))
    if not summary(done, {}):
        sys.exit(1)


@command("test", "everything that is tested, in every language, and one summary at the end")
def test() -> None:
    left_out = set_up(postgres=postgres.setup)
    build(left_out)
    parts = {name: PARTS[name] for name in PARTS if name.removeprefix("conformance-") not in left_out}
    if not summary(side_by_side(parts), left_out):
        sys.exit(1)


@command(
    "test-postgres",
    "the store's contract and all conformance cases on PostgreSQL, on versions 13 to 18 and behind PgBouncer",
)
def test_postgres() -> None:
    whole = {"postgres": postgres.test, "conformance-postgres": postgres.conformance}
    _run({**whole, "pooled": postgres.pooled, "versions": postgres.versions})


@command("test-packages", "the packages as they are released, installed and run wherever that can be tried here")
def test_packages() -> None:
    _run({"packages": packages.test, "node-packages": node.packages})


@command("demo", "builds, then runs one real session in each language against the emulator")
def demo() -> None:
    left_out = set_up()
    build(left_out)
    with rust.serving(5) as env, tempfile.TemporaryDirectory(prefix="cache.", dir=TARGET) as cache:
        for name, language in LANGUAGES.items():
            print(f"▶ {name} was skipped: {left_out[name]}" if name in left_out else "", flush=True)
            if name not in left_out:
                run("", *language.example("demo"), env={**env, "JULES_API_KEY": "any-key", "JULES_CACHE_DIR": cache})


@command("lint", "every language's own linters, all strict; the tables of the surface; these tools")
def lint() -> None:
    left_out = set_up()
    todo: dict[str, Callable[[], object]] = {
        **{name: language.lint for name, language in LANGUAGES.items() if name not in left_out},
        "surface": surface.check,
        "bench": bench.lint,
        "workflows": release_check.lint,
        "tools": lambda: run(Path(sys.executable), "-B", "-m", "unittest", "discover", "-s", REPO / ".dev/tests"),
    }
    bad = []
    for name, linters in todo.items():
        print(f"\n── lint: {name} ──", flush=True)
        try:
            with logged(f"lint-{name}"):
                linters()
        except Failed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            bad.append(name)
    if bad:
        raise Failed(f"failed: {' '.join(bad)}")
    print("lint: clean")
