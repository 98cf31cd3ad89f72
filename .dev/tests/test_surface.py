"""The check for drift between languages: whatever is taken out of one language, or off its pages, it names."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[2]
READ = (".dev/surface", "core/src/*.rs", *(f"bindings-*.{kind}" for kind in ("py", "pyi", "ts", "swift", "rs")), "*.md")

PYTHON = "bindings-python/python/jules"
NODE = "bindings-node/ts"
SWIFT = "bindings-swift/Sources/Jules"


class Loss(NamedTuple):
    """What is taken out where, and what the check has to say."""

    place: str
    taken: str
    said: str
    put: str = ""


def renamed(place: str, name: str, said: str) -> Loss:
    return Loss(place, name, said, "renamed")


IN_CODE = (
    # An operation, in both forms of Python.
    renamed(f"{PYTHON}/_queue.py", r"(?<=def )pause\b", "python: AsyncQueue has no pause"),
    renamed(f"{PYTHON}/_blocking/_queue.py", r"(?<=def )pause\b", "python: Queue has no pause"),
    renamed(f"{NODE}/queue.ts", r"(?<=async )pause\b", "node: Queue has no pause"),
    renamed(f"{NODE}/task.ts", r"^  session(?=\(\))", "node: Task has no session"),
    renamed(f"{NODE}/lists.ts", r"^  get(?=\()", "node: Jules has no get (core's Jules::source)"),
    renamed(f"{SWIFT}/Batch.swift", r"(?<=func )outcomes\b", "swift: Batch has no outcomes"),
    # A field of a value, declared there, in what it extends, or in a part of a union.
    Loss(f"{SWIFT}/Values/QueueTask.swift", r"^  public let attempts.*\n", "swift: QueueTask has no attempts"),
    Loss(f"{SWIFT}/Values/Snapshot.swift", r"^  public var pullRequest.*\n", "swift: Snapshot has no pullRequest"),
    Loss(f"{SWIFT}/QueueWork.swift", r"^    public let result.*\n", "swift: QueueWork.Finished has no result"),
    Loss(f"{NODE}/values/source.ts", r"^  readonly defaultBranch.*\n", "node: GitHubRepo has no defaultBranch"),
    Loss(f"{NODE}/values/source.ts", r"readonly type: '\w+'; ", "node: Source has no type (core's Source::kind)"),
    renamed(f"{PYTHON}/_native.pyi", r"(?<=def )priority\b", "python: AsyncTask has no priority"),
    renamed(f"{PYTHON}/_native.pyi", r"(?<=def )failed_commands\b", "python: Insights has no failed_commands"),
    Loss(f"{SWIFT}/Values/Timeline.swift", r"^  public let summary.*\n", "swift: TimelineEntry has no summary"),
    # What a value can be asked for.
    renamed(f"{NODE}/values/snapshot.ts", r"^  toMarkdown\b(?=\(\))", "node: Snapshot has no toMarkdown"),
    renamed(f"{PYTHON}/_native.pyi", r"(?<=def )to_url\b", "python: Media has no to_url"),
    # A type.
    renamed(f"{NODE}/values/task.ts", r"(?<=interface )Conflict\b", "node has no Conflict"),
    # An option that stands by hand: as an argument, or in an interface.
    Loss(f"{SWIFT}/Session.swift", r"\bafter: ", "swift: stream has no after", "behind: "),
    Loss(f"{NODE}/options.ts", r"^  exclude\?.*\n", "node: HistoryOptions has no exclude"),
    # A word, by hand and in a table; a table with other words, and one that is gone.
    Loss(f"{SWIFT}/Values/QueueTask.swift", r"^    case needsPerson\n", "swift: QueueTask.State has no needsPerson"),
    Loss(f"{NODE}/values/session-info.ts", r" \| 'paused'|^  \| 'paused'\n", "session-info.ts differs from core"),
    Loss(f"{PYTHON}/_words.py", r"^    # surface: members ChangeType\n", "no table `surface: members ChangeType`"),
    Loss("bindings-swift/GUIDE.md", r"^.*surface: words_table Event.*\n", "no table `surface: words_table Event`"),
    # What core says a language does without is what isn't asked for, and nothing else is.
    Loss("core/src/surface/run.rs", r"^ *// not swift: `session`.*\n", "swift: Run has no sessionID"),
)
ON_PAGES = (
    ("node", "retryFailed", "node: RunConfig's retryFailed"),
    ("node", "waitForSlot", "node: RunConfig's waitForSlot"),
    ("node", "stallTimeoutMs", "node: RunConfig's stallTimeoutMs"),
    ("node", "awaitingPlanApproval", "node: SessionState's awaitingPlanApproval"),
    ("swift", "retryAfter", "swift: the error's field retryAfter"),
    ("node", "baseUrl", "node: ClientOptions's baseUrl"),
    ("python", "stop_on_error", "python: AllOptions's stop_on_error"),
    ("swift", "perDay", "swift: QueueOptions's perDay"),
    ("python", "exclude_originator", "python: StreamOptions's exclude_originator"),
    ("node", "planApproved", "node: Event's planApproved"),
    ("swift", "needsPerson", "swift: TaskState's needsPerson"),
    ("python", "PatchError", "python: ErrorKind's patch"),
    ("python", "waiting_for_person", "python: Queue's waiting_for_person"),
    ("swift", "generatedFiles", "swift: Outcome's generatedFiles"),
)
# Words of every day, which stand on pages as prose, too.
AS_CODE = (("python", "list", "python: Activities's list"), ("node", "get", "node: Activities's get"))
# A text that says it in words that the project doesn't use: where, in whose place, and what is to be named.
WORDS = (
    (
        "core/src/ground/query/parse.rs",
        r"(?<=\{key\} )must be a whole number ≥ 0, got (?=\{value\})",
        "can't be ",
        "must be",
    ),
    (
        "core/src/surface/client.rs",
        r"^    /// What is in the local cache",
        "    /// What is in the local store",
        "local cache",
    ),
    (f"{PYTHON}/_frozen.py", r"can't be deleted: a", "is no field: a", "is not a"),
    (f"{NODE}/session.ts", r"^  /\*\* Archives", "  /** Puts it aside; archives", "archives"),
    (f"{SWIFT}/Query/QueryParts.swift", r"search is not a field", "search is no field", "is not a"),
    ("README.md", r"^## Features", "## What goes on\n\nThe session goes on.\n\n## Features", "keeps running"),
    ("bindings-python/GUIDE.md", r"\A", "Nobody is asked.\n", "no request is made"),
)


class SurfaceTest(unittest.TestCase):
    def setUp(self) -> None:
        """A copy of what the check reads."""
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.copy = Path(place.name)
        given = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *READ)
        listed = subprocess.run(given, cwd=REPO, capture_output=True, text=True, check=True).stdout.splitlines()
        for name in listed:
            if (REPO / name).is_file():
                (self.copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(REPO / name, self.copy / name)
        subprocess.run(("git", "init", "--quiet"), cwd=self.copy, check=True)

    def check(self) -> tuple[int, str]:
        given = (sys.executable, ".dev/surface", "check")
        done = subprocess.run(given, cwd=self.copy, capture_output=True, text=True, check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stdout

    def take(self, name: str, taken: str, put: str = "") -> None:
        path = self.copy / name
        before = path.read_text()
        after = re.sub(taken, put, before, flags=re.MULTILINE)
        self.assertNotEqual(before, after, f"{taken} isn't in {name}")
        path.write_text(after)

    def pages(self, language: str) -> list[Path]:
        return [*(self.copy / f"bindings-{language}").rglob("*.md"), *(self.copy / "docs").glob("*.md")]

    def take_from_pages(self, language: str, pattern: str, put: str) -> None:
        for path in self.pages(language):
            path.write_text(re.sub(pattern, put, path.read_text()))

    def test_what_is_missing_is_named(self) -> None:
        # Nothing is missing yet. What follows is taken out together, for speed: each has a line of its own.
        self.assertEqual(self.check(), (0, ""))
        for loss in IN_CODE:
            self.take(loss.place, loss.taken, loss.put)
        for language, name, _ in ON_PAGES:
            self.take_from_pages(language, rf"\b{name}\b", "gone")
        for language, name, _ in AS_CODE:
            self.take_from_pages(language, rf"\b{name}\b(?=\()|(?<=[.`/]){name}\b", "gone")
            with (self.copy / f"bindings-{language}/README.md").open("a") as page:
                page.write(f"\nIn a sentence, {name} is no name.\n")
        code, said = self.check()
        self.assertEqual(code, 1)
        lines = said.splitlines()
        for one in (*(loss.said for loss in IN_CODE), *(f"{said} is on no page" for _, _, said in ON_PAGES + AS_CODE)):
            with self.subTest(one):
                self.assertTrue(any(one in line for line in lines), f"{one!r} isn't in:\n{said}")

    def test_a_word_that_is_not_ours_is_named(self) -> None:
        for place, taken, put, _ in WORDS:
            self.take(place, taken, put)
        self.take("core/src/ground/query/fold.rs", r"^mod tests \{", "mod tests {\n    /// Nobody is asked.")
        self.take("core/src/ground/query/fold.rs", r"^    text\.chars", "    // Nobody is asked.\n    text.chars")
        code, said = self.check()
        self.assertEqual(code, 1)
        for place, _, _, word in WORDS:
            with self.subTest(place):
                self.assertRegex(said, rf"(?m)^surface: {re.escape(place)}:\d+: .*{word}")
        # Only what users meet: not code, not a plain comment, not a test of the file's own.
        self.assertNotIn("core/src/ground/query/fold.rs", said)


if __name__ == "__main__":
    unittest.main()
