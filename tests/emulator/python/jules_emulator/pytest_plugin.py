"""The fixtures, which pytest finds by itself where this package is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import Emulator, start_emulator


@pytest.fixture(scope="session")
def jules_emulator_options() -> dict[str, Any]:
    """What `start_emulator` is called with: a fixture of this name in your conftest.py says otherwise."""
    return {}


@pytest.fixture(scope="session")
def jules_emulator_process(jules_emulator_options: dict[str, Any]) -> Iterator[Emulator]:
    """One emulator for the whole run."""
    with start_emulator(**jules_emulator_options) as emulator:
        yield emulator


@pytest.fixture
def jules_emulator(
    jules_emulator_process: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Emulator]:
    """An emulator as if it had just been started; clients without options find it, and a cache of the test's own."""
    jules_emulator_process.reset()
    for name, value in jules_emulator_process.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JULES_CACHE_DIR", str(tmp_path / "jules-cache"))
    _forget_client()
    yield jules_emulator_process
    _forget_client()


def _forget_client() -> None:
    """The client behind the functions of `jules` was made in another environment."""
    if jules := sys.modules.get("jules"):
        jules.configure()
