"""The emulator as a program that needs no Rust: what its packages carry."""

import functools
from pathlib import Path

from tasks import portable
from tasks.registry import command


@command("emulator binary", "the emulator for a release: a program that runs on old systems too; prints where it is")
@functools.cache
def binary() -> Path:
    """Gives its path."""
    program = portable.build("jules-emulator", "jules-emulator")
    portable.check_all(program)
    return program
