"""Counts tests, by what the tools write for programs."""

import dataclasses
import json
import re
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

from tasks.places import CI, REPO, TARGET
from tasks.process import Environment, Failed, StepFailed, Word, heading, logged, run, say

REPORTS = TARGET / "reports"
# libtest has nothing for programs that is stable; this line it prints for them that read it, one a test program.
LIBTEST = re.compile(r"^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; \d+ ignored; .*$", re.MULTILINE)


@dataclasses.dataclass
class Tally:
    """How many tests passed and failed; of those that were skipped, which and why."""

    passed: int = 0
    failed: int = 0
    skipped: list[str] = dataclasses.field(default_factory=list)

    def add(self, other: Self, what: str) -> None:
        """Adds what came of a step. One in which nothing ran is no success."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        if other.passed + other.failed == 0:
            raise Failed(f"{what} ran no test")

    def run(self, name: str, *command: Word, cwd: Path = REPO, env: Environment = None) -> None:
        """Runs a step that writes a report: `{report}` in its words is the path, as is JULES_TEST_REPORT."""
        REPORTS.mkdir(parents=True, exist_ok=True)
        report = REPORTS / name
        report.unlink(missing_ok=True)
        words = [str(word).replace("{report}", str(report)) for word in command]
        try:
            run(*words, cwd=cwd, env={**(env or {}), "JULES_TEST_REPORT": str(report)})
        except StepFailed:
            # Its failure is the one to tell of, whatever it has counted.
            if report.exists():
                self._add_failed(read(report))
            raise
        if not report.exists():
            raise Failed(f"{name} was not written: {' '.join(words)}")
        self.add(read(report), name)

    def cargo_test(self, *arguments: Word, env: Environment = None) -> None:
        """Runs `cargo test`. What that ignores runs elsewhere: with a server, or as a process that a test starts."""
        try:
            said = run("cargo", "test", *arguments, env=env)
        except StepFailed as failure:
            self._add_failed(libtest(failure.output))
            raise
        self.add(libtest(said), "cargo test")

    def _add_failed(self, other: Self) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def read(report: Path) -> Tally:
    """A report: JUnit's XML, or JSON with `passed`, `failed` and perhaps `skipped`, a list of reasons."""
    if report.suffix == ".xml":
        return junit(report.read_text())
    counted = json.loads(report.read_text())
    return Tally(counted["passed"], counted["failed"], counted.get("skipped", []))


def junit(xml: str) -> Tally:
    """Counts the cases of a JUnit report; a suite's own numbers differ from tool to tool."""
    tally = Tally()
    for case in ElementTree.fromstring(xml).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif skipped is not None:
            tally.skipped.append(f"{case.get('name')}: {skipped.get('message') or 'no reason given'}")
        else:
            tally.passed += 1
    return tally


def libtest(text: str) -> Tally:
    """Counts what Rust's test programs say in their last lines."""
    lines = [(int(passed), int(failed)) for passed, failed in LIBTEST.findall(text)]
    return Tally(sum(passed for passed, _ in lines), sum(failed for _, failed in lines))


Tests = Callable[..., object]


@dataclasses.dataclass
class Part:
    """A part of the tests: what came of it."""

    name: str
    tally: Tally = dataclasses.field(default_factory=Tally)
    seconds: float = 0
    log: Path = Path()
    good: bool = False

    def line(self) -> str:
        """It in one line."""
        tally = self.tally
        return (
            f"{self.name}: {tally.passed} passed, {tally.failed} failed, {len(tally.skipped)} skipped "
            f"({self.seconds:.0f} s)"
        )


def part(name: str, tests: Tests, *arguments: str, ci: bool = CI) -> Part:
    """Runs a part of the tests to its end, or to the step that fails."""
    done = Part(name)
    started = time.monotonic()
    with logged(name) as done.log:
        try:
            tests(done.tally, *arguments)
            done.tally.add(Tally(passed=0), name) if done.tally.passed + done.tally.failed == 0 else None
            done.good = done.tally.failed == 0
        except Failed as failure:
            say(f"{name}: {failure}")
        except Exception:  # a mistake of ours: the other parts are still worth their run
            say(f"{name}: {traceback.format_exc()}")
        for skipped in done.tally.skipped:
            say(f"{name}: skipped: {skipped}")
        if ci and done.tally.skipped:
            say(f"{name}: under CI nothing may be skipped")
            done.good = False
    # A part that failed without counting a failure must not look clean.
    if not done.good:
        done.tally.failed = max(done.tally.failed, 1)
    done.seconds = time.monotonic() - started
    return done


def summary(parts: list[Part], left_out: dict[str, str]) -> bool:
    """Prints what came of all parts; says whether all is well."""
    heading("summary")
    for each in parts:
        print(each.line())
    bad = [each for each in parts if not each.good]
    for each in bad:
        print(f"failed: {each.name}; its output is in {each.log}")
    for name, why in left_out.items():
        print(f"{name} was skipped: {why}")
    passed, failed = (sum(getattr(each.tally, field) for each in parts) for field in ("passed", "failed"))
    print(f"total: {passed} passed, {failed} failed, {sum(len(each.tally.skipped) for each in parts)} skipped")
    return not bad
