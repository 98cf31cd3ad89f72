"""Who takes part, and how one of them is given a task."""

import dataclasses
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
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
        self._cpu = 0.0
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
        self._cpu = _cpu(self._process.pid)
        order = {"task": task, "url": url, "cache": str(self._cache), **parameters, **self.contestant.extra}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({key: value for key, value in order.items() if value is not None}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Waits for what came of the task; a failure is an answer too."""
        try:
            return {**self._line(), **self._used()}
        except ValueError as error:
            return {"failed": str(error)}

    def _used(self) -> dict[str, Any]:
        """What the task took of the machine, to the end of the process: seconds of processor, and bytes at most."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return {"cpu": usage.ru_utime + usage.ru_stime - self._cpu, "most": usage.ru_maxrss * 1024}

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise ValueError(self._errors.read().strip()[:500] or "it ended without a word")
        return json.loads(line)


def with_a_cache(who: Mapping[str, Contestant]) -> dict[str, Contestant]:
    """Those who remember what they have seen."""
    return {name: contestant for name, contestant in who.items() if contestant.ours or name == OFFICIAL}


def _cpu(process: int) -> float:
    """The seconds of processor that a process has had so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def everybody(rust: Path, place: Path, languages: set[str]) -> dict[str, Contestant]:
    """All contestants that `.dev/run bench` has installed in `place`; of ours, those in these languages."""
    python = str(place / "ours-python/venv/bin/python")
    contestants = [
        Contestant(OFFICIAL, ("node", str(place / "official/official.mjs")), ours=False),
        Contestant("Python peer", (str(place / "peer/venv/bin/python"), str(place / "peer/peer.py")), ours=False),
        Contestant("jules-rs", (str(place / "bare/thin"),), ours=False),
        Contestant("bare loop, reqwest", (str(place / "bare/bare"),), ours=False),
        Contestant("bare loop, httpx", (str(place / "peer/venv/bin/python"), str(place / "peer/bare.py")), ours=False),
        Contestant("bare loop, fetch", ("node", str(place / "official/bare.mjs")), ours=False),
        Contestant("ours, Rust", (str(rust),)),
        Contestant("ours, Python", (python, str(place / "ours-python/ours.py"))),
        Contestant("ours, Node", ("node", str(place / "ours-node/ours.mjs"))),
        Contestant("ours, Swift", (str(place / "ours-swift/ours"),)),
    ]
    here = (contestant for contestant in contestants if Path(contestant.command[-1]).exists())
    return {one.name: one for one in here if not one.ours or one.name.rpartition(" ")[2].lower() in languages}
