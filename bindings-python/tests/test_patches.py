"""Change sets on a checkout: applied whole or not at all, and read with what is there."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import jules
import pytest
from test_values import PATCH


def changes(patch: str = PATCH) -> jules.ChangeSet:
    data: dict[str, Any] = {"type": "changeSet", "source": "", "gitPatch": {"unidiffPatch": patch}}
    made = jules.Artifact.from_dict(data)
    assert isinstance(made, jules.ChangeSet)
    return made


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    place = tmp_path / "checkout"
    place.mkdir()
    (place / "old.txt").write_text("x\n")
    return place


def test_a_change_set_is_applied_as_git_does(checkout: Path, tmp_path: Path) -> None:
    applied = changes().apply_to(checkout)
    assert [(file.path, file.change_type) for file in applied.files] == [
        ("new.txt", "created"),
        ("old.txt", "modified"),
    ]
    assert applied == changes().parsed()
    ours = {file.name: file.read_text() for file in checkout.iterdir()}
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "old.txt").write_text("x\n")
    subprocess.run(["git", "apply"], input=PATCH, text=True, cwd=theirs, check=True)
    assert ours == {file.name: file.read_text() for file in theirs.iterdir()}


@pytest.mark.parametrize("directory", [str, Path])
def test_a_directory_is_a_string_or_a_path(checkout: Path, directory: Any) -> None:
    assert changes().apply_to(directory(checkout)).summary.total_files == 2


def test_what_does_not_fit_changes_nothing_and_says_where(checkout: Path) -> None:
    (checkout / "old.txt").write_text("something else\n")
    with pytest.raises(jules.PatchError, match=r"old\.txt") as caught:
        changes().apply_to(checkout)
    assert (caught.value.file, caught.value.hunk, caught.value.kind) == ("old.txt", 1, "Patch")
    assert [file.name for file in checkout.iterdir()] == ["old.txt"]


def test_nothing_is_written_outside(checkout: Path) -> None:
    with pytest.raises(jules.PatchError) as caught:
        changes(PATCH.replace("new.txt", "../evil.txt")).apply_to(checkout)
    assert caught.value.file == "../evil.txt"
    assert not (checkout.parent / "evil.txt").exists()


def test_files_come_whole_with_a_directory(checkout: Path) -> None:
    (checkout / "old.txt").write_text("x\n")
    longer = "diff --git a/old.txt b/old.txt\n--- a/old.txt\n+++ b/old.txt\n@@ -1 +1,2 @@\n x\n+y\n"
    outcome = jules.Outcome.from_dict(
        {
            "sessionId": "1",
            "state": "completed",
            "outputs": [{"type": "changeSet", "changeSet": changes(longer).to_dict()}],
        }
    )
    for made in (outcome, changes(longer)):
        assert [file.content for file in made.generated_files()] == ["y\n"]
        assert [file.content for file in made.generated_files(directory=checkout)] == ["x\ny\n"]
    (checkout / "old.txt").write_text("other\n")
    with pytest.raises(jules.PatchError):
        outcome.generated_files(directory=checkout)


def test_modes_are_as_git_prints_them() -> None:
    created, modified = changes().parsed().files
    assert (created.old_mode, created.new_mode) == (None, "100644")
    assert (modified.old_mode, modified.new_mode) == (None, None)


@pytest.mark.parametrize("work", ["parsed", "generated_files"])
def test_a_large_patch_is_read_while_other_threads_run(work: str) -> None:
    large = changes("diff --git a/f b/f\n" * 200_000)
    gate, ran = threading.Lock(), []
    gate.acquire()

    def other() -> None:
        with gate:
            ran.append(True)

    thread = threading.Thread(target=other)
    thread.start()
    usual = sys.getswitchinterval()
    try:
        # From here on a thread runs only when the other lets it.
        sys.setswitchinterval(1000)
        gate.release()
        getattr(large, work)()
        meanwhile = list(ran)
    finally:
        sys.setswitchinterval(usual)
        thread.join()
    assert meanwhile == [True]
