"""A PostgreSQL server for tests: in a directory of its own, on a socket in it, as a user that is not root.

postgres setup            finds the server's programs, or installs Debian's package; 77 and the reason where it can't
postgres start DIR        starts a server that keeps everything in DIR, which is made, and prints its URL
postgres restart DIR      stops it as an operator does, and starts it again
postgres stop DIR         stops it and removes DIR
postgres run              starts one, prints its URL, and stops it when the input ends
postgres test [FILTER …]  the tests of the Rust crate that need a server, or those of them that FILTER names
postgres conformance […]  the conformance cases with every client's cache in a server; arguments go to the runner

JULES_TEST_POSTGRES is the URL of a server to use instead: `run`, `test` and `conformance` start none then.
"""

import contextlib
import functools
import getpass
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tasks import conformance as cases
from tasks.places import RUN
from tasks.process import Failed, StepFailed, Unavailable, background, install
from tasks.tally import Tally


def _find() -> Path | None:
    """The newest server's programs: JULES_POSTGRES_BIN, Debian's place, or the PATH."""
    if named := os.environ.get("JULES_POSTGRES_BIN"):
        found = [Path(named, "initdb")]
    else:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
        if not found and (on_path := shutil.which("initdb")):
            found = [Path(on_path)]
    if not found or not all(os.access(found[-1].with_name(name), os.X_OK) for name in ("initdb", "postgres")):
        return None
    return found[-1].parent


def setup() -> Path:
    """Gives the folder of the server's programs."""
    if programs := _find():
        return programs
    missing = "there is no PostgreSQL server here, and"
    if os.getuid() != 0:
        raise Unavailable(f"{missing} installing one takes root")
    if not shutil.which("apt-get"):
        raise Unavailable(f"{missing} no apt-get to install one")
    # Debian's package would make and start a cluster of its own.
    settings = Path("/etc/postgresql-common/createcluster.conf")
    settings.parent.mkdir(parents=True, exist_ok=True)
    if not settings.exists():
        settings.write_text("create_main_cluster = false\n")
    try:
        install("postgresql")
    except StepFailed as failure:
        raise Unavailable(f"the package postgresql can't be installed: {failure}") from failure
    if not (programs := _find()):
        raise Unavailable("the package postgresql has no server programs")
    return programs


@functools.cache
def _user() -> pwd.struct_passwd:
    """Who the server runs as; it refuses to be root."""
    if os.getuid() != 0:
        return pwd.getpwnam(getpass.getuser())
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def _server(directory: Path, program: str, *arguments: str, log: str) -> None:
    """Runs one of the server's programs. It writes to `log`, for a server must not hold this program's pipes open."""
    command = [str(setup() / program), "--pgdata", str(directory / "data"), *arguments]
    with (directory / log).open("ab") as said:
        start = functools.partial(subprocess.run, command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        user = _user()
        done = start(user=user.pw_uid, group=user.pw_gid, extra_groups=[]) if os.getuid() == 0 else start()
    if done.returncode != 0:
        sys.stderr.write((directory / log).read_text(errors="replace"))
        raise Failed(f"{program} failed with exit code {done.returncode}; its log is {directory / log}")


def _start(directory: Path) -> str:
    """Starts a server; gives its URL."""
    setup()
    directory.mkdir(parents=True, exist_ok=True)
    directory = directory.resolve()
    if os.getuid() == 0:
        os.chown(directory, _user().pw_uid, -1)
    cluster = ("--username", "jules", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
    _server(directory, "initdb", *cluster, "--no-instructions", log="initdb.log")
    # The port only names the socket: no other server is asked. Nothing here has to survive a power cut.
    settings = f"-c listen_addresses= -c unix_socket_directories={directory} -c fsync=off -c full_page_writes=off"
    settings += " -c max_connections=400 -c shared_buffers=64MB"
    log = ("--log", str(directory / "server.log"))
    _server(directory, "pg_ctl", *log, "--options", settings, "--wait", "--silent", "start", log="pg_ctl.log")
    return f"postgresql://jules@{str(directory).replace('/', '%2F')}/postgres"


def start(directory: str) -> None:
    print(_start(Path(directory)))


def restart(directory: str) -> None:
    place = Path(directory).resolve()
    log = ("--log", str(place / "server.log"))
    _server(place, "pg_ctl", *log, "--mode", "fast", "--wait", "--silent", "restart", log="pg_ctl.log")


def stop(directory: str) -> None:
    place = Path(directory).resolve()
    with contextlib.suppress(Failed, FileNotFoundError):
        _server(place, "pg_ctl", "--mode", "immediate", "--silent", "stop", log="pg_ctl.log")
    shutil.rmtree(place, ignore_errors=True)


def run() -> None:
    if url := os.environ.get("JULES_TEST_POSTGRES"):
        print(url)
        return
    setup()
    directory = Path(tempfile.mkdtemp(prefix="jules-postgres."))
    directory.chmod(0o755)
    try:
        print(_start(directory), flush=True)
        sys.stdin.read()
    finally:
        stop(str(directory))


@contextlib.contextmanager
def _serving() -> Iterator[str]:
    """A server's URL, for as long as the block lasts."""
    if url := os.environ.get("JULES_TEST_POSTGRES"):
        yield url
        return
    setup()
    with background("", *RUN, "postgres", "run") as url:
        yield url


def test(tally: Tally, *filters: str) -> None:
    name, *more = filters or ("store::postgres",)
    ours = ("--quiet", "-p", "jules", "--lib", name, "--", "--ignored", "--skip", "the_other_process", *more)
    with _serving() as url:
        tally.cargo_test(*ours, env={"JULES_TEST_POSTGRES": url})


def conformance(tally: Tally, *arguments: str) -> None:
    with _serving() as url:
        cases.conformance(tally, "--store", url, *arguments)
