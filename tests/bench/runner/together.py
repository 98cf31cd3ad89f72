"""Contestants side by side: each against an emulator of its own, all started in the same moment."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from contestants import Contestant, Run
from emulator import Emulator

# Readies an emulator; gives the parameters of the task.
Prepare = Callable[[Emulator], dict[str, Any]]


class Side:
    """One contestant, its server, and in the end its answer."""

    def __init__(self, contestant: Contestant, emulator: Emulator, cache: Path) -> None:
        self.contestant = contestant
        self.emulator = emulator
        self.run = Run(contestant, cache)
        self.parameters: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.journal: list[dict[str, Any]] = []


def together(
    task: str, contestants: Sequence[Contestant], binary: Path, caches: Path, prepare: Prepare, *arguments: str
) -> list[Side]:
    """Runs one task by all of them at once. The emulators are still there afterwards: `stop` them."""
    sides = [
        Side(contestant, Emulator(binary, *arguments), caches / f"{task}-{number}")
        for number, contestant in enumerate(contestants)
    ]
    for side in sides:
        side.run.wait_until_ready()
    for side in sides:
        side.parameters = prepare(side.emulator)
        side.emulator.forget_journal()
        side.run.begin(task, side.emulator.url, **side.parameters)
    for side in sides:
        side.answer = side.run.answer()
        side.journal = side.emulator.journal()
    return sides


def stop(sides: Sequence[Side]) -> None:
    """Ends the servers."""
    for side in sides:
        side.emulator.stop()
