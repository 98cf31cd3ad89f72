"""What was tried where: systems, and a table with a row for each try, also for those that failed or were left out."""

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tasks.process import Failed, Unavailable, Word, output, run, say
from tasks.root import Root
from tasks.tally import Tally

HEAD = ("system", "with", "what was done", "result")


@dataclass(frozen=True)
class System:
    """A system: this machine, or a root."""

    root: Root | None = None

    @functools.cached_property
    def name(self) -> str:
        about = (self.root.place if self.root else Path("/")) / "etc/os-release"
        system = re.findall(r'^PRETTY_NAME="(.*)"$', about.read_text(), re.MULTILINE)[0]
        glibc = self.said("getconf", "GNU_LIBC_VERSION")
        return f"{system}, {glibc}{'' if self.root else ' (this machine)'}"

    def words(self, *words: Word, read_only: bool = False) -> list[Word]:
        return self.root.command(*words, read_only=read_only) if self.root else [*words]

    def said(self, *words: Word) -> str:
        return output("", *self.words(*words))


@dataclass
class Ledger:
    """What was tried, by rows of the table."""

    tally: Tally
    rows: list[tuple[str, ...]] = field(default_factory=list)

    @contextmanager
    def row(self, system: str, program: str, what: str) -> Iterator[None]:
        """A row, and whether what is done in the block went well; the others are tried all the same."""
        before = self.tally.ran
        try:
            yield
            self.tally.passed += self.tally.ran == before
            verdict = "works"
        except Unavailable as reason:
            self.tally.skipped.append(f"{system}, {program}: {reason}")
            verdict = f"left out: {reason}"
        except Failed as failure:
            say(f"{system}, {program}, {what}: {failure}")
            self.tally.failed.append(f"{system}, {program}: {what}")
            verdict = "FAILS"
        self.rows.append((system, program, what, verdict))

    def lacking(self, system: str, program: str, reason: str) -> None:
        """A row for what nobody has asked for here: said, and also under CI no failure."""
        self.rows.append((system, program, "nothing", f"left out: {reason}"))

    def refused(self, system: str, program: str, what: str, saying: str, command: list[Word]) -> None:
        """A row for what can't be, and says why."""
        with self.row(system, program, f"{what}: refused, saying why"):
            said = run("", "sh", "-c", '"$@" && echo IT WAS TAKEN; true', "sh", *command, quiet=True)
            if "IT WAS TAKEN" in said or not re.search(saying, re.sub(r"\s+", " ", said)):
                raise Failed(said)

    def table(self) -> str:
        wide = [max(len(row[column]) for row in (HEAD, *self.rows)) for column in range(len(HEAD))]
        rule = tuple("-" * each for each in wide)
        lines = (
            " | ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True))
            for row in (HEAD, rule, *self.rows)
        )
        return "\n".join(f"| {line} |" for line in lines)
