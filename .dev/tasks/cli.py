"""The commands.

.dev/run                  what there is
.dev/run TOPIC            what there is of a topic
.dev/run TOPIC [VERB] …   does it
"""

import importlib
import os
import sys
import textwrap
from functools import partial
from pathlib import Path
from types import ModuleType

from tasks.everything import LANGUAGES, Language
from tasks.process import Failed, Unavailable, become, interruptible, logged
from tasks.registry import COMMANDS, Command, command
from tasks.tally import part

# In the order of the help. What begins with no topic is everything's.
TOPICS = "everything rust python node swift swift_root root portable emulator packages release_check"
TOPICS += " surface postgres bench readme site conformance faults fuzz"
MODULES = {name.replace("_", "-"): importlib.import_module(f"tasks.{name}") for name in TOPICS.split()}
SETTINGS = """JULES_API_KEY JULES_BASE_URL JULES_CACHE_DIR JULES_LOG JULES_LIVE
    PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE PGSSLROOTCERT PGCONNECT_TIMEOUT PGPASSFILE"""
# By its last word, or its only one; a program of the user's own keeps what they have set for it.
OWN = ("demo", "driver", "run", "enter")
# Of a line of the help.
WIDTH = 120


def _show(language: Language, name: str = "demo") -> None:
    become(*language.example(name))


for _name, _language in LANGUAGES.items():
    _about = f"its example `demo`, or another one of examples/{_name}, against JULES_BASE_URL"
    command(f"{_name} demo", _about, "[NAME]")(partial(_show, _language))


def usage(topic: str) -> str:
    """What there is of a topic, or of all."""
    pages = {name: _page(name, module) for name, module in MODULES.items()}
    return pages.get(topic) or "\n".join([str(__doc__), *pages.values()])


def _page(topic: str, module: ModuleType) -> str:
    commands = [known for known in COMMANDS.values() if _topic(known) == topic]
    usages = [f"{known.words} {known.shown}".rstrip() for known in commands]
    wide = max(len(usage) for usage in usages) + 2
    lines = [
        textwrap.fill(known.about, WIDTH, initial_indent=f"{usage:{wide}}", subsequent_indent=" " * wide)
        for known, usage in zip(commands, usages, strict=True)
    ]
    head, _, rest = str(module.__doc__).strip().partition("\n\n")
    return "\n".join([head, "", *lines, *(["", rest] if rest else []), ""])


def _topic(known: Command) -> str:
    first = known.words.split()[0]
    return first if first in MODULES else "everything"


def main(words: list[str]) -> int:
    """Does what the words say; gives the exit code."""
    both, one = " ".join(words[:2]), " ".join(words[:1])
    known = COMMANDS.get(both) or COMMANDS.get(one)
    if known is None or not known.takes(arguments := words[len(known.words.split()) :]):
        if not words or one in MODULES or known:
            print(usage(one), file=sys.stderr)
        if words:
            what = "wrong arguments" if known else "unknown command"
            print(f"{what}: {' '.join(words)} (`.dev/run` alone lists the commands)", file=sys.stderr)
        return 2
    if known.words.split()[-1] not in OWN:
        # Settings of the person at the keyboard must not leak into tests and demos.
        for setting in SETTINGS.split():
            os.environ.pop(setting, None)
    interruptible()
    name = "-".join(reversed(known.words.split()))
    try:
        if known.counts:
            done = part(name.removeprefix("test-"), known.task, *arguments)
            print(done)
            return 0 if done.good else 1
        with logged(name):
            given = known.task(*arguments)
        if isinstance(given, str | Path):
            print(given)
    except Unavailable as reason:
        print(f"{known.words}: not available here: {reason}", file=sys.stderr)
        return 77
    except Failed as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as signal:
        return 128 + int(signal.args[0])
    return 0
