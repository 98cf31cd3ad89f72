"""What a newcomer reads must be true."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tasks import node, python, rust, swift
from tasks.places import REPO, TARGET
from tasks.process import StepFailed, Unavailable, Word, output, say
from tasks.registry import command
from tasks.tally import Tally

EXAMPLES: dict[str, tuple[Callable[[str], list[Word]], str]] = {
    "rust": (rust.example, "examples/rust/src/bin/hello.rs"),
    "python": (python.example, "examples/python/hello.py"),
    "js": (node.example, "examples/node/hello.mjs"),
    "swift": (swift.example, "examples/swift/demo/Sources/hello/main.swift"),
}
OURS = re.compile(r"https://github\.com/jules-sdk/jules/(?:blob|tree)/main/")
# Pull requests are numbered: that is where the languages may differ.
EXPECTED = re.compile(
    r"planGenerated.*sessionCompleted\ncompleted https://github\.com/octocat/hello-world/pull$", re.DOTALL
)


def is_quoted(page: str, fence: str, example: str) -> bool:
    """An example begins with a word on itself; what follows is the page's first block in that language, exactly."""
    block = re.search(rf"^```{fence}\n(.+?)\n```$", page, re.DOTALL | re.MULTILINE)
    return block is not None and example.rstrip("\n").endswith(f"\n\n{block[1]}")


def dead_links(root: Path, pages: list[str]) -> Iterator[str]:
    """The links of these pages to files that aren't there."""
    for page in pages:
        for link in re.findall(r"\]\(([^) ]+)\)", (root / page).read_text()):
            target = link.partition("#")[0]
            # Pages that are published on their own name this repository's files by its address.
            path = root / OURS.sub("", target) if OURS.match(target) else (root / page).parent / target
            if target and (OURS.match(target) or ":" not in target) and not path.exists():
                yield f"{page} links to {target}"


@command(
    "readme",
    "the README's five lines are those of examples/*/hello, which run here against the emulator and see the same in "
    "every language; and no page of ours links to a file that isn't there",
)
def readme(tally: Tally) -> None:
    def verdict(good: bool, otherwise: str) -> None:
        tally.add(Tally(1) if good else Tally(0, [otherwise]))
        if not good:
            say(f"readme: FAILED: {otherwise}")

    expected = None
    with rust.serving(50) as env, tempfile.TemporaryDirectory(prefix="cache.", dir=TARGET) as cache:
        for fence, (example, path) in EXAMPLES.items():
            quoted = is_quoted((REPO / "README.md").read_text(), fence, (REPO / path).read_text())
            verdict(quoted, f"README.md and {path} differ")
            if fence == "rust":
                quoted = is_quoted((REPO / "core/README.md").read_text(), "rust,no_run", (REPO / path).read_text())
                verdict(quoted, f"core/README.md, which is the crate's, and {path} differ")
            try:
                said = output("", *example("hello"), env={**env, "JULES_API_KEY": "any-key", "JULES_CACHE_DIR": cache})
            except Unavailable as reason:
                tally.skipped.append(f"{path}: {reason}")
                continue
            except StepFailed as failure:
                verdict(False, f"{path} did not run: {failure}")
                continue
            seen = said.rpartition("/")[0]
            expected = expected or seen
            verdict(bool(EXPECTED.match(seen)) and seen == expected, f"{path} did not print what it should:\n{said}")
    dead = list(dead_links(REPO, output("git ls-files *.md").splitlines()))
    verdict(not dead, "\n".join(dead))
