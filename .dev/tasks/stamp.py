"""What must be done again: the one place that decides it."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from tasks.places import DEV, REPO


def when_changed(name: str, inputs: Iterable[Path | str], make: Callable[[], object], *made: Path) -> bool:
    """Does `make` where an input is not as it was the last time, or something of what it made isn't there.

    A file counts by its content, a word by itself. Says whether it was done.
    """
    stamp = DEV / "stamps" / name
    digest = hashlib.sha256()
    # What is installed knows its own path, and a target directory may be a copy of another's.
    for each in (str(REPO), *map(str, made), *inputs):
        content = each.read_bytes() if isinstance(each, Path) else each.encode()
        digest.update(f"{len(content)} ".encode() + content)
    wanted = digest.hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and all(path.exists() for path in made):
        return False
    stamp.unlink(missing_ok=True)
    make()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True
