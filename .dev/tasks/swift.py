"""Everything for the Swift package.

Exit code 77: Swift can't be had on this machine; the reason is on stderr.
"""

import functools
import os
import platform
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from tasks import portable, rust, swift_root
from tasks.places import DEV, REPO, RUN, TARGET
from tasks.process import Environment, Unavailable, Word, become, output, say, split
from tasks.process import run as step
from tasks.registry import command
from tasks.stamp import when_changed
from tasks.swift_root import setup as setup
from tasks.tally import Tally

command("swift setup", "a Swift toolchain, where there is none (see swift-root)")(setup)

PACKAGE = REPO / "bindings-swift"
SCRATCH = TARGET / "swift"
_prefix = SCRATCH / "prefix"
_header = _prefix / "include/jules_swift.h"
# For pkg-config. It names no folder: people unpack a release where they like.
PC = """\
prefix=${pcfiledir}/../..
libdir=${prefix}/lib
includedir=${prefix}/include

Name: jules-swift
Description: The Rust library behind the Swift package Jules
Version: VERSION
Cflags: -I${includedir}
Libs: -L${libdir} -ljules_swift -lm -ldl -lpthread
"""


def in_swift(*words: Word, prefix: Path = _prefix, strict: bool = True) -> list[Word]:
    """The command to run this where Swift is, with the library in reach; strictly: our warnings are errors."""
    found = os.environ.get("PKG_CONFIG_PATH")
    path = f"PKG_CONFIG_PATH={prefix}/lib/pkgconfig{f':{found}' if found else ''}"
    return ["env", path, *(["JULES_SWIFT_STRICT=1"] if strict else []), *swift_root.command(*split(*words))]


def _package(package: Path, scratch: str) -> tuple[Word, ...]:
    return ("--package-path", package, "--scratch-path", SCRATCH / scratch)


def _replace(fresh: Path, old: Path) -> None:
    """Writes a file only when it differs, so that nothing is built again for nothing."""
    if not old.exists() or old.read_bytes() != fresh.read_bytes():
        old.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fresh, old)


def _generate(library: Path) -> None:
    """The Swift side of the boundary, and the header. Debug and release builds share them."""
    fresh, glue = SCRATCH / "generated", PACKAGE / "Sources/JulesGlue/JulesGlue.swift"

    def make() -> None:
        step("cargo build --quiet -p jules-swift --features bindgen --bin generate-swift")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        step(TARGET / "debug/generate-swift", library, PACKAGE / "uniffi.toml", fresh)
        _replace(fresh / "JulesGlue.swift", glue)
        _replace(fresh / "jules_swift.h", _header)

    generator = (PACKAGE / "uniffi.toml", *sorted(PACKAGE.glob("src/bin/*")))
    when_changed("swift-layer", [library, *generator], make, glue, _header)


def _lay_out(library: Path, folder: Path, *programs: str) -> None:
    """Lays the library out in a folder: what pkg-config reads, and the archive."""
    version = re.findall(r'^version = "(.*)"', (REPO / "Cargo.toml").read_text(), re.MULTILINE)[0]
    archive, about = folder / "lib/libjules_swift.a", folder / "lib/pkgconfig/jules-swift.pc"
    about.parent.mkdir(parents=True, exist_ok=True)
    about.write_text(PC.replace("VERSION", version))

    def make() -> None:
        archive.unlink(missing_ok=True)
        try:
            archive.hardlink_to(library)
        except OSError:
            shutil.copyfile(library, archive)
        # SwiftPM doesn't see that an archive found by pkg-config has changed: what was linked with the old one must go.
        names = ("conformance-driver", "demo", "hello", "jules-run", "menu-bar", "ours")
        for path in (path for each in programs for path in SCRATCH.glob(each)):
            if path.is_file() and (path.name in names or path.suffix == ".xctest"):
                path.unlink()

    when_changed(f"swift-{folder.name}", [library], make, archive)


@functools.cache
def _build_library() -> None:
    setup()
    step("cargo build --quiet -p jules-swift")
    _generate(library := TARGET / "debug/libjules_swift.a")
    _lay_out(library, _prefix, "*/*/debug/*")


@command("swift build", "the Rust library, the generated layer, the Swift package (debug)")
@functools.cache
def build() -> None:
    _build_library()
    # Quietly: SwiftPM has a line for each file.
    step(*in_swift("swift build", *_package(PACKAGE, "build")), quiet=True)


