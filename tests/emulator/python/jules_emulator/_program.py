"""Where the program is: installers put it among the scripts, in a folder that depends on how they were called."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from ._errors import EmulatorError

_FILE = "jules-emulator" + (sysconfig.get_config_var("EXE") or "")


def _folders() -> Iterator[Path]:
    yield Path(sysconfig.get_path("scripts"))
    # `pip install --user`.
    yield Path(sysconfig.get_path("scripts", scheme=sysconfig.get_preferred_scheme("user")))
    # `pip install --target`, and environments that are laid over others.
    package = Path(__file__).resolve().parent
    yield package.parent / "bin"
    yield package.parents[2] / ("Scripts" if os.name == "nt" else "bin")


def program() -> Path:
    """The path of the program: what JULES_EMULATOR_BIN names, else the one that came with this package.

    Raises:
        EmulatorError: there is none.
    """
    if named := os.environ.get("JULES_EMULATOR_BIN"):
        return Path(named)
    for folder in _folders():
        if (file := folder / _FILE).is_file():
            return file
    if found := shutil.which("jules-emulator"):
        return Path(found)
    raise EmulatorError(
        f"cannot find the program {_FILE}: it is not among the scripts of {sys.prefix}. "
        "Install jules-emulator again, or let JULES_EMULATOR_BIN name the program."
    )
