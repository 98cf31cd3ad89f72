"""The packages as people install them: on Debians of other ages, in all Pythons and Nodes here, where little is there.

The table at the end says what ran, and what was left out and why. The oldest system gets a Python of a newer one's
source, with and without its lock, which is built once (JULES_DEV_CACHE keeps it).
"""

import functools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tasks import emulator, node, portable, python, swift
from tasks.places import REPO, TARGET
from tasks.process import Failed, Unavailable, Word, background, output, run, say
from tasks.registry import command
from tasks.root import ROOTS, Root
from tasks.tally import Tally

PLACES = REPO / "tests/install/places"
HEAD = ("system", "with", "what was done", "result")
# Node as its makers build it, from npm, with the npm that installs the packages.
NODES = ("node@20.20.2", "node@22.23.3", "node@24.9.0", "bun@1.4.5", "deno@2.9.6")
NPM = "npm@10.9.9"
_OLDEST = "bullseye"


@dataclass(frozen=True)
class System:
    """A system: this machine, or a root."""

    root: Root | None = None

    @functools.cached_property
    def name(self) -> str:
        about = (self.root.place if self.root else Path("/")) / "etc/os-release"
        system = re.findall(r'^PRETTY_NAME="(.*)"$', about.read_text(), re.MULTILINE)[0]
        glibc = self.said("getconf", "GNU_LIBC_VERSION")
        return f"{system}, {glibc}{'' if self.root else ' (this machine)'}"

    def words(self, *words: Word, read_only: bool = False) -> list[Word]:
        return self.root.command(*words, read_only=read_only) if self.root else [*words]

    def said(self, *words: Word) -> str:
        return output("", *self.words(*words))


@dataclass
class Ledger:
    """What was tried, by rows of the table."""

    tally: Tally
    rows: list[tuple[str, ...]] = field(default_factory=list)

    @contextmanager
    def row(self, system: str, program: str, what: str) -> Iterator[None]:
        """A row, and whether what is done in the block went well; the others are tried all the same."""
        before = self.tally.ran
        try:
            yield
            self.tally.passed += self.tally.ran == before
            verdict = "works"
        except Unavailable as reason:
            self.tally.skipped.append(f"{system}, {program}: {reason}")
            verdict = f"left out: {reason}"
        except Failed as failure:
            say(f"{system}, {program}, {what}: {failure}")
            self.tally.failed.append(f"{system}, {program}: {what}")
            verdict = "FAILS"
        self.rows.append((system, program, what, verdict))

    def refused(self, system: str, program: str, what: str, saying: str, command: list[Word]) -> None:
        """A row for what can't be, and says why."""
        with self.row(system, program, f"{what}: refused, saying why"):
            said = run("", "sh", "-c", '"$@" && echo IT WAS TAKEN; true', "sh", *command, quiet=True)
            if "IT WAS TAKEN" in said or not re.search(saying, re.sub(r"\s+", " ", said)):
                raise Failed(said)

    def table(self) -> str:
        wide = [max(len(row[column]) for row in (HEAD, *self.rows)) for column in range(len(HEAD))]
        rule = tuple("-" * each for each in wide)
        lines = (
            " | ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True))
            for row in (HEAD, rule, *self.rows)
        )
        return "\n".join(f"| {line} |" for line in lines)


class Built:
    """The packages as for a release, each built when it is first wanted."""

    @functools.cached_property
    def wheel(self) -> Path:
        return python.wheel()

    @functools.cached_property
    def emulator_wheel(self) -> Path:
        return python.emulator_wheel()

    @functools.cached_property
    def emulator(self) -> Path:
        return emulator.binary()

    @functools.cached_property
    def tarballs(self) -> list[Path]:
        shutil.rmtree(place := TARGET / "tarballs", ignore_errors=True)
        node.pack(str(place))
        return sorted(place.glob("*.tgz"))

    @functools.cached_property
    def emulator_tarballs(self) -> list[Path]:
        shutil.rmtree(place := TARGET / "emulator-tarballs", ignore_errors=True)
        node.emulator(str(place), str(self.emulator))
        return sorted(place.glob("*.tgz"))


BUILT = Built()


# Trixie's, on a system that has no newer one: as it is, and without its lock.
SOURCE = r"""
set -e
mirror=$(sed -n 's|^deb \(\S*\) .*|\1|p' /etc/apt/sources.list | head -1)
echo "deb-src [trusted=yes] $mirror trixie main" >/etc/apt/sources.list.d/source.list
apt-get -o Acquire::Check-Valid-Until=false update
rm -rf /usr/src/python && mkdir -p /usr/src/python && cd /usr/src/python
apt-get source --download-only python3.13
tar xf python3.13_*.orig.tar.xz --strip-components=1
build() { ./configure -q --prefix="$@" && make -s -j2 && make -s install && make -s distclean; }
build /opt/python3.13
build /opt/python3.13t --disable-gil
rm -rf /usr/src/python
"""