@command("swift lint", "formatting and lint rules, strictly")
def lint() -> None:
    setup()
    ours = [PACKAGE / name for name in ("Package.swift", "Sources/Jules", "Sources/conformance-driver", "Tests")]
    ours += [REPO / name for name in ("examples/swift", "tests/install/swift", "tests/bench/contestants/swift")]
    step(*in_swift("swift format lint --strict --recursive --configuration", PACKAGE / ".swift-format", *ours))
    say("swift: lint: clean")


def _tests(tally: Tally, env: Environment, name: str, package: Path, scratch: str, *options: str) -> None:
    # Not --xunit-output: Swift 6.0 writes none of Swift Testing's tests.
    report = ("--event-stream-version", "0", "--event-stream-output-path", "{report}")
    words = in_swift("swift test --disable-xctest", *_package(package, scratch), *report, *options)
    tally.run(f"{name}.events", *words, env=env)


def leaks(tally: Tally) -> None:
    """What the process holds after many sessions; it is read from Linux's /proc."""
    build()
    with rust.serving(20) as env:
        _tests(tally, env, "swift-leaks", PACKAGE, "build", "--filter", "LeakTests")


@command(
    "swift test", "unit and integration tests against the emulator, examples, documentation, then the install test"
)
def test(tally: Tally) -> None:
    build()
    with rust.serving(20) as env:
        tests = functools.partial(_tests, tally, env)
        tests("swift", PACKAGE, "build", "--skip", "MemoryTests", "--skip", "LeakTests")
        # They count what the whole process holds.
        tests("swift-memory", PACKAGE, "build", "--skip-build", "--filter", "MemoryTests")
        if sys.platform == "linux":
            tests("swift-leaks", PACKAGE, "build", "--skip-build", "--filter", "LeakTests")
        # The programs that people would keep, and their tests.
        apps = REPO / "examples/swift/apps"
        # Debian's libswiftObservation.so lacks a symbol that only a program about to end calls.
        tests("swift-apps", apps, "apps", *(("-Xlinker", "--allow-shlib-undefined") if sys.platform == "linux" else ()))
        tally.run("swift-run.json", *in_swift(apps / "test", SCRATCH / "apps/debug/jules-run"), env=env)
        tally.passed += docs()
        tally.run("swift-install.json", REPO / "tests/install/swift/run", env=env)


@command("swift docs", "the DocC archive; what is undocumented, a dead link or a snippet that doesn't compile fails")
def docs() -> int:
    """The documentation, in target/swift/Jules.doccarchive. Gives the number of its snippets."""
    build()
    graphs, snippets = SCRATCH / "symbols", SCRATCH / "snippets"
    for folder in (graphs, snippets):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    public = ("dump-symbol-graph", "--minimum-access-level", "public", "--skip-synthesized-members")
    step(*in_swift("swift package", *_package(PACKAGE, "build"), *public), quiet=True)
    for graph in SCRATCH.glob("build/**/symbolgraph/Jules.symbols.json"):
        shutil.copy(graph, graphs)
    step(Path(sys.executable), PACKAGE / "scripts/undocumented.py", graphs / "Jules.symbols.json")
    # Beside swift itself, wherever that is inside; on a Mac `swift` only stands for what Xcode has.
    find = 'xcrun --find docc 2>/dev/null || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc"'
    docc = output(*in_swift("sh -c", find))
    archive: tuple[Word, ...] = ("--additional-symbol-graph-dir", graphs, "--output-dir", SCRATCH / "Jules.doccarchive")
    # Its pages name their own place on the site, which JULES_SITE_PATH is in front of.
    hosted = os.environ.get("JULES_SITE_PATH", "").strip("/")
    archive += ("--transform-for-static-hosting", "--hosting-base-path", f"{hosted}/reference/swift".lstrip("/"))
    names = ("--fallback-display-name", "Jules", "--fallback-bundle-identifier", "jules-sdk.Jules")
    catalogue = PACKAGE / "Sources/Jules/Jules.docc"
    step(*in_swift(Path(docc), "convert", catalogue, *archive, "--warnings-as-errors", *names))

    pages = (
        "README.md",
        "TESTING.md",
        "Sources/Jules/*.swift",
        "Sources/Jules/*.md",
        "../docs/*.md",
        "../tests/emulator/README.md",
    )
    files = output("git ls-files -co --exclude-standard", *pages, cwd=PACKAGE).splitlines()
    count = int(output(Path(sys.executable), PACKAGE / "scripts/snippets.py", snippets, *files, cwd=PACKAGE))
    check: list[Word] = ["swiftc -typecheck -suppress-warnings -swift-version 6 -I", SCRATCH / "build/debug/Modules"]
    check += ["-I", PACKAGE / "Sources/JulesFFI", "-Xcc", f"-I{_header.parent}"]
    step(*in_swift(*check, "-parse-as-library", PACKAGE / "scripts/Context.swift", snippets / "Snippets.swift"))
    for program in sorted(snippets.glob("programs/*/main.swift")):
        step(*in_swift(*check, program))
    say(f"docs: {count} snippets")
    return count


