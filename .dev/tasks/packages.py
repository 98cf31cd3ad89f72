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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks import crates, emulator, node, portable, python, rust, swift, swift_root
from tasks.ledger import Ledger, System
from tasks.places import REPO, TARGET
from tasks.process import Failed, Word, output, run, say
from tasks.registry import command
from tasks.root import ROOTS, Root
from tasks.tally import Tally

PLACES = REPO / "tests/install/places"
# Node as its makers build it, from npm, with the npm that installs the packages.
NODES = ("node@20.20.2", "node@22.23.3", "node@24.9.0", "bun@1.4.5", "deno@2.9.6")
NPM = "npm@10.9.9"
_OLDEST = "bullseye"
# What each root has to have, so that no row is lost unseen. This machine may lack some: that is then said.
PYTHONS = {
    _OLDEST: ("3.9", "3.13", "3.13t"),
    "bookworm": ("3.11",),
    "trixie": ("3.13",),
    "sid": ("3.14", "3.15"),
}
OURS = ("3.10", "3.11", "3.12", "3.13")


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

    @functools.cached_property
    def crates(self) -> list[Path]:
        return crates.packed()

    @functools.cached_property
    def swift_archive(self) -> Path:
        return swift.archive(str(TARGET / "swift-archive"))


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


def absent(wanted: Iterable[str], found: Iterable[str]) -> list[str]:
    """The versions that no interpreter is of."""
    have = {re.sub(r"^(3\.\d+)\..*?(t?)$", r"\1\2", each) for each in found}
    return [each for each in wanted if each not in have]


def _missing(ledger: Ledger, system: System, found: Iterable[str]) -> None:
    """A row for each Python that isn't there."""
    for version in absent(PYTHONS[system.root.name] if system.root else OURS, found):
        if system.root is None:
            ledger.lacking(system.name, f"Python {version}", "pyenv has none; the workflows have their own")
            continue
        with ledger.row(system.name, f"Python {version}", "found"):
            raise Failed(f"{system.root.place} has no Python {version}, or one that can make no environments")


def _pythons(ledger: Ledger, system: System) -> None:
    if system.root and system.root.name == _OLDEST:
        with ledger.row(system.name, "Python 3.13", "built of the source that Debian 13 has"):
            _python_from_source(system.root)
    # What can't be built is no row.
    wheel, emulator_wheel = BUILT.wheel, BUILT.emulator_wheel
    interpreters = _interpreters(system)
    _missing(ledger, system, interpreters)
    if system.root is None:
        with ledger.row(
            system.name, "the source distribution", "pip wheel, pip install, all programs of README and guide"
        ):
            env = {"JULES_EMULATOR_BIN": str(BUILT.emulator), "PYTHON": str(python.PYTHON)}
            ledger.tally.run("python-sdist.json", REPO / "tests/install/python/run", python.sdist(), env=env)
    for version, interpreter in interpreters.items():
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
    place, tarballs = TARGET / "packages/node", [*BUILT.tarballs, *BUILT.emulator_tarballs]
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(REPO / "tests/install/node/projects/esm", place)
    shutil.copytree(REPO / "tests/install/node/projects/cjs", place, dirs_exist_ok=True)
    shutil.copy(PLACES / "emulated.mjs", place)
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
        with ledger.row(
            system.name, package.replace("@", " "), "the emulator's packages: its command, startEmulator()"
        ):
            # Theirs, and no other one.
            env = {"JULES_EMULATOR_BIN": ""}
            for words, expected in (
                (["node_modules/jules-emulator/dist/main.js", "--version"], f"jules-emulator {_version()}"),
                (["emulated.mjs"], "completed"),
            ):
                said = output("", *system.words(*runtime, place / words[0], *words[1:]), cwd=place, env=env)
                if said != expected:
                    raise Failed(f"{words[0]} printed {said}")


def _version() -> str:
    """Of all packages."""
    return str(json.loads((node.PACKAGE / "package.json").read_text())["version"])


def _rust(ledger: Ledger) -> None:
    """The crates are compiled where they are used: tried once, with what is in them and nothing of this checkout."""
    system, name = System().name, f"Rust {output('rustc --version').split()[1]}"
    with ledger.row(system, name, "cargo package of both crates, cargo install of the emulator's"):
        if (said := output(program := crates.emulator(), "--version")) != f"jules-emulator {_version()}":
            raise Failed(f"{program} printed {said}")
    with ledger.row(system, name, "cargo add in a fresh project, the crate's README, with the emulator of the crate"):
        said = crates.five_lines(crates.emulator())
        if not re.search(
            r"^sessionCompleted\ncompleted https://github\.com/octocat/hello-world/pull/\d+$", said, re.MULTILINE
        ):
            raise Failed(f"it printed {said}")


@contextmanager
def _serving() -> Iterator[dict[str, str]]:
    """The emulator that is packed, and what in the environment points to it, with a fresh cache."""
    with (
        rust.serving(50, BUILT.emulator) as env,
        tempfile.TemporaryDirectory(prefix="cache.", dir=TARGET) as cache,
    ):
        yield {**env, "JULES_API_KEY": "any", "JULES_CACHE_DIR": cache}


# Calls something of the library behind the Swift package.
PROGRAM = """\
#include <stdio.h>
unsigned ffi_jules_swift_uniffi_contract_version(void);
int main(void) { return printf("%u\\n", ffi_jules_swift_uniffi_contract_version()) < 2; }
"""


def _swift(ledger: Ledger, systems: list[System]) -> None:
    with ledger.row(System().name, "Swift 6", "found, or a root with it"):
        swift.setup()
    if not (swift_root.on_host() or ROOTS["swift"].ready):
        return
    if portable.old_glibc():
        _swift_library(ledger, systems)
    place = System(None if swift_root.on_host() else ROOTS["swift"]).name
    with ledger.row(place, "Swift 6", "the README's five lines, with the library"), _serving() as env:
        hello = swift.released("hello")
        if "completed https://" not in (said := output("", *hello, env=env)):
            raise Failed(f"it printed {said}")
    with ledger.row(place, "Swift 6", "a release by URL, with the archive for Linux unpacked"):
        swift.by_url(ledger.tally, str(BUILT.swift_archive))


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
    # That TLS needs none of them, core's own tests prove.
    "no certificates on the system (a client is made, over plain http)": (BARE, "disk"),
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
    "python, node, rust and swift",
    "[PART …]",
)
def test(tally: Tally, *chosen: str) -> None:
    if unknown := {*chosen} - {*PARTS, "rust", "swift"}:
        raise Failed(f"there is no part {', '.join(sorted(unknown))}")
    ledger, systems = Ledger(tally), []
    if "rust" in chosen or not chosen:
        _rust(ledger)
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
