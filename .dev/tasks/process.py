"""Runs the steps of a task. What they say is kept in its log; one that fails stops the task; none outlives it."""

import contextlib
import os
import select
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NoReturn

from tasks.places import LOGS, REPO

Word = str | Path
Environment = Mapping[str, str] | None


class _Logs(threading.local):
    """The logs that are open, innermost last: of each thread its own, for parts of the tests run beside each other."""

    def __init__(self) -> None:
        self.open: list[tuple[IO[bytes], bool]] = []


_logs = _Logs()
_children: set[subprocess.Popen[bytes]] = set()
_stopping = threading.Event()


class Failed(Exception):
    """A task can't go on."""


class StepFailed(Failed):
    """A step of it failed; `output` is what it had said."""

    def __init__(self, command: str, code: int, log: str, output: str) -> None:
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        super().__init__(f"failed with {how}: {command}\nits output is in {log}")
        self.output = output


class Unavailable(Exception):
    """Something can't be had on this machine; the message is the reason."""


@contextlib.contextmanager
def logged(name: str, *, quiet: bool = False) -> Iterator[Path]:
    """The steps in this block write to this log; to the terminal too, unless it is `quiet`."""
    with (LOGS / f"{name}.log").open("wb", buffering=0) as file:
        _logs.open.append((file, quiet))
        try:
            yield Path(file.name)
        finally:
            _logs.open.pop()


def current() -> str:
    """What the innermost log is called."""
    return Path(_logs.open[-1][0].name).stem


def say(text: str) -> None:
    """A line of ours, to the terminal and the log."""
    file, quiet = _logs.open[-1]
    file.write(f"{text}\n".encode())
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def split(command: Word, *more: Word) -> list[Word]:
    """A command's words. A text in the first place may be several, which `more` follow as they are."""
    return [*(command.split() if isinstance(command, str) else [command]), *more]


def run(*command: Word, cwd: Path = REPO, env: Environment = None, quiet: bool = False, errors: bool = True) -> str:
    """Runs a step to its end; gives what it said, `errors` or not. A `quiet` one is heard only when it fails."""
    log, log_quiet = _logs.open[-1]
    line = shlex.join(map(str, split(*command)))
    log.write(f"$ {line}\n".encode())
    child = _start(command, cwd, env, subprocess.DEVNULL, subprocess.STDOUT if errors else log)
    said = b""
    try:
        for chunk in _chunks(child):
            said += chunk
            log.write(chunk)
            if not (quiet or log_quiet):
                sys.stdout.buffer.write(chunk)
                sys.stdout.flush()
        code = child.wait()
    finally:
        _stop(child)
    text = said.decode(errors="replace")
    if code != 0:
        if quiet and not log_quiet:
            print(text, end="", file=sys.stderr, flush=True)
        raise StepFailed(line, code, log.name, text)
    return text


def output(*command: Word, cwd: Path = REPO, env: Environment = None) -> str:
    """Runs a step to its end; gives its standard output alone, and shows it nowhere."""
    return run(*command, cwd=cwd, env=env, quiet=True, errors=False).rstrip("\n")


def install(*packages: str) -> None:
    """Debian's packages; as root."""
    run("apt-get update -qq", quiet=True)
    noninteractive = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get install -y -qq --no-install-recommends", *packages, env=noninteractive, quiet=True)


def venv(place: Path, *packages: Word) -> None:
    """A fresh virtual environment with these, which are options of pip."""
    run(Path(sys.executable), "-m", "venv", "--clear", place)
    run(place / "bin/pip", "install", "--quiet", *packages)


def _start(
    command: tuple[Word, ...], cwd: Path, env: Environment, stdin: int, stderr: int | IO[bytes] | None
) -> subprocess.Popen[bytes]:
    # A session of its own: all that it starts can be ended with it, and nothing in it asks at the terminal.
    environment, pipe = {**os.environ, **(env or {})}, subprocess.PIPE
    words = split(*command)
    if _stopping.is_set():
        raise Failed("interrupted")
    child = subprocess.Popen(words, -1, None, stdin, pipe, stderr, cwd=cwd, env=environment, start_new_session=True)
    _children.add(child)
    return child


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


def _members(session: int) -> Iterator[int]:
    """The processes of a session, as far as the system shows them: also those in process groups of their own."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # Behind the name, which may have anything in it: state, parent, group, session.
            if int(status.read_text().rpartition(")")[2].split()[3]) == session:
                yield int(status.parent.name)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Ends it, where it hasn't, and whatever of its session is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(5)
        os.killpg(child.pid, signal.SIGKILL)
    for left in list(_members(child.pid)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(left, signal.SIGKILL)
    child.wait()
    assert child.stdout is not None
    child.stdout.close()
    _children.discard(child)


def stop_all() -> None:
    """Lets no thread start another step, and ends those that are at work; each is cleared away by whoever runs it."""
    _stopping.set()
    for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 0)):
        for child in list(_children):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, number)
        for child in list(_children):
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds)


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


def become(*words: Word, env: Environment = None) -> NoReturn:
    """Goes on as this command, with its keyboard and its exit code."""
    sys.stdout.flush()
    os.execvpe(words[0], words, {**os.environ, **(env or {})})


def interruptible() -> None:
    """Lets Ctrl-C and its like end the task at once, and all that it has started."""
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(number: int, _: object) -> NoReturn:
        for each in ends:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    for each in ends:
        signal.signal(each, interrupt)
