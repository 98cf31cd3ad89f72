"""What makes a function a command: its words, the arguments that the help shows, and what it says of them."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Task = TypeVar("Task", bound=Callable[..., Any])


@dataclass(frozen=True)
class Command:
    """A function that `.dev/run` calls. Its arguments are the words behind the command's own."""

    words: str
    shown: str
    about: str
    task: Callable[..., Any]

    @property
    def counts(self) -> bool:
        """Whether it counts tests: then a tally comes before its arguments."""
        return "tally" in inspect.signature(self.task).parameters

    def takes(self, arguments: list[str]) -> bool:
        try:
            inspect.signature(self.task).bind(*([None] if self.counts else []), *arguments)
        except TypeError:
            return False
        return True


# By their words, in the order of the help.
COMMANDS: dict[str, Command] = {}


def command(words: str, about: str, shown: str = "") -> Callable[[Task], Task]:
    """Makes a function the command of these one or two words."""

    def register(task: Task) -> Task:
        assert words not in COMMANDS, f"{words!r} is two commands"
        COMMANDS[words] = Command(words, shown, about, task)
        return task

    return register
