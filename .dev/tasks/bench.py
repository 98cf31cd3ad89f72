"""Ours in Rust, Python, Node and (where it can be had) Swift beside the official SDK and the Python peer.

See tests/bench/README.md.
"""

import contextlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tasks import guards, node, python, swift  # noqa: F401, guards for their commands
from tasks.places import DEV, REPO, TARGET
from tasks.process import Unavailable, output, run, venv
from tasks.registry import command
from tasks.stamp import when_changed

_bench = REPO / "tests/bench"
_place = DEV / "bench"


def _fresh(name: str) -> Path:
    shutil.rmtree(_place / name, ignore_errors=True)
    return _place / name


def _install(release: tuple[str, ...]) -> None:
    """What is measured: built, packed, and installed from the packages into fresh places."""
    run("cargo build --quiet -p jules-emulator -p jules-bench", *release)
    wheel = python.wheel() if release else python.build()
    node.build(*release)
    output("node", node.PACKAGE / "scripts/pack.mjs", tarballs := _fresh("tarballs"))
    if release:
        with contextlib.suppress(Unavailable):
            swift.contestant()
    packed, locked = sorted(tarballs.glob("*.tgz")), sorted(_bench.glob("package*.json"))
    peers = _bench / "requirements.txt"
    _put("official", locked, lambda place: node.npm(place, "ci", files=locked))
    _put("ours-node", packed, lambda place: node.npm(place, "install --prefix .", *packed))
    _put("peer", [peers], lambda place: venv(place / "venv", "--requirement", peers))
    _put("ours-python", [wheel], lambda place: venv(place / "venv", "--no-index", wheel))


def _put(name: str, inputs: list[Path], make: Callable[[Path], None]) -> None:
    when_changed(f"bench-{name}", inputs, lambda: make(_fresh(name)), _place / name)
    # Beside what they import, for that is where Node and Python look.
    kind = "mjs" if name in ("official", "ours-node") else "py"
    for file in ("common", name.partition("-")[0]):
        shutil.copy(_bench / f"contestants/{file}.{kind}", _place / name)


@command(
    "bench",
    "release builds, the sizes of design §3: six minutes once everything is built; "
    "with --smoke debug builds and tiny sizes: whether the scripts work",
    "[--smoke] [WORK …]",
)
def bench(*arguments: str) -> None:
    release = () if "--smoke" in arguments else ("--release",)
    _install(release)
    built = TARGET / ("release" if release else "debug")
    programs = ("--emulator", built / "jules-emulator", "--rust", built / "jules-bench")
    places = ("--place", _place, "--output", TARGET / "bench")
    # Nothing is compiled beside the sources.
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    run(Path(sys.executable), _bench / "runner", *programs, *places, *arguments, env=env)


@command("bench lint", "the scripts' formatting and lint rules")
def lint() -> None:
    python.setup()
    node.setup()
    # What is left to tests there is left to these too.
    rules = ("--config", python.BINDING / "pyproject.toml", _bench)
    run(python.BIN / "ruff", "check", *rules)
    run(python.BIN / "ruff", "format", "--check", *rules)
    biome = "node_modules/.bin/biome ci --error-on-warnings ../tests/bench/contestants ../tests/bench/package.json"
    run(biome, cwd=node.PACKAGE)