def reference() -> Path:
    """The archive, which is also a site."""
    docs()
    return SCRATCH / "Jules.doccarchive"


def example(name: str) -> list[Word]:
    _build_library()
    step(*in_swift("swift build --product", name, *_package(REPO / "examples/swift/demo", "demo")), quiet=True)
    return in_swift(SCRATCH / "demo/debug" / name)


@command("swift driver", "the conformance driver", "PLAN")
def driver(plan: str) -> NoReturn:
    # A case may have an environment of its own, the home directory in it.
    home = f"HOME={os.environ.get('HOME', '/root')}"
    become(*in_swift("env", home, SCRATCH / "build/debug/conformance-driver", plan))


@command("swift run", "any command where Swift is, with the library in reach", "COMMAND …")
def run(*words: str) -> NoReturn:
    become(*in_swift("", *words, strict=False))


def _build_release() -> Path:
    """The library as users get it, laid out in a folder of its own."""
    setup()
    library, folder = portable.build("jules-swift", "libjules_swift.a"), SCRATCH / "release"
    _generate(library)
    _lay_out(library, folder, "contestant/*/release/*", "released/*/debug/*")
    _replace(_header, folder / "include/jules_swift.h")
    return folder


def released(name: str) -> list[Word]:
    """The command of an example that is linked with the library as users get it."""
    folder = _build_release()
    package = _package(REPO / "examples/swift/demo", "released")
    step(*in_swift("swift build --product", name, *package, prefix=folder), quiet=True)
    return in_swift(SCRATCH / "released/debug" / name)


@command("swift install", "the library (release) for other packages on this machine; default /usr/local", "[PREFIX]")
def install(prefix: str = "/usr/local") -> None:
    place = Path(prefix).absolute()
    folder = _build_release()
    # The system that Swift lives in is the one that needs it.
    step(*in_swift("mkdir -p", place))
    step(*in_swift("cp -R", folder / "lib", folder / "include", f"{place}/"))
    say(f"swift: installed in {place}")


@command(
    "swift archive", "the library (release) for Linux as a release has it, to unpack anywhere: a .tar.gz in DIR", "DIR"
)
def archive(place: str) -> Path:
    if sys.platform != "linux":
        raise Unavailable("the archive for Linux is made on Linux; a Mac makes an XCFramework, by scripts/xcframework")
    folder, machine = _build_release(), {"x86_64": "x64", "aarch64": "arm64"}
    portable.check_all(folder / "lib/libjules_swift.a")
    file = Path(place).absolute() / f"jules-swift-linux-{machine[platform.machine()]}.tar.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    # Below a name of its own, for it is unpacked where others are too.
    (about := folder / "share/doc/jules-swift").mkdir(parents=True, exist_ok=True)
    shutil.copy(REPO / "LICENSE", about)
    step("tar --create --gzip --owner=0 --group=0 --file", file, "-C", folder, "include", "lib", "share")
    return file


@command(
    "swift by-url",
    "a stranger's package, with the release by URL and the library of this archive, which is run",
    "ARCHIVE",
)
def by_url(tally: Tally, file: str) -> None:
    _build_library()
    with rust.serving(20) as env:
        tally.run("swift-by-url.json", REPO / "tests/install/swift/run", file, env=env)


@command("swift contestant", "builds ours for `make bench` (release), where the benchmark looks for it")
def contestant() -> None:
    folder = _build_release()
    ours = _package(REPO / "tests/bench/contestants/swift", "contestant")
    step(*in_swift("swift build -c release", *ours, prefix=folder), quiet=True)
    place = DEV / "bench/ours-swift/ours"
    place.parent.mkdir(parents=True, exist_ok=True)
    # Where Swift is in a root of its own, it runs in there.
    places = (f"CARGO_TARGET_DIR={TARGET}", f"JULES_DEV_CACHE={swift_root.CACHE}")
    words = ("env", *places, *RUN, "swift", "run", SCRATCH / "contestant/release/ours")
    place.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, words))}\n")
    place.chmod(0o755)
