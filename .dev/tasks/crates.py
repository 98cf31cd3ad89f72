"""The crates as crates.io gets them and as a stranger uses them: packed, unpacked, depended on from outside."""

import functools
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from tasks import rust
from tasks.places import TARGET
from tasks.process import Failed, output, run
from tasks.registry import command

# What others need first.
CRATES = ("jules-emulator", "jules")
# Nothing without which a crate can't be used, or not be given on.
WANTED = ("Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "src/lib.rs")
KNOWN = {*(name.split("/")[0] for name in WANTED), "Cargo.toml.orig", ".cargo_vcs_info.json", "scenarios"}
_place = TARGET / "crates"
# The stranger's own builds, all in one place so that what they have in common is compiled once.
_build = {"CARGO_TARGET_DIR": str(_place / "build"), "CARGO_PROFILE_DEV_DEBUG": "0"}


@functools.cache
def packed() -> list[Path]:
    """The files, from the sources as they are here."""
    shutil.rmtree(TARGET / "package", ignore_errors=True)
    chosen = [word for crate in CRATES for word in ("--package", crate)]
    # Without building each: that is what the stranger does.
    run("cargo package --quiet --no-verify --allow-dirty", *chosen, quiet=True)
    files = [next((TARGET / "package").glob(f"{crate}-[0-9]*.crate")) for crate in CRATES]
    for file in files:
        check(file)
    return files


def check(file: Path) -> None:
    """Fails unless what a crate needs is in it, and nothing of the repository besides."""
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    if missing := [name for name in WANTED if name not in names]:
        raise Failed(f"{file.name} lacks {', '.join(missing)}")
    if more := sorted({name.split("/")[0] for name in names} - KNOWN):
        raise Failed(f"{file.name} has {', '.join(more)}, which no user needs")


@command("rust pack", "the crates for a release, as .crate files in DIR", "DIR")
def pack(place: str) -> None:
    Path(place).mkdir(parents=True, exist_ok=True)
    for file in packed():
        shutil.copy(file, place)


def unpacked(crate: str) -> Path:
    """The folder of a crate that was packed."""
    file = packed()[CRATES.index(crate)]
    folder = _place / "unpacked" / file.name.removesuffix(".crate")
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(file) as archive:
        archive.extractall(folder.parent, filter="data")
    return folder


@functools.cache
def emulator() -> Path:
    """The program that `cargo install` makes of its crate; it says its version."""
    words = "cargo install --quiet --debug --locked --force --root"
    run(words, _place / "installed", "--path", unpacked("jules-emulator"), env=_build, cwd=Path("/"))
    return _place / "installed/bin/jules-emulator"


def project(page: str) -> tuple[str, list[list[str]]]:
    """The crate's page as a stranger reads it: the program, and what cargo is told before it runs."""
    program = re.search(r"^```rust\S*\n(.+?)^```$", page, re.DOTALL | re.MULTILINE)
    commands = [line.split() for line in re.findall(r"^\$ cargo (add .+)$", page, re.MULTILINE)]
    if program is None or not any("jules" in words for words in commands):
        raise Failed("the crate's README has lost its program, or how the crate is added")
    return program[1], commands


def five_lines(program: Path) -> str:
    """What the README's program prints, in a fresh project that depends on the crate, with this emulator."""
    crate = unpacked("jules")
    code, commands = project((crate / "README.md").read_text())
    # Not below the repository: cargo would take it for a member of our workspace.
    with tempfile.TemporaryDirectory(prefix="jules-stranger.") as place, rust.serving(50, program) as env:
        folder = Path(place, "stranger")
        run("cargo new --quiet --bin --vcs none", folder, cwd=Path(place))
        for words in commands:
            if "jules" in words:
                words.remove("jules")
                run("cargo add --quiet --path", crate, cwd=folder)
            run("cargo", *words, "--quiet", cwd=folder)
        (folder / "src/main.rs").write_text(code)
        env = {**env, **_build, "JULES_API_KEY": "any", "JULES_CACHE_DIR": f"{place}/cache"}
        return output("cargo run --quiet", cwd=folder, env=env)
