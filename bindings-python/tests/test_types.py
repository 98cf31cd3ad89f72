"""What type checkers see: right programs pass, wrong ones don't, in mypy and in pyright."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TYPES = Path(__file__).parent / "types"
BINDING = Path(__file__).parents[1]


def mypy(file: str) -> set[int]:
    """The lines that mypy complains about."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--output=json", str(TYPES / file)]
    done = subprocess.run(command, cwd=BINDING, capture_output=True, text=True, timeout=300)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == ""
    return {one["line"] for one in found if one["severity"] == "error"}


def pyright(file: str) -> set[int]:
    """The lines that pyright complains about."""
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(TYPES / file)]
    done = subprocess.run(command, cwd=BINDING, capture_output=True, text=True, timeout=300)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_right_program_passes(checker: type) -> None:
    assert checker("right.py") == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_every_mistake_is_found(checker: type) -> None:
    text = (TYPES / "wrong.py").read_text().splitlines()
    assert checker("wrong.py") == {number for number, line in enumerate(text, 1) if line.endswith("# wrong")}
