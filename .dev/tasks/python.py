"""Everything for the Python package."""

import functools
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

from tasks import portable, rust
from tasks.places import DEV, REPO, TARGET
from tasks.process import Environment, Failed, Word, output, run, venv
from tasks.registry import command
from tasks.stamp import when_changed
from tasks.tally import Tally

BINDING = REPO / "bindings-python"
# The emulator as a package: its program, and what Python needs to start it.
EMULATOR = REPO / "tests/emulator/python"
_home = DEV / "python"
BIN = _home / "venv/bin"
PYTHON = BIN / "python"
_stub = BINDING / "python/jules/_native.pyi"


@command("python setup", "a virtual environment with the development tools")
def setup() -> None:
    requirements = BINDING / "requirements-dev.txt"
    # The packages are used from their sources; only the native module is built.
    sources = f"{BINDING / 'python'}\n{EMULATOR}\n"

    def install() -> None:
        venv(_home / "venv", "--requirement", requirements)
        packages = output(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        Path(packages, "jules-sources.pth").write_text(sources)

    when_changed("python", [requirements, sys.version, sources], install, PYTHON)


def _maturin(verb: str, out: Path, *options: str, project: Path = BINDING, env: Environment = None) -> None:
    setup()
    shutil.rmtree(out, ignore_errors=True)
    if verb != "sdist" and project == BINDING:
        options = (*options, "--interpreter", str(PYTHON))
    env = {**(env or {}), "VIRTUAL_ENV": str(BIN.parent)}
    run(BIN / "maturin", verb, *options, "--out", out, cwd=project, env=env, quiet=True)


def _release(out: Path, project: Path) -> Path:
    """The wheel of a project as it is released."""
    options, env = portable.maturin()
    _maturin("build", out, *options, project=project, env=env)
    wheel = _only(out, "*.whl")
    portable.check_all(wheel)
    return wheel


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
    _maturin("generate-stubs", _home / "stubs", "--profile", "dev", "--features", "stubs")
    shutil.copyfile(_only(_home / "stubs", "**/_native.pyi"), _stub)


def check_stubs() -> None:
    """Fails where the committed stub is not what the sources say."""
    before = _stub.read_text()
    stubs()
    if before != _stub.read_text():
        raise Failed(f"{_stub} was not up to date; it is now: look at it and commit it")


@command("python lint", "formatting, lint rules, types of the package, its stubs, the examples and these tools")
def lint() -> None:
    build()
    check_stubs()
    places = "../examples/python ../tests/emulator/python ../tests/install ../tests/faults/programs ../.dev ../.dev/run"
    ours = (".", *places.split())
    run(BIN / "ruff", "check", *ours, cwd=BINDING)
    run(BIN / "ruff", "format", "--check", *ours, cwd=BINDING)
    run(BIN / "mypy", cwd=BINDING)
    tools = ("--python-version", "3.11", "../.dev/tasks", "../.dev/tests")
    run(BIN / "mypy", *tools, cwd=BINDING, env={"MYPYPATH": "../.dev:../.dev/tests"})
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
        tally.run("python-own-tests.xml", *own_tests(wheel, emulator()))


def own_tests(*wheels: Path) -> list[Word]:
    """The command that runs a project's own tests with these wheels, without a registry."""
    place = _home / "pytest"
    wanted = re.findall(r"^pytest==.*$", (BINDING / "requirements-dev.txt").read_text(), re.MULTILINE)
    # What pytest needs below 3.11, and pip, which judges markers by the Python that runs it, would leave out.
    wanted += ["exceptiongroup", "tomli"]
    # Whatever any Python needs for it.
    oldest = ("--quiet", "--only-binary", ":all:", "--python-version", "3.10", "--dest", place)
    when_changed("pytest", wanted, lambda: run(BIN / "pip", "download", *oldest, *wanted), place)
    return [REPO / "tests/install/python/own-tests", place, *wheels]


@command("python sdist", "the source distribution, and the wheel that pip makes of it, in target/dev/python/sdist")
def sdist() -> Path:
    """Gives the wheel that was made of it."""
    place = source_distribution().parent
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "MATURIN_PEP517_ARGS": "--profile dev"}
    pip = ("wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", place)
    run(BIN / "pip", *pip, _only(place, "*.tar.gz"), env=env)
    return _only(place, "*.whl")


def source_distribution() -> Path:
    """The archive alone."""
    _maturin("sdist", place := _home / "sdist")
    return _only(place, "*.tar.gz")


@command("python docs", "the documentation of everything that is exported, in target/doc-python")
def docs() -> Path:
    build()
    place = TARGET / "doc-python"
    shutil.rmtree(place, ignore_errors=True)
    shown = ("--docformat", "google", "--no-show-source")
    env = {"PYTHONPATH": str(BINDING / "python")}
    # Quietly: it wonders about each error's fields, which are set in its base.
    run(BIN / "pdoc", *shown, "--output-directory", place, "jules", env=env, quiet=True)
    return place


def example(name: str) -> list[Word]:
    build()
    return [PYTHON, REPO / f"examples/python/{name}.py"]


@command("python wheel", "the wheel for a release, in target/wheels")
@functools.cache
def wheel() -> Path:
    """Gives it."""
    return _release(TARGET / "wheels", BINDING)


@functools.cache
def emulator() -> Path:
    """The emulator's wheel, for tests (debug)."""
    _maturin("build", _home / "emulator", "--profile", "dev", project=EMULATOR)
    return _only(_home / "emulator", "*.whl")


@command("emulator wheel", "the emulator's wheel for a release, in target/emulator-wheels: program, helper, fixture")
@functools.cache
def emulator_wheel() -> Path:
    """Gives it."""
    return _release(TARGET / "emulator-wheels", EMULATOR)
