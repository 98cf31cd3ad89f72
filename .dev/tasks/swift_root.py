"""A place where Swift 6 exists.

Where `swift` is on the PATH that is this machine itself; on a Debian without Swift (as root) it is a small Debian 13
(see root).

Exit code 77: Swift can't be had on this machine; the reason is on stderr.
"""

import functools
import re
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

from tasks import registry
from tasks.places import RUN
from tasks.process import Unavailable, Word, become
from tasks.root import CACHE as CACHE
from tasks.root import ROOTS

ROOT = ROOTS["swift"]


@functools.cache
def on_host() -> bool:
    """Whether this machine has Swift 6.0 or newer."""
    if not shutil.which("swift"):
        return False
    said = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"Swift version (\d+)\.", said)
    return version is not None and int(version[1]) >= 6


def command(*words: Word) -> list[Word]:
    """The command to run this where Swift is."""
    return [*words] if on_host() else [*RUN, "swift-root", "run", *words]


@registry.command(
    "swift-root run", "runs a command there: same working directory, same paths, same network", "COMMAND …"
)
def run(*words: str) -> NoReturn:
    if on_host():
        become(*words)
    setup()
    ROOT.enter(*words)


@registry.command("swift-root setup", "makes sure that the place exists (about a minute and 3.2 GB the first time)")
def setup() -> None:
    if on_host():
        return
    try:
        ROOT.setup()
    except Unavailable as reason:
        raise Unavailable(f"no swift 6 on the PATH (swift.org has toolchains); {reason}") from reason


@registry.command("swift-root where", 'prints "host" or the folder')
def where() -> Path:
    return Path("host") if on_host() else ROOT.place
