"""Everything for the Node package."""

import functools
import os
import re
import shutil
from pathlib import Path

from tasks import conformance, rust
from tasks.places import CI, DEV, REPO, TARGET
from tasks.process import Failed, StepFailed, Word, install, output, run, say
from tasks.registry import command
from tasks.stamp import when_changed
from tasks.tally import Tally

PACKAGE = REPO / "bindings-node"
# Beside the Node that runs this.
RUNTIMES = ("node@22.23.3", "node@24.9.0", "bun@1.4.5", "deno@2.9.6")
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


@command("node build", "the addon (debug), its generated types, the TypeScript")
@functools.cache
def build(*options: str) -> None:
    setup()
    shutil.rmtree(PACKAGE / "dist", ignore_errors=True)
    run("node scripts/build-native.mjs", *options, cwd=PACKAGE)
    run("tsc", cwd=PACKAGE, env=_path)
    run("node scripts/open-types.mjs", cwd=PACKAGE)
    # For the examples: this checkout as the package they depend on.
    link = REPO / "examples/node/node_modules/jules-sdk"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(PACKAGE)


@command(
    "node lint", "strict types of sources, tests and examples; formatting and lint rules; the package from outside"
)
def lint() -> None:
    build()
    run("tsc --project test", cwd=PACKAGE, env=_path)
    run("tsc --project ../examples/node", cwd=PACKAGE, env=_path)
    run(
        "biome ci --error-on-warnings . ../examples/node ../tests/install/node ../tests/faults/programs",
        cwd=PACKAGE,
        env=_path,
    )
    # As others see it: do all kinds of importers find the entries and their types; is everything exported documented?
    _set_up_tools()
    packed = output("node scripts/pack.mjs --without-addon", TARGET / "node-tarball", cwd=PACKAGE)
    run("publint --strict", packed, env=_path)
    run("attw --no-emoji --quiet", packed, env=_path)
    run("typedoc --emit none --options", PACKAGE / "tools/typedoc.json", env=_path)


def _set_up_browser() -> None:
    """For the example that is a page. Where nothing may be skipped it is installed; elsewhere its test is skipped."""
    known = ("chromium", "chromium-browser", "google-chrome")
    if CI and os.getuid() == 0 and "JULES_CHROMIUM" not in os.environ and not any(map(shutil.which, known)):
        say("node: installing Chromium, for the example that is a page")
        install("chromium")


@command(
    "node test",
    "unit and integration tests against the emulator and the install test, or these files (paths)",
    "[FILE…]",
)
def test(tally: Tally, *files: str) -> None:
    build()
    _set_up_tools()
    _set_up_browser()
    chosen = files or sorted([*PACKAGE.glob("test/*.test.mjs"), *REPO.glob("tests/install/node/*.test.mjs")])
    env = {**_path, "JULES_EMULATOR_BIN": str(rust.emulator())}
    tally.run("node.xml", "node", PACKAGE / "test/run.mjs", *chosen, env=env)


def example(name: str) -> list[Word]:
    build()
    return ["node", REPO / f"examples/node/{name}.mjs"]


@command(
    "node runtimes", "the conformance cases in other runtimes: Node 22 and 24, Bun, Deno (half a gigabyte from npm)"
)
def runtimes(tally: Tally) -> None:
    build()
    bad = []
    for package in RUNTIMES:
        say(f"node: {package}")
        # npm's packages carry the programs.
        place, name = DEV / "runtimes" / package, package.partition("@")[0]
        program = place / "node_modules/.bin" / name
        when_changed(package, [], functools.partial(npm, place, "install", "--prefix", place, package), program)
        driver = f"'{program}' {'run -A' if name == 'deno' else ''} '{PACKAGE}/test/conformance-driver.mjs'"
        try:
            conformance.cases(tally, {"JULES_DRIVER_NODE": driver}, "--languages", "node")
        except StepFailed:
            bad.append(package)
    if bad:
        raise Failed(f"failed in {', '.join(bad)}")


@command("node docs", "the documentation of everything that is exported, in target/doc-node")
def docs() -> None:
    build()
    _set_up_tools()
    run("typedoc --options", PACKAGE / "tools/typedoc.json", "--out", TARGET / "doc-node", env=_path)


@command("node pack", "the npm packages (release): jules-sdk and this platform's addon, as tarballs in DIR", "DIR")
def pack(place: str) -> None:
    build("--release")
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
