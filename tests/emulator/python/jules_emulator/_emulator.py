"""A running emulator, and what one tells and asks it beside the API."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ._errors import EmulatorError
from ._program import program

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

# It is on this machine: no proxy of the environment's has a part in it.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


class Emulator:
    """A running emulator, made by `Emulator.start`, which is `start_emulator`.

    Everything but the API itself is its control interface, whose bodies and words the emulator's README explains.
    """

    url: str
    """What `base_url` and JULES_BASE_URL are for a client of it."""

    pid: int
    """The process that it is."""

    @classmethod
    def start(
        cls,
        *,
        scenario: str | os.PathLike[str] | None = None,
        speed: float = 50,
        port: int = 0,
        seed: int | None = None,
        arguments: Iterable[str] = (),
    ) -> Self:
        """Starts an emulator and waits until it answers. It ends with the block, with `close()`, or with this process.

        Args:
            scenario: What sessions play that name none: a shipped scenario's name, or a YAML file.
            speed: Scripted pauses are divided by it.
            port: The port on 127.0.0.1; 0 is any free one.
            seed: Makes ids and chances the same every time.
            arguments: More of the command line, as in `--concurrent 3`; see the emulator's README.

        Raises:
            EmulatorError: It did not start; the message has its own words.
        """
        command = [str(program()), "--exit-with-stdin", "--port", str(port), "--speed", str(speed)]
        if scenario is not None:
            command += ["--scenario", os.fspath(scenario)]
        if seed is not None:
            command += ["--seed", str(seed)]
        with tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
                )
            except OSError as error:
                raise EmulatorError(f"cannot start {command[0]}: {error.strerror}") from error
            assert process.stdout is not None
            if ready := process.stdout.readline():
                return cls(process, json.loads(ready))
            _end(process)
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
        raise EmulatorError(f"the emulator did not start (exit code {process.returncode}): {said}")

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any]) -> None:
        self.url = ready["url"]
        self.pid = ready["pid"]
        self._control: str = ready["control"]
        self._process = process
        self._config = self.control("GET", "config")

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a client finds it: `JULES_BASE_URL`, and a `JULES_API_KEY` that it takes."""
        return {"JULES_BASE_URL": self.url, "JULES_API_KEY": "any"}

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Calls an endpoint of the control interface, `control("GET", "journal")`; text is sent as it is, else JSON.

        Raises:
            EmulatorError: It refused, or it has ended.
        """
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control + path, data, method=method)
        try:
            with _open(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):
                said = error.read().decode(errors="replace")
            with contextlib.suppress(ValueError, KeyError, TypeError):
                said = json.loads(said)["error"]
            raise EmulatorError(f"{method} {path}: {said}") from error
        except OSError as error:
            raise EmulatorError(f"{method} {path}: the emulator does not answer: {error}") from error
        return json.loads(text) if text else None

    def session(self, **fields: Any) -> str:
        """Makes a session that has no agent and does only what it is told; gives its id."""
        return str(self.control("POST", "sessions", fields)["id"])

    def append(self, session: str, *activities: dict[str, Any], **more: Any) -> list[str]:
        """Adds activities to a session and gives their ids: `append(id, {"agentMessaged": {"agentMessage": "Hi"}})`."""
        answer = self.control("POST", "append", {"session": session, "activities": list(activities), **more})
        return list(answer["ids"])

    def fault(self, kind: str, **fields: Any) -> None:
        """Puts a fault in the way, as in `fault("status", status=503, on="activities.list", times=2)`."""
        self.control("POST", "faults", {"kind": kind, **fields})

    def scenario(self, yaml: str) -> None:
        """Adds a scenario, which a prompt then names: `[scenario:NAME]`."""
        self.control("POST", "scenarios", yaml)

    def configure(self, **settings: Any) -> None:
        """Changes settings, as in `configure(concurrentSessions=3)`, until `reset`."""
        self.control("PATCH", "config", settings)

    def requests(self, text: str = "") -> list[dict[str, Any]]:
        """The requests to the API so far whose path has this text in it, oldest first."""
        return [request for request in self.control("GET", "journal") if text in request["path"]]

    def reset(self) -> None:
        """Forgets sessions, faults, settings and the journal: as when it was started, but for added scenarios."""
        self.control("POST", "reset")
        self.control("PATCH", "config", self._config)

    def close(self) -> None:
        """Ends it. Twice is fine."""
        if self._process.returncode is None:
            _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Emulator {self.url}>"


start_emulator = Emulator.start
