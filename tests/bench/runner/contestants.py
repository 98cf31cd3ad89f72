"""Who takes part, and how one of them is given a task."""

import dataclasses
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

OFFICIAL = "official SDK"


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A way to use one of the clients."""

    name: str
    command: tuple[str, ...]
    ours: bool = True
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)

    def variant(self, suffix: str, **extra: Any) -> "Contestant":
        """The same, with other parameters."""
        return dataclasses.replace(self, name=f"{self.name}, {suffix}", extra={**self.extra, **extra})


class Run:
    """One contestant's process with one task. It loads its library first and is given the task when all are ready."""

    def __init__(self, contestant: Contestant, cache: Path) -> None:
        self.contestant = contestant
        self._cache = cache
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, it is read when the process has ended
        # The official SDK takes a JULES_HOME that isn't there for none.
        cache.mkdir(exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JULES_")}
        self._process = subprocess.Popen(
            contestant.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**environment, "JULES_HOME": str(cache)},
        )

    def wait_until_ready(self) -> None:
        """Returns when its library is loaded."""
        self._line()

    def begin(self, task: str, url: str, **parameters: Any) -> None:
        """Gives it its task."""
        order = {"task": task, "url": url, "cache": str(self._cache), **parameters, **self.contestant.extra}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({key: value for key, value in order.items() if value is not None}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Waits for what came of the task; a failure is an answer too."""
        try:
            return self._line()
        except ValueError as error:
            return {"failed": str(error)}
        finally:
            self._process.communicate()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise ValueError(self._errors.read().strip()[:500] or "it ended without a word")
        return json.loads(line)


def everybody(rust: Path, place: Path) -> dict[str, Contestant]:
    """All contestants, as `.dev/run bench` has installed them in `place`."""
    python = str(place / "ours-python/venv/bin/python")
    contestants = [
        Contestant(OFFICIAL, ("node", str(place / "official/official.mjs")), ours=False),
        Contestant("Python peer", (str(place / "peer/venv/bin/python"), str(place / "peer/peer.py")), ours=False),
        Contestant("ours, Rust", (str(rust),)),
        Contestant("ours, Python", (python, str(place / "ours-python/ours.py"))),
        Contestant("ours, Node", ("node", str(place / "ours-node/ours.mjs"))),
    ]
    swift = place / "ours-swift/ours"
    if swift.exists():  # only where there is a Swift
        contestants.append(Contestant("ours, Swift", (str(swift),)))
    return {contestant.name: contestant for contestant in contestants}
