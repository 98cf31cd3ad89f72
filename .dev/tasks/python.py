"""Everything for the Python package.

python setup             a virtual environment with the development tools
python build             the debug wheel, and its native module beside the sources
python stubs             writes the stub of the native module, which is generated from the Rust source, and committed
python lint              formatting, lint rules, types of the package, its stubs, the examples and these tools
python test [ARGUMENT…]  all tests, and the packages in fresh places; or what the arguments choose, as for pytest
python demo [NAME]       examples/python's demo, or another example, against JULES_BASE_URL
python sdist             the source distribution, and the wheel that pip makes of it, in target/dev/python/sdist
python wheel             the wheel for a release, in target/wheels
"""

import functools
import os
import shutil
import sys
import zipfile
from pathlib import Path

from tasks import rust
from tasks.places import DEV, REPO, TARGET
from tasks.process import Failed, Word, output, run
from tasks.stamp import when_changed
from tasks.tally import Tally

BINDING = REPO / "bindings-python"
VENV = DEV / "python" / "venv"
PYTHON = VENV / "bin" / "python"
RUFF = VENV / "bin" / "ruff"
_home = DEV / "python"
_wheels = _home / "wheels"
_stub = BINDING / "python" / "jules" / "_native.pyi"


def setup() -> None:
    requirements = BINDING / "requirements-dev.txt"

    def install() -> None:
        run(sys.executable, "-m", "venv", "--clear", VENV)
        run(VENV / "bin" / "pip", "install", "--quiet", "--requirement", requirements)
        # The package is used from its sources; only the native module is built.
        packages = output(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        Path(packages, "jules-sources.pth").write_text(f"{BINDING / 'python'}\n")

    when_changed("python", [requirements, sys.version], install, PYTHON)


def _maturin(verb: str, out: Path, *options: str) -> None:
    shutil.rmtree(out, ignore_errors=True)
    run(VENV / "bin" / "maturin", verb, *options, "--out", out, cwd=BINDING, env={"VIRTUAL_ENV": str(VENV)}, quiet=True)


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise Failed(f"one {pattern} was expected in {folder}, not {len(found)}")
    return found[0]


@functools.cache
def build() -> Path:
    """Gives the wheel."""
    setup()
    _maturin("build", _wheels, "--profile", "dev", "--interpreter", str(PYTHON))
    wheel = _only(_wheels, "*.whl")
    name = "jules/_native.abi3.so"
    module = BINDING / "python" / name
    with zipfile.ZipFile(wheel) as archive:
        fresh = archive.read(name)
    if not module.exists() or module.read_bytes() != fresh:
        # In one step, and never into the old file: a process may have it loaded.
        module.with_suffix(".new").write_bytes(fresh)
        module.with_suffix(".new").chmod(0o755)
        module.with_suffix(".new").replace(module)
    return wheel


def stubs() -> None:
    setup()
    _maturin("generate-stubs", _home / "stubs", "--profile", "dev", "--interpreter", str(PYTHON))
    shutil.copyfile(_only(_home / "stubs", "**/_native.pyi"), _stub)


def lint() -> None:
    build()
    before = _stub.read_text()
    stubs()
    if before != _stub.read_text():
        raise Failed(f"{_stub.relative_to(REPO)} was not up to date; it is now: look at it and commit it")
    ours = (".", "../examples/python", "../tests/install/python", "../.dev", "../.dev/run")
    run(RUFF, "check", *ours, cwd=BINDING)
    run(RUFF, "format", "--check", *ours, cwd=BINDING)
    run(VENV / "bin" / "mypy", cwd=BINDING)
    tools = ("--config-file", BINDING / "pyproject.toml", "--python-version", "3.11", ".dev/tasks", ".dev/tests")
    run(VENV / "bin" / "mypy", *tools, env={"MYPYPATH": str(REPO / ".dev")})
    run(PYTHON, "-m", "pyright", "--pythonpath", PYTHON, cwd=BINDING)
    stubtest = ("-m", "mypy.stubtest", "jules._native", "--mypy-config-file", "pyproject.toml")
    run(PYTHON, *stubtest, cwd=BINDING, env={"MYPYPATH": "python"})


def test(tally: Tally, *arguments: str) -> None:
    wheel = build()
    env = {"JULES_EMULATOR_BIN": str(rust.emulator())}
    # In more processes than there are processors: most tests wait.
    chosen = arguments or ("--numprocesses", "3", "--dist", "loadfile")
    tally.run("python.xml", PYTHON, "-m", "pytest", "--junit-xml", "{report}", *chosen, cwd=BINDING, env=env)
    if not arguments:
        fresh = REPO / "tests" / "install" / "python" / "run"
        tally.run("python-wheel.json", fresh, wheel, env=env)
        tally.run("python-sdist.json", fresh, sdist(), env=env)


def sdist() -> Path:
    """Gives the wheel that was made of it."""
    setup()
    place = _home / "sdist"
    _maturin("sdist", place)
    env = {"PATH": f"{VENV / 'bin'}:{os.environ['PATH']}", "MATURIN_PEP517_ARGS": "--profile dev"}
    alone = ("--no-index", "--no-deps", "--no-build-isolation")
    run(VENV / "bin/pip", "wheel", "--quiet", *alone, "--wheel-dir", place, _only(place, "*.tar.gz"), env=env)
    return _only(place, "*.whl")


def example(name: str) -> list[Word]:
    """The command that shows an example."""
    build()
    return [PYTHON, REPO / "examples/python" / f"{name}.py"]


def wheel() -> Path:
    """Gives it."""
    setup()
    _maturin("build", TARGET / "wheels", "--release", "--interpreter", str(PYTHON))
    return _only(TARGET / "wheels", "*.whl")
