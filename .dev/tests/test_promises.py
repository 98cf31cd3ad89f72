"""The pages of promises: each promise says what holds it, and whatever they name is there."""

import os
import re
import subprocess
import unittest
from pathlib import Path

import own_place  # noqa: F401, before the tools
from tasks import cli, faults  # noqa: F401, for all commands to be known
from tasks.registry import COMMANDS

REPO = Path(__file__).resolve().parents[2]
PAGES = ("core/RELIABILITY.md", "SECURITY.md")
# Where a test's name begins; anything else that begins so is in core/src.
CRATES = {"it": "core/tests/it", "processes": "tests/faults/tests/processes"}
CRATES |= {name: f"core/tests/{name}" for name in ("floors", "limits", "log", "patches")}
INSIDE = {"api", "engine", "fuzzing", "ground", "simulation", "store", "surface"}
TEST = re.compile(r"#\[(?:tokio::)?test\b")
NAME = re.compile(r"`([^`]+)`")


def files(place: Path) -> list[Path]:
    """A module's file, and those below it."""
    own = [path for path in (place.with_suffix(".rs"), place / "main.rs") if path.is_file()]
    return [*own, *sorted(place.rglob("*.rs"))] if place.is_dir() else own


def in_rust(name: str) -> bool:
    """Whether there is such a test, or a module with tests."""
    first, *rest = name.removesuffix("::").split("::")
    place = REPO / CRATES.get(first, f"core/src/{first}")
    while rest and files(place / rest[0]):
        place /= rest.pop(0)
    texts = [path.read_text() for path in files(place)]
    if not rest:
        return any(TEST.search(text) for text in texts)
    *modules, last = rest
    # What is left stands in the module's own file.
    own = [place.with_suffix(".rs"), place / "mod.rs", place / "main.rs"]
    text = next((path.read_text() for path in own if path.is_file()), "")
    for module in modules:
        _, _, text = text.partition(f"mod {module} {{")
    is_test = rf"{TEST.pattern}[^\]]*\](?:\s*(?:#\[[^\n]*|//[^\n]*)\n)*\s*(?:async )?fn {last}\b"
    is_module = rf"mod {last} {{.*{TEST.pattern}"
    return bool(re.search(is_test, text) or re.search(is_module, text, re.DOTALL))


def tracked() -> set[str]:
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    return set(subprocess.run(listed, cwd=REPO, capture_output=True, text=True, check=True).stdout.splitlines())


class Holder:
    """What a name in backticks stands for, and whether that is there."""

    def __init__(self) -> None:
        self.tracked = tracked()
        self.names = {os.path.basename(path) for path in self.tracked}
        self.made = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(), re.MULTILINE))

    def of(self, name: str) -> bool | None:
        """Nothing where the name is none of a test."""
        if "::" in name and name.split("::")[0] in {*CRATES, *INSIDE}:
            return in_rust(name)
        if re.fullmatch(r"test_\w+\.py|[\w-]+\.test\.mjs", name):
            return name in self.names
        if re.fullmatch(r"[A-Z]\w+Tests", name):
            return f"{name}.swift" in self.names
        if words := re.fullmatch(r"make ([a-z-]+)", name):
            return words[1] in self.made
        if name.startswith(".dev/run "):
            _, topic, *rest = name.split()
            known = {*faults.CAMPAIGNS, *faults.OTHERS} if topic == "faults" else set()
            return " ".join([topic, *rest]) in COMMANDS or (topic in COMMANDS and known >= set(rest))
        if re.match(r"(?:core|tests|bindings-\w+|\.dev)/", name):
            return (REPO / name).exists()
        return None


def promises(page: str) -> list[tuple[str, str]]:
    """Each promise of a page, with what holds it: the rows of its tables, first and last cell."""
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [(" | ".join(row[:-1]), row[-1]) for row in cells if row[-1] != "test"]


class Promises(unittest.TestCase):
    def setUp(self) -> None:
        self.holder = Holder()

    def test_each_is_held_by_a_test_that_is_there(self) -> None:
        for page in PAGES:
            text = (REPO / page).read_text()
            found = promises(text)
            self.assertGreater(len(found), 7, page)
            for promise, holders in found:
                with self.subTest(page=page, promise=promise):
                    known = [self.holder.of(name) for name in NAME.findall(holders)]
                    self.assertIn(True, known, "no test is named")
            for name in NAME.findall(text):
                with self.subTest(page=page, name=name):
                    self.assertIsNot(self.holder.of(name), False, f"{name} is not there")

    def test_a_test_that_is_gone_is_missed(self) -> None:
        for name in (
            "it::streaming::only_news_crosses_the_wire_no_more",
            "it::vanished",
            "store::sqlite::tests::gone",
            "store::sqlite::tests::faulty::gone",
            "ground::printable::tests::gone",
            # It is there, and is no test.
            "it::support::collect",
            "processes::shared::begin",
            "test_gone.py",
            "gone.test.mjs",
            "GoneTests",
            "make gone",
            ".dev/run faults gone",
            ".dev/run gone",
            "tests/gone",
        ):
            self.assertIs(self.holder.of(name), False, name)
        for name in (
            "it::streaming::only_news_crosses_the_wire",
            "ground::printable::tests::controls_are_shown_and_lines_stay",
            "processes::fleet",
            ".dev/run faults crashes",
            "MemoryTests",
        ):
            self.assertIs(self.holder.of(name), True, name)
        self.assertIsNone(self.holder.of("kill -9"))

    def test_a_promise_that_nothing_holds_is_seen(self) -> None:
        page = "| promise | test |\n|---|---|\n| a | b | `it::tls` |\n| c | | |\n"
        self.assertEqual(promises(page), [("a | b", "`it::tls`"), ("c | ", "")])