def _python_from_source(root: Root) -> None:
    if not (root.place / "opt/python3.13t/bin/python3").exists():
        say(f"building Python 3.13 in {root.place}: some minutes")
        run("", *root.command("sh", "-c", SOURCE), cwd=Path("/"), quiet=True)


def _interpreters(system: System) -> dict[str, Path]:
    """The Pythons of a system that can make environments, by their versions."""
    if system.root is None:
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        found = [*pyenv.glob("versions/3.*/bin/python3"), *Path("/usr/bin").glob("python3.*[0-9]")]
    else:
        inside = ("usr/bin/python3.*[0-9]", "opt/*/bin/python3")
        found = [
            Path("/", path.relative_to(system.root.place)) for each in inside for path in system.root.place.glob(each)
        ]
    code = "import ensurepip, platform, sysconfig as s; t = s.get_config_var('Py_GIL_DISABLED') or 0"
    pythons: dict[str, Path] = {}
    for path in sorted(found):
        said = run(
            "",
            "sh",
            "-c",
            '"$@" 2>&1 || true',
            "sh",
            *system.words(path, "-c", f"{code}; print(platform.python_version() + 't' * t)"),
            quiet=True,
        )
        if version := re.match(r"3\.(?:9|\d\d)\.\S+$", said.strip()):
            pythons.setdefault(version[0], path)
    return pythons


