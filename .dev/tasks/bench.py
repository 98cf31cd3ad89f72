"""Ours in Rust, Python, Node and (where it can be had) Swift beside the official SDK and the Python peer.

bench [WORK …]          release builds, the sizes of design §3: six minutes once everything is built
bench --smoke [WORK …]  debug builds, tiny sizes: whether the scripts work
bench lint              the scripts' formatting and lint rules

See tests/bench/README.md.
"""

import contextlib
import shutil
import sys
from pathlib import Path

from tasks import node, python, swift
from tasks.places import DEV, REPO, TARGET
from tasks.process import Unavailable, Word, output, run
from tasks.stamp import when_changed

_bench = REPO / "tests/bench"
_place = DEV / "bench"


def _fresh(name: str) -> Path:
    folder = _place / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _install_node(name: str, files: list[Path], *words: Word) -> None:
    folder = _fresh(name)
    (folder / "package.json").write_text('{ "private": true, "type": "module" }\n')
    for file in files:
        shutil.copy(file, folder)
    run("npm", *words, "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)


def _install_python(name: str, *words: Word) -> None:
    run(sys.executable, "-m", "venv", "--clear", _place / name / "venv")
    run(_place / name / "venv/bin/pip", "install", "--quiet", *words)


def _install(*, release: bool) -> None:
    """What is measured: built, packed, and installed from the packages into fresh places."""
    run("cargo", "build", "--quiet", *(["--release"] if release else []), "-p", "jules-emulator", "-p", "jules-bench")
    node.build(*(["--release"] if release else []))
    wheel = python.wheel() if release else python.build()
    if release:
        with contextlib.suppress(Unavailable):
            swift.contestant()
    output("node", node.PACKAGE / "scripts/pack.mjs", tarballs := _fresh("tarballs"))
    packed = sorted(tarballs.glob("*.tgz"))
    locked = [_bench / "package.json", _bench / "package-lock.json"]
    peers = _bench / "requirements.txt"
    todo = [
        ("official", locked, lambda: _install_node("official", locked, "ci"), "node_modules"),
        ("peer", [peers], lambda: _install_python("peer", "--requirement", peers), "venv"),
        ("ours-python", [wheel], lambda: _install_python("ours-python", "--no-index", wheel), "venv"),
        ("ours-node", packed, lambda: _install_node("ours-node", [], "install", "--no-save", *packed), "node_modules"),
    ]
    for name, inputs, make, made in todo:
        when_changed(f"bench-{name}", inputs, make, _place / name / made)
        # Beside what they import, for that is where Node and Python look.
        kind = "py" if made == "venv" else "mjs"
        for file in ("common", name.partition("-")[0]):
            shutil.copy(_bench / "contestants" / f"{file}.{kind}", _place / name)


def measure(*arguments: str) -> None:
    release = "--smoke" not in arguments
    _install(release=release)
    built = TARGET / ("release" if release else "debug")
    programs = ("--emulator", built / "jules-emulator", "--rust", built / "jules-bench", "--place", _place)
    # Nothing is compiled beside the sources.
    runner: tuple[Word, ...] = (
        sys.executable,
        "-B",
        _bench / "runner",
        *programs,
        "--output",
        TARGET / "bench",
        *arguments,
    )
    run(*runner, *arguments, env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"})


def lint() -> None:
    python.setup()
    node.setup()
    # What is left to tests there is left to these too.
    rules = ("--config", python.BINDING / "pyproject.toml", _bench)
    run(python.RUFF, "check", *rules)
    run(python.RUFF, "format", "--check", *rules)
    biome = (node.PACKAGE / "node_modules/.bin/biome", "ci", "--error-on-warnings")
    run(*biome, "../tests/bench/contestants", "../tests/bench/package.json", cwd=node.PACKAGE)
