"""Counts tests, by what the tools write for programs."""

import contextlib
import dataclasses
import json
import re
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

from tasks.places import CI, REPO, REPORTS
from tasks.process import Environment, Failed, StepFailed, Word, current, logged, run, say, split

# libtest has nothing for programs that is stable; this line it prints for them that read it, one a test program.
LIBTEST = re.compile(r"^test result: (?:ok|FAILED)\. (\d+) passed; \d+ failed; \d+ ignored; .*$", re.MULTILINE)
# Ours beside it: libtest counts a test as passed that found out that it can't run here (`tests/processes/skip.rs`).
LIBTEST_SKIPPED = re.compile(r"^skipped: (.+)$", re.MULTILINE)
LAST_LINES = 20
# With `--quiet` a failure has dashes.
LIBTEST_FAILED = re.compile(r"^(?:test )?(.+) (?:\.\.\.|---) FAILED$", re.MULTILINE)
# What a failed test wrote, told again at the end of its program: up to an empty line and the next one's head.
LIBTEST_WROTE = re.compile(r"^---- (.+) stdout ----\n(.*?)(?=\n\n(?:----|failures:)|\Z)", re.MULTILINE | re.DOTALL)
LINES_OF_ONE = 8
# A program that ended without counting: a stack that overflowed, a signal.
LIBTEST_BROKEN = re.compile(r"^(thread .+ overflowed its stack|  process didn't exit .+ \(signal.+)$", re.MULTILINE)


@dataclasses.dataclass
class Tally:
    """How many tests passed; which failed; which were skipped, and why."""

    passed: int = 0
    failed: list[str] = dataclasses.field(default_factory=list)
    skipped: list[str] = dataclasses.field(default_factory=list)

    @property
    def ran(self) -> int:
        """How many were run to their end."""
        return self.passed + len(self.failed)

    def __str__(self) -> str:
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"

    def add(self, other: Self) -> None:
        """Adds what came of a step."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def run(self, name: str, *command: Word, cwd: Path = REPO, env: Environment = None) -> None:
        """Runs a step that writes a report: `{report}` in its words is the path, as is JULES_TEST_REPORT."""
        report = REPORTS / f"{current()}.{name}"
        report.unlink(missing_ok=True)
        words = ["", *(str(word).replace("{report}", str(report)) for word in split(*command))]
        env = {**(env or {}), "JULES_TEST_REPORT": str(report)}
        self._step(lambda _: read(report) if report.exists() else type(self)(), words, cwd, env)

    def cargo_test(self, *arguments: str, env: Environment = None) -> None:
        """Runs `cargo test`. What that ignores runs elsewhere: with a server, or as a process that a test starts."""
        self._step(libtest, ["cargo test", *arguments], REPO, env)

    def _step(self, count: Callable[[str], Self], words: list[str], cwd: Path, env: Environment) -> None:
        try:
            counted = count(run(*words, cwd=cwd, env=env))
        except StepFailed as failure:
            # What it has written may be torn.
            with contextlib.suppress(ValueError, ElementTree.ParseError):
                self.add(count(failure.output))
            raise
        self.add(counted)
        if counted.ran == 0:
            raise Failed(f"no test ran: {' '.join(words).strip()}")


def read(report: Path) -> Tally:
    """A report: JUnit's XML, Swift's events, or our JSON: `passed`, a number, and two lists, `failed` and `skipped`."""
    text = report.read_text()
    if report.suffix == ".json":
        return Tally(**json.loads(text))
    return events(text) if report.suffix == ".events" else junit(text)


def junit(xml: str) -> Tally:
    """Counts the cases of a JUnit report; a suite's own numbers differ from tool to tool."""
    tally = Tally()
    for case in ElementTree.fromstring(xml).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed.append(case.get("name") or "a test without a name")
        elif skipped is not None:
            tally.skipped.append(f"{case.get('name')}: {skipped.get('message') or 'no reason given'}")
        else:
            tally.passed += 1
    return tally


def events(stream: str) -> Tally:
    """Counts what has ended in Swift Testing's stream of events: functions, not the suites that they are in."""
    records = [json.loads(line) for line in stream.splitlines()]
    functions = {each["payload"].get("id") for each in records if each["payload"]["kind"] == "function"}
    tally = Tally()
    for event in (each["payload"] for each in records if each["payload"].get("testID") in functions):
        if event["kind"] == "testEnded":
            bad = any(message["symbol"] == "fail" for message in event["messages"])
            tally.add(Tally(0, [event["testID"]]) if bad else Tally(1))
        elif event["kind"] == "testSkipped":
            tally.skipped.append(" ".join(message["text"] for message in event["messages"]))
    return tally


def libtest(text: str) -> Tally:
    """Counts what Rust's test programs say in their last lines."""
    skipped = LIBTEST_SKIPPED.findall(text)
    wrote = dict(LIBTEST_WROTE.findall(text))
    failed = [_with(wrote.get(name, ""), name) for name in LIBTEST_FAILED.findall(text)]
    failed += [line.strip() for line in LIBTEST_BROKEN.findall(text)]
    return Tally(sum(map(int, LIBTEST.findall(text))) - len(skipped), failed, skipped)


def _with(wrote: str, name: str) -> str:
    """A failed test, and from its panic on what it wrote: the assertion that failed is in the first lines."""
    lines = [line for line in wrote[max(wrote.find("panicked at"), 0) :].splitlines() if line.strip()]
    return "\n    ".join([name, *lines[:LINES_OF_ONE]])


Tests = Callable[..., object]


@dataclasses.dataclass
class Part:
    """A part of the tests: what came of it."""

    name: str
    log: Path
    good: bool
    tally: Tally
    seconds: float

    def __str__(self) -> str:
        return f"{self.name}: {self.tally} ({self.seconds:.0f} s)"


def part(name: str, tests: Tests, *arguments: str, ci: bool = CI, quiet: bool = False) -> Part:
    """Runs a part of the tests to its end, or to the step that fails. A `quiet` one is heard in its log alone."""
    tally, wrong, started = Tally(), "", time.monotonic()
    with logged(name, quiet=quiet) as log:
        try:
            tests(tally, *arguments)
            if tally.ran == 0:
                wrong = "no test ran"
        except Failed as failure:
            wrong = str(failure)
        except Exception:  # a mistake of ours: the other parts are still worth their run
            wrong = traceback.format_exc()
        for skipped in tally.skipped:
            say(f"{name}: skipped: {skipped}")
        if ci and tally.skipped:
            wrong = wrong or "under CI nothing may be skipped"
        if wrong:
            say(f"{name}: {wrong}")
            # What failed without counting a failure must not look clean.
            tally.failed = tally.failed or [wrong]
    return Part(name, log, not tally.failed, tally, time.monotonic() - started)


def _how_it_ended(part: Part) -> list[str]:
    lines = part.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return [f"\nthe last lines of {part.name}:", *(f"  │ {line}" for line in lines)]


def summary(parts: list[Part], left_out: dict[str, str]) -> bool:
    """Prints what came of all parts; says whether all is well. What failed comes last, which is all that CI shows."""
    bad = [each for each in parts if not each.good]
    ends = [line for each in bad for line in _how_it_ended(each)]
    skipped = [f"{name} was skipped: {why}" for name, why in left_out.items()]
    failed = ["\n  ".join([f"failed: {each.name}; its output is in {each.log}", *each.tally.failed]) for each in bad]
    print(*ends, "\n── summary ──", *parts, *skipped, *failed, sep="\n")
    total = Tally()
    for each in parts:
        total.add(each.tally)
    print(f"total: {total}")
    return not bad
