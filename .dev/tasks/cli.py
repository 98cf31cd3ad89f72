"""The commands.

.dev/run                  what there is
.dev/run TOPIC            what there is of a topic
.dev/run TOPIC [VERB] …   does it
"""

import importlib
import inspect
import os
import re
import sys
from functools import partial
from pathlib import Path

from tasks.everything import Language
from tasks.process import Failed, Unavailable, become, interruptible, logged
from tasks.tally import Tests, part

TOPICS = "everything rust python node swift swift_root postgres bench readme conformance faults"
MODULES = [importlib.import_module(f"tasks.{name}") for name in TOPICS.split()]
# What makes a command is a line of a module's documentation that begins with it: "bench lint  …".
COMMAND = re.compile(r"^([a-z][a-z-]+)(?: ([a-z]+))?(?: \S+)*?  +\S", re.MULTILINE)
SETTINGS = """JULES_API_KEY JULES_BASE_URL JULES_CACHE_DIR JULES_LOG JULES_LIVE
    PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE PGSSLROOTCERT PGCONNECT_TIMEOUT PGPASSFILE"""
# By its last word, or its only one; a program of the user's own keeps what they have set for it.
OWN = ("demo", "driver", "run", "enter")


def commands() -> dict[tuple[str, str], Tests]:
    """What does each command."""
    found: dict[tuple[str, str], Tests] = {}
    for module in MODULES:
        for topic, verb in COMMAND.findall(module.__doc__ or ""):
            if verb == "demo":
                found[topic, verb] = partial(_show, module)
            else:
                found[topic, verb] = getattr(module, (verb or topic).replace("-", "_"))
    return found


def _show(language: Language, name: str = "demo") -> None:
    become(*language.example(name))


def usage(topic: str) -> str:
    """What there is of a topic, or of all."""
    pages = [str(module.__doc__) for module in MODULES]
    found = [page for page in pages if topic and re.search(rf"^{topic} ", page, re.MULTILINE)]
    return "\n".join(found or [str(__doc__), *pages])


def main(words: list[str]) -> int:
    """Does what the words say; gives the exit code."""
    known = commands()
    topic, verb = (*words, "", "")[:2]
    count = 2 if (topic, verb) in known and verb else 1
    task = known.get((topic, verb if count == 2 else ""))
    arguments = words[count:]
    counting = task is not None and "tally" in inspect.signature(task).parameters
    try:
        assert task is not None
        inspect.signature(task).bind(*([None] if counting else []), *arguments)
    except (AssertionError, TypeError):
        print(usage(topic), file=sys.stderr)
        return 2
    if verb not in OWN:
        # Settings of the person at the keyboard must not leak into tests and demos.
        for setting in SETTINGS.split():
            os.environ.pop(setting, None)
    interruptible()
    name = "-".join(reversed(words[:count]))
    try:
        if counting:
            done = part(name.removeprefix("test-"), task, *arguments)
            print(done)
            return 0 if done.good else 1
        with logged(name):
            given = task(*arguments)
        if isinstance(given, str | Path):
            print(given)
    except Unavailable as reason:
        print(f"{topic}: not available here: {reason}", file=sys.stderr)
        return 77
    except Failed as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as signal:
        return 128 + int(signal.args[0])
    return 0