def _pythons(ledger: Ledger, system: System) -> None:
    if system.root and system.root.name == _OLDEST:
        with ledger.row(system.name, "Python 3.13", "built of the source that Debian 13 has"):
            _python_from_source(system.root)
    # What can't be built is no row.
    wheel, emulator_wheel = BUILT.wheel, BUILT.emulator_wheel
    for version, interpreter in _interpreters(system).items():
        name, place = f"Python {version}", TARGET / "packages" / f"venv-{version}"
        pip = place / "bin/pip"
        install = system.words(pip, "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel)
        if (unfit := version.startswith("3.9.") or version.endswith("t")) or version.startswith("3.14."):
            run("", *system.words(interpreter, "-m", "venv", "--clear", place), quiet=True)
        if unfit:
            ledger.refused(system.name, name, "pip install", "is not a supported wheel on this platform", install)
            continue
        with ledger.row(system.name, name, "pip install, all programs of README and guide"):
            env = {"PYTHON": str(interpreter), "JULES_EMULATOR_BIN": str(BUILT.emulator)}
            words = system.words(REPO / "tests/install/python/run", wheel)
            ledger.tally.run("python-packages.json", "", *words, env=env)
        with ledger.row(system.name, name, "tests itself with the emulator's wheel"):
            words = system.words(*python.own_tests(wheel, emulator_wheel))
            ledger.tally.run("python-own-tests.xml", "", *words, env={"PYTHON": str(interpreter)})
        if version.startswith("3.14."):
            run("", *install, quiet=True)
            code = "from concurrent import interpreters as i; i.create().exec('import jules')"
            words = system.words(place / "bin/python", "-c", code)
            ledger.refused(
                system.name, name, "import in a sub-interpreter", "do(es)? not .*support.* subinterpreters", words
            )


def _nodes(ledger: Ledger, system: System) -> None:
    place, tarballs = TARGET / "packages/node", BUILT.tarballs
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(REPO / "tests/install/node/projects/esm", place)
    shutil.copytree(REPO / "tests/install/node/projects/cjs", place, dirs_exist_ok=True)
    (place / "package.json").write_text("{}")
    # The npm of an image's own Node is as old as that; npm's program is a link to its source.
    npm = (*node.runtime(NODES[0]), Path(node.runtime(NPM)[0]).resolve())
    with ledger.row(system.name, NPM.replace("@", " "), "npm install"):
        flags = ("--prefix", place, "--offline", "--no-audit", "--no-fund", "--loglevel=error")
        run("", *system.words(*npm, "install", *flags, *tarballs), cwd=place, quiet=True)
    for package in NODES:
        runtime = node.runtime(package)
        with (
            ledger.row(system.name, package.replace("@", " "), "a program, as ES module and as CommonJS"),
            _serving() as env,
        ):
            for program in ("main.mjs", "main.cjs"):
                said = output("", *system.words(*runtime, place / program), cwd=place, env=env)
                if not re.fullmatch(r"completed https://github\.com/octocat/hello-world/pull/\d+ true", said):
                    raise Failed(f"{program} printed {said}")


@contextmanager
def _serving() -> Iterator[dict[str, str]]:
    """The emulator that is packed, and what in the environment points to it, with a fresh cache."""
    with (
        background(BUILT.emulator, "--speed", "50", "--exit-with-stdin") as ready,
        tempfile.TemporaryDirectory(prefix="cache.", dir=TARGET) as cache,
    ):
        yield {"JULES_API_KEY": "any", "JULES_BASE_URL": json.loads(ready)["url"], "JULES_CACHE_DIR": cache}


# Calls something of the library behind the Swift package.
PROGRAM = """\
#include <stdio.h>
unsigned ffi_jules_swift_uniffi_contract_version(void);
int main(void) { return printf("%u\\n", ffi_jules_swift_uniffi_contract_version()) < 2; }
"""


def _swift(ledger: Ledger, systems: list[System]) -> None:
    if portable.old_glibc():
        _swift_library(ledger, systems)
    with (
        ledger.row(System(ROOTS["swift"]).name, "Swift 6", "the README's five lines, with the library"),
        _serving() as env,
    ):
        hello = swift.released("hello")
        if "completed https://" not in (said := output("", *hello, env=env)):
            raise Failed(f"it printed {said}")


def _swift_library(ledger: Ledger, systems: list[System]) -> None:
    with ledger.row(System().name, "Swift library", f"linked whole: glibc {portable.GLIBC} is enough"):
        portable.check_all(library := portable.build("jules-swift", "libjules_swift.a"))
    source, program = TARGET / "packages/program.c", TARGET / "packages/program"
    source.write_text(PROGRAM)
    portable.link("-o", program, source, library)
    for system in systems:
        with ledger.row(system.name, "Swift library", "in a program of C: loaded and called"):
            system.said(program)


# Where little is there: what is done before the program starts, and where its cache is then, or the error.
# Variables that name certificates name none then.
BARE = "unset SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS; "
BARE += "for place in /etc/ssl /usr/share/ca-certificates /usr/local/share/ca-certificates"
BARE += '; do [ ! -d "$place" ] || mount -t tmpfs none "$place"; done; exec "$@"'
STRANGER = "exec setpriv --reuid 12345 --regid 12345 --clear-groups"
LEAN = {
    "no certificates on the system": (BARE, "disk"),
    "no HOME, a user that the system doesn't know": (f'{STRANGER} env -u HOME -u JULES_CACHE_DIR "$@"', "memory"),
    "a read-only system": ('exec env -u JULES_CACHE_DIR HOME=/root "$@"', "memory"),
    "64 open files at most": ('ulimit -n 64; exec "$@"', "disk"),
    "the default cache is another user's": (
        f'{STRANGER} env -u JULES_CACHE_DIR HOME="$JULES_CACHE_DIR" "$@"',
        "memory",
    ),
    "the chosen cache is another user's": (f'{STRANGER} "$@"', "StoreError"),
}


def _lean(ledger: Ledger, system: System, program: str, words: list[Word]) -> None:
    for what, (script, expected) in LEAN.items():
        with ledger.row(system.name, program, what), _serving() as env:
            if "another user's" in what:
                Path(env["JULES_CACHE_DIR"], ".cache").mkdir(0o700)
            inside = system.words("sh", "-c", script, "sh", *words, read_only="read-only" in what)
            said = json.loads(output("", *inside, env=env) or "{}")
            if not said:
                raise Failed("it said nothing")
            found = said.get("error") or ("disk" if said["cache"] else "memory")
            if found != expected or (found == "memory" and not said["why"]) or said.get("states") != _states(expected):
                raise Failed(f"expected: {expected}, got: {said}")


def _states(expected: str) -> list[str] | None:
    return None if expected == "StoreError" else ["completed"]


def _lean_python(ledger: Ledger, system: System) -> None:
    place = TARGET / "packages/venv-lean"
    run("", *system.words("python3", "-m", "venv", "--clear", place), quiet=True)
    run("", *system.words(place / "bin/pip", "install", "--quiet", "--no-index", BUILT.wheel), quiet=True)
    _lean(ledger, system, "Python", [place / "bin/python", PLACES / "work.py"])


def _lean_node(ledger: Ledger, system: System) -> None:
    # Beside the packages, for that is where Node looks.
    work = shutil.copy(PLACES / "work.cjs", TARGET / "packages/node")
    _lean(ledger, system, "Node", [*node.runtime(NODES[0]), work])


Part = tuple[Callable[[Ledger, System], None], Callable[[Ledger, System], None]]
# What is done on every system, and where little is there.
PARTS: dict[str, Part] = {"python": (_pythons, _lean_python), "node": (_nodes, _lean_node)}


@command(
    "packages test",
    "installs and runs the packages (release) wherever that can be tried here, and prints a table; all, or some of "
    "python, node and swift",
    "[PART …]",
)
def test(tally: Tally, *chosen: str) -> None:
    ledger, systems = Ledger(tally), []
    parts = [PARTS[name] for name in PARTS if name in chosen or not chosen]
    for system in _systems(ledger):
        systems.append(system)
        for everywhere, lean in parts:
            everywhere(ledger, system)
            if system.root == ROOTS["trixie"]:
                lean(ledger, system)
    if "swift" in chosen or not chosen:
        _swift(ledger, systems)
    say(ledger.table())
    if tally.failed:
        raise Failed(f"{len(tally.failed)} of {len(ledger.rows)} rows fail")


def _systems(ledger: Ledger) -> Iterator[System]:
    """The machine itself, and the roots, oldest first."""
    yield System()
    for name in ("bullseye", "bookworm", "trixie", "sid"):
        with ledger.row(f"Debian {name}", "debootstrap", "made, or found"):
            ROOTS[name].setup()
        if ROOTS[name].ready:
            yield System(ROOTS[name])
