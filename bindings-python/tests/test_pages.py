"""What TESTING.md shows runs, as it stands: the programs that need no emulator."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "TESTING.md"
PROGRAMS: list[str] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_page_has_programs() -> None:
    assert len([code for code in PROGRAMS if "assert" in code]) >= 2


@pytest.mark.parametrize("code", [code for code in PROGRAMS if "assert" in code])
def test_a_program_of_the_page_runs(code: str) -> None:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
