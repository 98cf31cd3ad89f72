"""Everything for the Python package."""

import functools
import os
import shutil
import sys
import zipfile
from pathlib import Path

from tasks import rust
from tasks.places import DEV, REPO, TARGET
from tasks.process import Failed, Word, output, run
from tasks.registry import command
from tasks.stamp import when_changed
from tasks.tally import Tally

BINDING = REPO / "bindings-python"
_home = DEV / "python"
BIN = _home / "venv/bin"
PYTHON = BIN / "python"
_stub = BINDING / "python/jules/_native.pyi"


def venv(place: Path, *packages: Word) -> None:
    """A fresh virtual environment with these, which are options of pip."""
    run(Path(sys.executable), "-m", "venv", "--clear", place)
    run(place / "bin/pip", "install", "--quiet", *packages)


@command("python setup", "a virtual environment with the development tools")
def setup() -> None:
    requirements = BINDING / "requirements-dev.txt"

    def install() -> None:
        venv(_home / "venv", "--requirement", requirements)
        # The package is used from its sources; only the native module is built.
        packages = output(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        Path(packages, "jules-sources.pth").write_text(f"{BINDING / 'python'}\n")

    when_changed("python", [requirements, sys.version], install, PYTHON)


def _maturin(verb: str, out: Path, *options: str) -> None:
    setup()
    shutil.rmtree(out, ignore_errors=True)
    if verb != "sdist":
        options = (*options, "--interpreter", str(PYTHON))
    env = {"VIRTUAL_ENV": str(BIN.parent)}
    run(BIN / "maturin", verb, *options, "--out", out, cwd=BINDING, env=env, quiet=True)


def _only(folder: Path, pattern: str) -> Path:
    if len(found := list(folder.glob(pattern))) != 1:
        raise Failed(f"one {pattern} was expected in {folder}, not {len(found)}")
    return found[0]


@command("python build", "the debug wheel, and its native module beside the sources")
@functools.cache
def build() -> Path:
    """Gives the wheel."""
    _maturin("build", _home / "wheels", "--profile", "dev")
    wheel, name = _only(_home / "wheels", "*.whl"), "jules/_native.abi3.so"
    fresh, module = zipfile.ZipFile(wheel).read(name), BINDING / "python" / name
    if not module.exists() or module.read_bytes() != fresh:
        # In one step, and never into the old file: a process may have it loaded.
        module.with_suffix(".new").write_bytes(fresh)
        module.with_suffix(".new").replace(module)
    return wheel


@command("python stubs", "writes the stub of the native module, which is generated from the Rust source, and committed")
def stubs() -> None:
    _maturin("generate-stubs", _home / "stubs", "--profile", "dev")
    shutil.copyfile(_only(_home / "stubs", "**/_native.pyi"), _stub)


@command("python lint", "formatting, lint rules, types of the package, its stubs, the examples and these tools")
def lint() -> None:
    build()
    before = _stub.read_text()
    stubs()
    if before != _stub.read_text():
        raise Failed(f"{_stub} was not up to date; it is now: look at it and commit it")
    ours = (".", "../examples/python", "../tests/install/python", "../tests/faults/programs", "../.dev", "../.dev/run")
    run(BIN / "ruff", "check", *ours, cwd=BINDING)
    run(BIN / "ruff", "format", "--check", *ours, cwd=BINDING)
    run(BIN / "mypy", cwd=BINDING)
    tools = ("--python-version", "3.11", "../.dev/tasks", "../.dev/tests")
    run(BIN / "mypy", *tools, cwd=BINDING, env={"MYPYPATH": "../.dev"})
    run(PYTHON, "-m", "pyright", "--pythonpath", PYTHON, cwd=BINDING)
    stubtest = ("-m", "mypy.stubtest", "jules._native", "--mypy-config-file", "pyproject.toml")
    run(PYTHON, *stubtest, cwd=BINDING, env={"MYPYPATH": "python"})


@command(
    "python test",
    "all tests, and the packages in fresh places; or what the arguments choose, as for pytest",
    "[ARGUMENT…]",
)
def test(tally: Tally, *arguments: str) -> None:
    wheel = build()
    env = {"JULES_EMULATOR_BIN": str(rust.emulator())}
    # In more processes than there are processors: most tests wait.
    chosen = arguments or ("--numprocesses", "3", "--dist", "loadfile")
    tally.run("python.xml", PYTHON, "-m", "pytest", "--junit-xml", "{report}", *chosen, cwd=BINDING, env=env)
    if not arguments:
        fresh = REPO / "tests/install/python/run"
        tally.run("python-wheel.json", fresh, wheel, env=env)
        tally.run("python-sdist.json", fresh, sdist(), env=env)


@command("python sdist", "the source distribution, and the wheel that pip makes of it, in target/dev/python/sdist")
def sdist() -> Path:
    """Gives the wheel that was made of it."""
    place = _home / "sdist"
    _maturin("sdist", place)
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "MATURIN_PEP517_ARGS": "--profile dev"}
    pip = ("wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", place)
    run(BIN / "pip", *pip, _only(place, "*.tar.gz"), env=env)
    return _only(place, "*.whl")


def example(name: str) -> list[Word]:
    build()
    return [PYTHON, REPO / f"examples/python/{name}.py"]


@command("python wheel", "the wheel for a release, in target/wheels")
def wheel() -> Path:
    """Gives it."""
    _maturin("build", TARGET / "wheels", "--release")
    return _only(TARGET / "wheels", "*.whl")
