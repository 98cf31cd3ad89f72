"""Everything for the Rust crates."""

import contextlib
import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path

from tasks.places import DEV, REPO, TARGET
from tasks.process import Word, background, output, run
from tasks.registry import command
from tasks.stamp import when_changed
from tasks.tally import Tally

MACHETE = "0.9.2"
_tools = DEV / "rust"


@command("rust setup", "what rustup or cargo must add for development")
def setup() -> None:
    installed = output("rustup component list --installed")
    if not all(f"{name}-" in installed for name in ("clippy", "rustfmt")):
        run("rustup component add clippy rustfmt")
    tool("cargo-machete", MACHETE)


def tool(name: str, version: str) -> Path:
    """A program of cargo's, installed here and nowhere else."""
    install = (f"cargo install --quiet --debug --locked --force {name}@{version} --root", _tools)
    when_changed(name, [version], lambda: run(*install), program := _tools / "bin" / name)
    return program


@command("rust build", "the emulator, the conformance runner and the examples (debug)")
@functools.cache
def build() -> None:
    run("cargo build --quiet -p jules-emulator -p jules-conformance -p jules-examples")


@command("rust lint", "formatting, clippy, documentation, unused dependencies")
def lint() -> None:
    setup()
    run("cargo fmt --all --check")
    # Not --all-targets: that would build the Node addon as a test program, which it can't be.
    run("cargo clippy --quiet --workspace --lib --bins --tests --examples -- -D warnings")
    # The crate also stands without PostgreSQL: who counts bytes leaves it out.
    run("cargo clippy --quiet -p jules --lib --no-default-features -- -D warnings")
    run("cargo doc --quiet --no-deps -p jules -p jules-emulator", env={"RUSTDOCFLAGS": "-D warnings"})
    run(tool("cargo-machete", MACHETE), "--skip-target-dir", REPO)


@command(
    "rust test",
    "unit, integration and documentation tests of core, emulator and conformance; as for `cargo test`",
    "[ARGUMENT…]",
)
def test(tally: Tally, *arguments: str) -> None:
    # More at once than there are processors: most tests wait for a server or a clock.
    threads = os.environ.get("RUST_TEST_THREADS", "6")
    tally.cargo_test("--quiet", "--no-fail-fast", *arguments, env={"RUST_TEST_THREADS": threads})


@command("rust docs", "the crates' documentation, in target/doc")
def docs() -> Path:
    run("cargo doc --quiet --no-deps -p jules -p jules-emulator")
    return TARGET / "doc"


def example(name: str) -> list[Word]:
    return ["cargo", "run", "--quiet", "-p", "jules-examples", "--bin", name]


@functools.cache
def emulator() -> Path:
    """The emulator that tests start; built, unless another one is named."""
    if "JULES_EMULATOR_BIN" in os.environ:
        return Path(os.environ["JULES_EMULATOR_BIN"])
    run("cargo build --quiet -p jules-emulator")
    return TARGET / "debug/jules-emulator"


@contextlib.contextmanager
def serving(speed: int, program: Path | None = None) -> Iterator[dict[str, str]]:
    """An emulator whose scripted time is so many times faster, and what in the environment points to it."""
    program = program or emulator()
    with background(program, "--port", "0", "--speed", str(speed), "--exit-with-stdin") as ready:
        yield {"JULES_EMULATOR_BIN": str(program), "JULES_BASE_URL": json.loads(ready)["url"]}
