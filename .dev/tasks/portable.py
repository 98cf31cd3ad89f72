"""Release builds for more systems than this one.

On Linux with glibc they are linked by zig, from PyPI, against glibc 2.17 (CentOS 7, Debian 8, Ubuntu 14.04, Amazon
Linux 2 and whatever came later); elsewhere they are cargo's own.
"""

import functools
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tasks.places import DEV, TARGET
from tasks.process import Environment, Failed, Word, output, run, say, venv
from tasks.registry import command
from tasks.stamp import when_changed

GLIBC = "2.17"
# What wheels are called that need no newer one.
MANYLINUX = "manylinux2014"
TOOLS = ("cargo-zigbuild==0.24.1", "ziglang==0.17.1")
# Bytes of a library in a package, stripped: so that one that grows is seen. The aim is 9 MB; where the bytes are, says
# `cargo bloat --release --crates -p jules-python`.
LARGEST = 13_000_000
# All of glibc's own; with each of them a system has the others.
LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "ld-linux-x86-64.so.2"}
LIBRARIES |= {"ld-linux-aarch64.so.1", "libgcc_s.so.1"}


@functools.cache
def host() -> str:
    """What Rust calls this machine."""
    return str(re.findall(r"^host: (.*)$", output("rustc -vV"), re.MULTILINE)[0])


def old_glibc() -> bool:
    """Whether releases are made for an older glibc than this machine's."""
    return host().endswith("-linux-gnu")


@functools.cache
def zig() -> dict[str, str]:
    """An environment in which `cargo zigbuild` and `maturin --zig` work."""
    place = DEV / "zig"
    when_changed("zig", TOOLS, lambda: venv(place, *TOOLS), place / "bin/cargo-zigbuild")
    program = next(place.glob("lib/python*/site-packages/ziglang/zig"))
    return {"PATH": f"{place}/bin:{os.environ['PATH']}", "CARGO_ZIGBUILD_ZIG_PATH": str(program)}


def cargo() -> tuple[list[str], Environment]:
    """How a release is built: the words behind `cargo`, and its environment."""
    if not old_glibc():
        return ["build", "--release"], None
    return ["zigbuild", "--release", "--target", f"{host()}.{GLIBC}"], zig()


def maturin() -> tuple[list[str], Environment]:
    """The same for maturin: its options and its environment."""
    if not old_glibc():
        return ["--release"], None
    return ["--release", "--zig", "--compatibility", MANYLINUX, "--target", host()], zig()


def built() -> Path:
    """Where a release build leaves what it makes."""
    return TARGET / host() / "release" if old_glibc() else TARGET / "release"


def build(package: str, file: str) -> Path:
    """Builds a package of the workspace; gives what it is wanted for, by its name."""
    words, env = cargo()
    run("", "cargo", *words, "--quiet", "--package", package, env=env)
    return built() / file


def too_new(version_info: str) -> list[str]:
    """The versions of glibc that are newer than they may be, in what `readelf` says of a file."""
    # Some stand for a kind of file and not for a number: no old glibc knows them.
    names = set(re.findall(r"Name: GLIBC_(\S+)", version_info))
    limit = [int(part) for part in GLIBC.split(".")]
    return sorted(
        name for name in names if not re.fullmatch(r"[\d.]+", name) or [int(part) for part in name.split(".")] > limit
    )


def too_large(file: Path) -> bool:
    """Whether a library of a package has more bytes than it may."""
    return file.suffix in {".so", ".node"} and file.stat().st_size > LARGEST


def check(file: Path) -> None:
    """Fails unless this program or library can be loaded where glibc is as old as that."""
    said = output("readelf --wide --version-info --dynamic", file)
    if names := too_new(said):
        symbols = re.findall(
            rf"\*UND\*.*\(?GLIBC_(?:{'|'.join(map(re.escape, names))})\)?\s+(\S+)", output("objdump -T", file)
        )
        raise Failed(
            f"{file.name} needs glibc {', '.join(names)}, for {', '.join(symbols) or 'its format'}; {GLIBC} is meant"
        )
    if more := set(re.findall(r"\(NEEDED\).*\[(.*)\]", said)) - LIBRARIES:
        raise Failed(f"{file.name} needs {', '.join(sorted(more))}, which a system may lack")


def link(*words: Word) -> None:
    """Links for old systems as a user's compiler would, with what a program in Rust needs of the system."""
    program = Path(zig()["CARGO_ZIGBUILD_ZIG_PATH"])
    system = f"cc -target {host().partition('-')[0]}-linux-gnu.{GLIBC}"
    run(program, *system.split(), *words, "-lm", "-ldl", "-lpthread", "-lunwind", quiet=True)


def check_archive(archive: Path) -> None:
    """The same of a static library: its symbols get their versions when all of it is linked."""
    whole = TARGET / f"{archive.stem}-whole.so"
    try:
        link(*["-shared", "-Wl,-z,defs", "-o"], whole, "-Wl,--whole-archive", archive, "-Wl,--no-whole-archive")
        check(whole)
    finally:
        whole.unlink(missing_ok=True)


def check_library(library: Path) -> None:
    """The same of what a package has, which may not be too large either."""
    check(library)
    if too_large(library):
        raise Failed(f"{library.name} has {library.stat().st_size:,} bytes, {LARGEST:,} are allowed")


def check_wheel(wheel: Path) -> None:
    """The same of what is in a wheel."""
    with zipfile.ZipFile(wheel) as packed, tempfile.TemporaryDirectory() as place:
        native = [name for name in packed.namelist() if packed.read(name)[:4] == b"\x7fELF"]
        if not native:
            raise Failed(f"{wheel.name} has no native part")
        for name in native:
            check_library(Path(packed.extract(name, place)))


def check_all(*files: Path) -> None:
    """The same of files of any kind, where there may be such a thing."""
    for file in files if old_glibc() else ():
        kinds: dict[str, Callable[[Path], None]] = {".whl": check_wheel, ".a": check_archive, ".node": check_library}
        kinds.get(file.suffix, check)(file)
        say(f"{file.name}: glibc {GLIBC} is enough")


@command(
    "portable check", f"fails where one of these programs, libraries and wheels needs more than glibc {GLIBC}", "FILE …"
)
def check_files(*files: str) -> None:
    check_all(*map(Path, files))
