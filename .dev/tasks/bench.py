"""Ours in Rust, Python, Node and (where it can be had) Swift beside the official SDK and the Python peer.

See tests/bench/README.md.
"""

import argparse
import contextlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tasks import guards, node, postgres, python, swift
from tasks.places import DEV, REPO, TARGET
from tasks.process import Failed, Unavailable, output, run, venv
from tasks.registry import command
from tasks.stamp import when_changed

_bench = REPO / "tests/bench"
_place = DEV / "bench"
GROWTH = {"sessions", "store", "processes", "items", "quota"}
BESIDE = {
    "official": ("common.mjs", "official.mjs", "bare.mjs"),
    "ours-node": ("common.mjs", "ours.mjs"),
    "peer": ("common.py", "peer.py", "bare.py"),
    "ours-python": ("common.py", "ours.py"),
}
# Its address is built in, and no OpenSSL is needed to talk with an emulator.
CHANGED = (
    ("src/client.rs", "    base_url: Url,", "    pub base_url: Url,"),
    ("Cargo.toml", "[dependencies.reqwest]\n", "[dependencies.reqwest]\ndefault-features = false\n"),
)


def _fresh(name: str) -> Path:
    shutil.rmtree(_place / name, ignore_errors=True)
    return _place / name


def _install(release: tuple[str, ...], languages: list[str]) -> None:
    """What is measured: built, packed, and installed from the packages into fresh places."""
    if "python" in languages:
        wheel = python.wheel() if release else python.build()
        _put("ours-python", [wheel], lambda place: venv(place / "venv", "--no-index", wheel))
    if "node" in languages:
        node.build(*release)
        output("node", node.PACKAGE / "scripts/pack.mjs", tarballs := _fresh("tarballs"))
        packed = sorted(tarballs.glob("*.tgz"))
        _put("ours-node", packed, lambda place: node.npm(place, "install --prefix .", *packed))
    if "swift" in languages and release:
        with contextlib.suppress(Unavailable):
            swift.contestant()


def _peers(release: tuple[str, ...]) -> None:
    """What others wrote, and bare loops, from the registries."""
    locked, peers = sorted(_bench.glob("package*.json")), _bench / "requirements.txt"
    _put("official", locked, lambda place: node.npm(place, "ci", files=locked))
    _put("peer", [peers], lambda place: venv(place / "venv", "--requirement", peers))
    sources = sorted(path for path in (_bench / "bare").rglob("*") if path.is_file())
    _put("bare", sources, lambda place: _bare(place, release))


def _put(name: str, inputs: list[Path], make: Callable[[Path], None]) -> None:
    when_changed(f"bench-{name}", inputs, lambda: make(_fresh(name)), _place / name)
    # Beside what they import, for that is where Node and Python look.
    for file in BESIDE.get(name, ()):
        shutil.copy(_bench / "contestants" / file, _place / name)


def _bare(place: Path, release: tuple[str, ...]) -> None:
    """`jules-rs` and the bare loop in Rust, of crates that are no part of ours."""
    shutil.copytree(_bench / "bare", place)
    manifest = place / "Cargo.toml"
    # The crate as it was released comes first, so that it can be changed.
    text = manifest.read_text()
    manifest.write_text(text.partition("[patch.crates-io]")[0])
    metadata = json.loads(output("cargo metadata --format-version 1 --manifest-path", manifest))
    [released] = [Path(one["manifest_path"]).parent for one in metadata["packages"] if one["name"] == "jules-rs"]
    shutil.copytree(released, place / "jules-rs")
    for file, before, after in CHANGED:
        path = place / "jules-rs" / file
        if before not in (source := path.read_text()):
            raise Failed(f"jules-rs is another one than expected: {file} has no {before!r}")
        path.write_text(source.replace(before, after, 1))
    manifest.write_text(text)
    run("cargo build --quiet --manifest-path", manifest, "--target-dir", place / "target", *release)
    for name in ("thin", "bare"):
        shutil.copy(place / "target" / ("release" if release else "debug") / name, place / name)


@command(
    "bench",
    "release builds, the sizes of design §3, and how the cost grows: half an hour once everything is built; "
    "with --smoke debug builds and tiny sizes: whether the scripts work",
    "[--smoke] [--languages LIST] [PART …]",
)
def bench(*arguments: str) -> None:
    parser = argparse.ArgumentParser(".dev/run bench")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--languages", default="rust,python,node,swift")
    parser.add_argument("parts", nargs="*")
    given = parser.parse_args(arguments)
    release = () if given.smoke else ("--release",)
    run("cargo build --quiet -p jules-emulator -p jules-bench", *release)
    # How the cost grows is core's alone, without peers.
    if not given.parts or set(given.parts) - GROWTH:
        _install(release, given.languages.split(","))
        _peers(release)
    built = TARGET / ("release" if release else "debug")
    programs = ("--emulator", built / "jules-emulator", "--rust", built / "jules-bench")
    places = ("--place", _place, "--output", TARGET / "bench", "--keep", _bench / "results.json")
    # Nothing is compiled beside the sources.
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    with contextlib.ExitStack() as stack:
        if "store" in given.parts or not given.parts:
            env["BENCH_FIGURES"] = str(guards.program())
            with contextlib.suppress(Unavailable):
                env["JULES_TEST_POSTGRES"] = stack.enter_context(postgres.serving())
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
