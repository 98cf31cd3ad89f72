"""Runs the steps of a task. What they say is kept in its log; one that fails stops the task; none outlives it."""

import contextlib
import os
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NoReturn

from tasks.places import LOGS, REPO

Word = str | Path
Environment = Mapping[str, str] | None


class Failed(Exception):
    """A task can't go on."""


class StepFailed(Failed):
    """A step of it failed; `output` is what it had said."""

    def __init__(self, command: str, code: int, log: Path, output: str) -> None:
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        super().__init__(f"failed with {how}: {command}\nits output is in {log}")
        self.output = output


class Unavailable(Exception):
    """Something can't be had on this machine; the message is the reason."""


class Interrupted(BaseException):
    """A signal that ends everything, Ctrl-C among them."""


class Log:
    """A task's log. The file is made when something is written to it."""

    def __init__(self, name: str, *, quiet: bool = False) -> None:
        self.path = LOGS / f"{name}.log"
        self.quiet = quiet
        self._file: IO[bytes] | None = None

    @property
    def file(self) -> IO[bytes]:
        """The open file."""
        if self._file is None:
            LOGS.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("wb")
        return self._file

    def write(self, data: bytes) -> None:
        """Keeps this."""
        self.file.write(data)
        self.file.flush()


_logs = [Log("run")]


@contextlib.contextmanager
def logged(name: str, *, quiet: bool = False) -> Iterator[Path]:
    """The steps in this block write to this log; to the terminal too, unless it is `quiet`."""
    log = Log(name, quiet=quiet)
    _logs.append(log)
    try:
        yield log.path
    finally:
        _logs.remove(log)
        log.file.close()


def say(text: str) -> None:
    """A line of ours, to the terminal and the log."""
    log = _logs[-1]
    log.write(f"{text}\n".encode())
    if not log.quiet:
        print(text, file=sys.stderr, flush=True)


def heading(text: str) -> None:
    """A line above what comes."""
    print(f"\n── {text} ──", flush=True)


def run(*command: Word, cwd: Path = REPO, env: Environment = None, quiet: bool = False) -> str:
    """Runs a step to its end; gives what it said. A `quiet` one is heard only when it fails."""
    return _run(command, cwd, env, quiet, apart=False)


def output(*command: Word, cwd: Path = REPO, env: Environment = None) -> str:
    """Runs a step to its end; gives its standard output alone, and shows it nowhere."""
    return _run(command, cwd, env, quiet=True, apart=True)


def _run(command: tuple[Word, ...], cwd: Path, env: Environment, quiet: bool, *, apart: bool) -> str:
    log = _logs[-1]
    log.write(f"$ {(line := shlex.join(map(str, command)))}\n".encode())
    child = _start(command, cwd, env, subprocess.DEVNULL, log.file if apart else subprocess.STDOUT)
    said = bytearray()
    try:
        for chunk in _chunks(child):
            said += chunk
            log.write(chunk)
            if not (quiet or log.quiet):
                sys.stdout.buffer.write(chunk)
                sys.stdout.flush()
        code = child.wait()
    finally:
        _stop(child)
    text = said.decode(errors="replace")
    if code != 0:
        if quiet and not log.quiet:
            print(text, end="", file=sys.stderr, flush=True)
        raise StepFailed(line, code, log.path, text)
    return text


def _start(
    command: tuple[Word, ...], cwd: Path, env: Environment, stdin: int, stderr: int | IO[bytes] | None
) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **(env or {})}
    # A session of its own: all that it starts can be ended with it, and nothing in it asks at the terminal.
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True
    )


def _chunks(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What it says, until it has ended; what it left behind and holds the pipe open is not waited for."""
    assert child.stdout is not None
    while True:
        ended = child.poll() is not None
        if select.select([child.stdout], [], [], 0.2)[0]:
            if not (chunk := os.read(child.stdout.fileno(), 1 << 16)):
                return
            yield chunk
        elif ended:
            return


def _stop(child: subprocess.Popen[bytes], patience: float = 5) -> None:
    """Ends it, where it hasn't, and whatever of its processes is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(patience)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


@contextlib.contextmanager
def background(*command: Word, env: Environment = None) -> Iterator[str]:
    """A server for as long as the block lasts, and the first line that it says.

    It must end with its standard input, for that goes with this program, however that ends.
    """
    child = _start(command, REPO, env, subprocess.PIPE, None)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        if not (line := child.stdout.readline()):
            raise Failed(f"did not start: {shlex.join(map(str, command))}")
        yield line.decode().strip()
    finally:
        child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(10)
        _stop(child)


def become(*command: Word, env: Environment = None) -> NoReturn:
    """Goes on as this command, with its keyboard and its exit code."""
    words = [str(word) for word in command]
    sys.stdout.flush()
    os.execvpe(words[0], words, {**os.environ, **(env or {})})


def interruptible() -> None:
    """Lets signals end the task at once, and all that it has started."""

    def interrupt(number: int, _: object) -> NoReturn:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupt)
