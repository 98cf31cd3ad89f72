"""Everything for the Node package."""

import functools
import json
import os
import re
import shlex
import shutil
from pathlib import Path

from tasks import conformance, portable, rust
from tasks.places import CI, DEV, REPO, TARGET
from tasks.process import Failed, StepFailed, Word, install, output, run, say
from tasks.registry import command
from tasks.stamp import when_changed
from tasks.tally import Tally

PACKAGE = REPO / "bindings-node"
EMULATOR = REPO / "tests/emulator/npm"
# Beside the Node that runs this.
RUNTIMES = ("node@22.23.3", "node@24.9.0", "bun@1.4.5", "deno@2.9.6")
OLDEST, NEWEST = "node@20.20.2", "node@26.10.0"
# In a place of their own, and behind the package's on the path: they need an older TypeScript than we compile with.
_tools = DEV / "node-tools"
_path = {"PATH": f"{PACKAGE}/node_modules/.bin:{_tools}/node_modules/.bin:{os.environ['PATH']}"}


def npm(folder: Path, command: str, *packages: Word, files: list[Path] | None = None) -> None:
    """Installs in a folder that is made, with these files of packages in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files or []:
        shutil.copy(file, folder)
    run(f"npm {command} --no-audit --no-fund --loglevel=error", *packages, cwd=folder)


@command("node setup", "the tools of bindings-node/package-lock.json, from the npm registry")
def setup() -> None:
    found = output("node --version") if shutil.which("node") else "none"
    if not (version := re.match(r"v(\d+)\.", found)) or int(version[1]) < 20:
        raise Failed(f"Node 20 or newer is needed, found {found}")
    # Not `npm ci`: it insists on the optional packages of all platforms, which not every registry mirror carries.
    modules = functools.partial(npm, PACKAGE, "install --no-save")
    when_changed("node", [PACKAGE / "package-lock.json"], modules, PACKAGE / "node_modules/.bin/tsc")


def _set_up_tools() -> None:
    """What looks at the package from outside, and bundles it."""
    files = sorted(PACKAGE.glob("tools/package*.json"))
    when_changed("node-tools", files, lambda: npm(_tools, "ci", files=files), _tools / "node_modules/.bin/attw")


# What a build runs after the addon's, in the package. The workflow for Windows, without our tools, says the same.
COMPILE = ("tsc", "node scripts/open-types.mjs", "node scripts/bundle.mjs", "tsc --project ../tests/emulator/npm")


@command("node build", "the addon (debug), its generated types, the TypeScript")
@functools.cache
def build(*options: str) -> None:
    setup()
    for package in (PACKAGE, EMULATOR):
        shutil.rmtree(package / "dist", ignore_errors=True)
    cargo, env = portable.cargo() if "--release" in options else (["build"], None)
    run("node scripts/build-native.mjs", *cargo, cwd=PACKAGE, env=env)
    for each in COMPILE:
        run(each, cwd=PACKAGE, env=_path)
    # For the examples: this checkout as the packages they depend on.
    for name, package in {"jules-sdk": PACKAGE, "jules-emulator": EMULATOR}.items():
        link = REPO / "examples/node/node_modules" / name
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(package)


@command(
    "node lint", "strict types of sources, tests and examples; formatting and lint rules; the package from outside"
)
def lint() -> None:
    build()
    run("tsc --project test", cwd=PACKAGE, env=_path)
    run("tsc --project ../examples/node", cwd=PACKAGE, env=_path)
    places = ". ../examples/node ../tests/install/node ../tests/install/places ../tests/faults/programs ../.dev/site"
    run("biome ci --error-on-warnings", *places.split(), EMULATOR, cwd=PACKAGE, env=_path)
    # As others see it: do all kinds of importers find the entries and their types; is everything exported documented?
    _set_up_tools()
    packed = output("node scripts/pack.mjs --without-addon", TARGET / "node-tarball", cwd=PACKAGE)
    run("publint --strict", packed, env=_path)
    run("attw --no-emoji --quiet", packed, env=_path)
    run("typedoc --emit none --options", PACKAGE / "tools/typedoc.json", env=_path)


def browser() -> str:
    """For what is shown as a page. Where nothing may be skipped it is installed; elsewhere gives why there is none."""
    known = (os.environ.get("JULES_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    if any(map(shutil.which, known)):
        return ""
    if CI and os.getuid() == 0 and not known[0]:
        say("node: installing Chromium, for pages")
        install("chromium")
        return ""
    return "there is no Chromium here"


@command(
    "node test",
    "unit and integration tests against the emulator and the install test, or these files (paths)",
    "[FILE…]",
)
def test(tally: Tally, *files: str) -> None:
    build()
    _set_up_tools()
    browser()
    places = ("bindings-node/test", "tests/install/node", "examples/node", "examples/node/*")
    chosen = files or [file for place in places for file in sorted(REPO.glob(f"{place}/*.test.mjs"))]
    env = {**_path, "JULES_EMULATOR_BIN": str(rust.emulator())}
    tally.run("node.xml", "node", PACKAGE / "test/run.mjs", *chosen, env=env)


def example(name: str) -> list[Word]:
    build()
    return ["node", REPO / f"examples/node/{name}.mjs"]


def runtime(package: str) -> list[Word]:
    """The words that run a program with this version of Node, npm, Bun or Deno: npm's packages carry them."""
    place, name = DEV / "runtimes" / package, package.partition("@")[0]
    program = place / "node_modules/.bin" / name
    when_changed(package, [], functools.partial(npm, place, "install", "--prefix", place, package), program)
    return [program, *(["run", "-A"] if name == "deno" else [])]


