"""The commands, and what they are called.

.dev/run                  what there is
.dev/run TOPIC            what there is of a topic, in full
.dev/run TOPIC [VERB] …   does it
"""

import inspect
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType

from tasks import (
    bench,
    conformance,
    everything,
    faithful,
    faults,
    node,
    postgres,
    python,
    readme,
    rust,
    swift,
    swift_root,
)
from tasks.places import forget_settings
from tasks.process import Failed, Interrupted, Unavailable, become, interruptible, logged
from tasks.tally import Tally, part

Task = Callable[..., object]

WHOLE: dict[str, Task] = {
    "demo": everything.demo,
    "test": everything.test,
    "test-postgres": everything.test_postgres,
    "lint": everything.lint,
    "docs": everything.docs,
    "readme": readme.test,
    "faithful": faithful.test,
    "conformance": conformance.test,
    "faults": faults.test,
    "bench": bench.measure,
}
# A verb is a function of its module.
VERBS: dict[str, tuple[ModuleType, str]] = {
    "rust": (rust, "setup build lint test demo"),
    "python": (python, "setup build stubs lint test demo sdist wheel"),
    "node": (node, "setup build lint test demo runtimes docs pack"),
    "swift": (swift, "setup build lint test docs demo driver install contestant run"),
    "swift-root": (swift_root, "setup run enter where"),
    "postgres": (postgres, "setup start restart stop run test conformance"),
    "bench": (bench, "lint"),
}


class Misuse(Exception):
    """There is no such command; the message is what to say to it."""


def usage(topic: str = "") -> str:
    """What there is: of a topic, or of all."""
    modules = {"": [everything, *(module for module, _ in VERBS.values()), readme, faithful, conformance, faults]}
    modules |= {name: [module] for name, (module, _) in VERBS.items()}
    found = modules.get(topic, modules[""])
    return "\n".join(str(page) for page in ([] if topic else [__doc__]) + [module.__doc__ for module in found])


def find(words: list[str]) -> tuple[str, Task, list[str]]:
    """The task that is meant: its name, its function, its arguments."""
    topic, verb, *rest = [*words, "", ""][: max(len(words), 2)]
    module, verbs = VERBS.get(topic, (None, ""))
    if verb and verb in verbs.split():
        task: Task = getattr(module, "example" if verb == "demo" else verb)
        return f"{verb}-{topic}", task if verb != "demo" else partial(_show, task), rest
    if topic in WHOLE:
        return topic, WHOLE[topic], words[1:]
    raise Misuse(usage(topic))


def _show(example: Task, name: str = "demo") -> None:
    command = example(name)
    assert isinstance(command, list)
    become(*command)


def takes(task: Task, arguments: list[str]) -> bool:
    """Whether it counts tests; fails where the arguments don't fit."""
    counting = next((each.annotation for each in inspect.signature(task).parameters.values()), None) is Tally
    try:
        inspect.signature(task).bind(*([Tally()] if counting else []), *arguments)
    except TypeError as error:
        raise Misuse(str(error)) from None
    return counting


def main(words: list[str]) -> int:
    """Does what the words say; gives the exit code."""
    try:
        name, task, arguments = find(words)
        counting = takes(task, arguments)
    except Misuse as misuse:
        print(misuse, file=sys.stderr)
        return 2
    # A program of the user's own keeps what they have set for it.
    if words[1:2] not in (["demo"], ["run"], ["driver"], ["enter"]):
        forget_settings()
    interruptible()
    try:
        if counting:
            done = part(name.removeprefix("test-"), task, *arguments)
            print(done.line())
            return 0 if done.good else 1
        with logged(name):
            task(*arguments)
    except Unavailable as reason:
        print(f"{words[0]}: not available here: {reason}", file=sys.stderr)
        return 77
    except Failed as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return 1
    except Interrupted as signal:
        return 128 + int(signal.args[0])
    return 0
