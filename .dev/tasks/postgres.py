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
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tasks import conformance as cases
from tasks.places import RUN
from tasks.process import Failed, StepFailed, Unavailable, background, install
from tasks.tally import Tally


def _find() -> Path | None:
    """The newest server's programs: JULES_POSTGRES_BIN, Debian's place, or the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    named, on_path = os.environ.get("JULES_POSTGRES_BIN"), shutil.which("initdb")
    initdb = Path(named, "initdb") if named else debian[-1] if debian else Path(on_path or "/")
    return initdb.parent if os.access(initdb, os.X_OK) and initdb.with_name("postgres").exists() else None


def setup() -> Path:
    """Gives the folder of the server's programs."""
    if programs := _find():
        return programs
    if os.getuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable("there is no PostgreSQL server here, and installing one takes root and apt-get")
    # Debian's package would make and start a cluster of its own.
    settings = Path("/etc/postgresql-common/createcluster.conf")
    settings.parent.mkdir(parents=True, exist_ok=True)
    if not settings.exists():
        settings.write_text("create_main_cluster = false\n")
    try:
        install("postgresql")
        if programs := _find():
            return programs
        raise Unavailable("the package postgresql has no server programs")
    except StepFailed as failure:
        raise Unavailable(f"the package postgresql can't be installed: {failure}") from failure


def _server(directory: str, program: str, *arguments: str) -> Path:
    """Runs one of the server's programs. It writes to a log, for a server must not hold this program's pipes open."""
    place = Path(directory).resolve()
    command = [str(setup() / program), "--pgdata", str(place / "data"), *arguments]
    with (place / f"{program}.log").open("ab") as log:
        start = partial(subprocess.run, command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        done = start(user=_user(), group=pwd.getpwnam(_user()).pw_gid, extra_groups=[]) if os.getuid() == 0 else start()
    if done.returncode != 0:
        said = Path(log.name).read_text(errors="replace")
        raise Failed(f"{said}{program} failed with exit code {done.returncode}")
    return place


def _user() -> str:
    """Who the server runs as where this is root, which it refuses to be."""
    return "postgres" if any(each.pw_name == "postgres" for each in pwd.getpwall()) else "nobody"


def start(directory: str) -> None:
    Path(directory).mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        shutil.chown(directory, _user())
    cluster = "--username jules --auth trust --encoding UTF8 --locale C --no-sync --no-instructions"
    place = str(_server(directory, "initdb", *cluster.split()))
    # The port only names the socket: no other server is asked. Nothing here has to survive a power cut.
    settings = f"-c listen_addresses= -c unix_socket_directories={place} -c fsync=off -c full_page_writes=off"
    settings += " -c max_connections=400 -c shared_buffers=64MB"
    _control(directory, "start", "--options", settings, "--wait", "--log", f"{place}/server.log")
    print(f"postgresql://jules@{place.replace('/', '%2F')}/postgres", flush=True)


def _control(directory: str, verb: str, *options: str) -> None:
    _server(directory, "pg_ctl", "--silent", *options, verb)


def restart(directory: str) -> None:
    log = str(Path(directory, "server.log").resolve())
    _control(directory, "restart", "--mode", "fast", "--wait", "--log", log)


def stop(directory: str) -> None:
    with contextlib.suppress(Failed, FileNotFoundError):
        _control(directory, "stop", "--mode", "immediate")
    shutil.rmtree(directory, ignore_errors=True)


def run() -> None:
    if url := os.environ.get("JULES_TEST_POSTGRES"):
        print(url)
        return
    directory = tempfile.mkdtemp(prefix="jules-postgres.")
    Path(directory).chmod(0o755)
    try:
        start(directory)
        sys.stdin.read()
    finally:
        stop(directory)


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