@command(
    "node runtimes", "the conformance cases in other runtimes: Node 22 and 24, Bun, Deno (half a gigabyte from npm)"
)
def runtimes(tally: Tally) -> None:
    build()
    bad = []
    for package in RUNTIMES:
        say(f"node: {package}")
        driver = f"{' '.join(map(str, runtime(package)))} '{PACKAGE}/test/conformance-driver.mjs'"
        try:
            conformance.cases(tally, {"JULES_DRIVER_NODE": driver}, "--languages", "node")
        except StepFailed:
            bad.append(package)
    if bad:
        raise Failed(f"failed in {', '.join(bad)}")


def _runtimes() -> str:
    """As JSON: each runtime that the packages are tried in, with its command, or the reason why there is none."""
    found = {}
    for package in (OLDEST, *RUNTIMES, NEWEST):
        try:
            found[package] = {"command": shlex.join(map(str, runtime(package)))}
        except StepFailed as failure:
            found[package] = {"reason": f"npm gives no {package} for this machine: {failure}"}
    return json.dumps(found)


@command(
    "node packages",
    "the packages as npm installs them: bundled, traced, tested and run by whatever there is, or these tests, as paths "
    "(two gigabytes from npm)",
    "[FILE…]",
)
def packages(tally: Tally, *files: str) -> None:
    build()
    tests = REPO / "tests/install/node/packages"
    place, tarballs = DEV / "node-packages", TARGET / "node-tarballs"
    locked = sorted(tests.glob("package*.json"))
    # Not `npm ci`, as in `setup`.
    when_changed("node-packages", locked, lambda: npm(place, "install", files=locked), place / "node_modules/.bin/next")
    shutil.rmtree(tarballs, ignore_errors=True)
    packed = output("node scripts/pack.mjs", tarballs, cwd=PACKAGE)
    packed += "\n" + output("node", EMULATOR / "pack.mjs", tarballs, rust.emulator())
    npm(place, "install --no-save --offline", *packed.split())
    env = {
        **_path,
        "JULES_EMULATOR_BIN": str(rust.emulator()),
        "JULES_TEST_PACKAGES": str(place),
        "JULES_TEST_TARBALLS": packed,
        "JULES_TEST_RUNTIMES": _runtimes(),
        "JULES_TEST_SECONDS": "900",
    }
    chosen = files or sorted(tests.glob("*.test.mjs"))
    tally.run("node-packages.xml", "node", PACKAGE / "test/run.mjs", *chosen, env=env)


@command("node emulator", "the emulator's npm packages, with this program for this platform, in DIR", "DIR PROGRAM")
def emulator(place: str, program: str) -> None:
    build()
    run("node", EMULATOR / "pack.mjs", Path(place).absolute(), program)


@command("node docs", "the documentation of everything that is exported, in target/doc-node")
def docs() -> Path:
    build()
    _set_up_tools()
    run("typedoc --options", PACKAGE / "tools/typedoc.json", "--out", place := TARGET / "doc-node", env=_path)
    return place


@command("node pack", "the npm packages (release): jules-sdk and this platform's addon, as tarballs in DIR", "DIR")
def pack(place: str) -> None:
    build("--release")
    portable.check_all(*PACKAGE.glob("jules.*.node"))
    run("node", PACKAGE / "scripts/pack.mjs", Path(place).absolute())


@command("node faithful", "the emulator against a client that nobody here wrote: the official TypeScript SDK")
def faithful(tally: Tally) -> None:
    place = REPO / "tests/emulator/faithful"
    modules = place / "node_modules/@google/jules-sdk"
    when_changed("faithful", [place / "package-lock.json"], functools.partial(npm, place, "ci"), modules)
    report = ("--test-reporter=junit", "--test-reporter-destination={report}")
    shown = ("--test-reporter=spec", "--test-reporter-destination=stdout")
    env = {"JULES_EMULATOR_BIN": str(rust.emulator())}
    tally.run("faithful.xml", "node --test", *report, *shown, cwd=place, env=env)
