"""Everything for the Node package.

node setup             the tools of bindings-node/package-lock.json, from the npm registry
node build             the addon (debug), its generated types, the TypeScript
node lint              strict types of sources, tests and examples; formatting and lint rules; the package from outside
node test [FILE…]      unit and integration tests against the emulator and the install test, or these files (paths)
node demo [NAME]       examples/node/demo.mjs, or another example, against JULES_BASE_URL
node runtimes          the conformance cases in other runtimes: Node 22 and 24, Bun, Deno (half a gigabyte from npm)
node docs              the documentation of everything that is exported, in target/doc-node
node pack DIR          the npm packages (release): jules-sdk and this platform's addon, as tarballs in DIR
"""

import functools
import os
import re
import shutil
from pathlib import Path

from tasks import conformance, rust
from tasks.places import CI, DEV, REPO, TARGET
from tasks.process import Failed, StepFailed, Word, output, run, say
from tasks.stamp import when_changed
from tasks.tally import Tally

PACKAGE = REPO / "bindings-node"
# Beside the Node that runs this.
RUNTIMES = {"node 22": "node@22.23.3", "node 24": "node@24.9.0", "bun": "bun@1.4.5", "deno": "deno@2.9.6"}
# In a place of their own, and behind the package's on the path: they need an older TypeScript than we compile with.
_tools = DEV / "node-tools"
_path = f"{PACKAGE}/node_modules/.bin:{_tools}/node_modules/.bin:{os.environ['PATH']}"
_quiet = ("--no-audit", "--no-fund", "--loglevel=error")


def _run(*command: Word, cwd: Path = REPO) -> None:
    run(*command, cwd=cwd, env={"PATH": _path})


def setup() -> None:
    try:
        found = output("node", "--version").strip()
    except FileNotFoundError:
        found = "none"
    if not (version := re.match(r"v(\d+)\.", found)) or int(version[1]) < 20:
        raise Failed(f"Node 20 or newer is needed, found {found}")
    # Not `npm ci`: it insists on the optional packages of all platforms, which not every registry mirror carries.
    install = ("npm", "install", "--no-save", *_quiet)
    lock, modules = PACKAGE / "package-lock.json", PACKAGE / "node_modules"
    when_changed("node", [lock], lambda: run(*install, cwd=PACKAGE), modules / ".bin/tsc")


def _set_up_tools() -> None:
    """What looks at the package from outside, and bundles it."""
    files = [PACKAGE / "tools" / name for name in ("package.json", "package-lock.json")]

    def install() -> None:
        _tools.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, _tools)
        run("npm", "ci", *_quiet, cwd=_tools)

    when_changed("node-tools", files, install, _tools / "node_modules/.bin/attw")


@functools.cache
def build(*options: str) -> None:
    setup()
    shutil.rmtree(PACKAGE / "dist", ignore_errors=True)
    _run("node", PACKAGE / "scripts/build-native.mjs", *options)
    _run("tsc", "--project", PACKAGE)
    _run("node", PACKAGE / "scripts/open-types.mjs")
    # For the examples: this checkout as the package they depend on.
    link = REPO / "examples/node/node_modules/jules-sdk"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(PACKAGE)


def lint() -> None:
    build()
    _run("tsc", "--project", PACKAGE / "test")
    _run("tsc", "--project", REPO / "examples/node")
    _run("biome", "ci", "--error-on-warnings", ".", "../examples/node", "../tests/install/node", cwd=PACKAGE)
    # As others see it: do all kinds of importers find the entries and their types; is everything exported documented?
    _set_up_tools()
    packed = output("node", PACKAGE / "scripts/pack.mjs", TARGET / "node-tarball", "--without-addon").strip()
    _run("publint", "--strict", packed)
    _run("attw", "--no-emoji", "--quiet", packed)
    _run("typedoc", "--options", PACKAGE / "tools/typedoc.json", "--emit", "none")


def _set_up_browser() -> None:
    """For the example that is a page. Where nothing may be skipped it is installed; elsewhere its test is skipped."""
    known = ("chromium", "chromium-browser", "google-chrome")
    if not CI or os.getuid() != 0 or "JULES_CHROMIUM" in os.environ or any(map(shutil.which, known)):
        return
    say("node: installing Chromium, for the example that is a page")
    run("apt-get", "update", "-qq", quiet=True)
    install = ("apt-get", "install", "-qq", "--no-install-recommends", "chromium")
    run(*install, env={"DEBIAN_FRONTEND": "noninteractive"}, quiet=True)


def test(tally: Tally, *files: str) -> None:
    build()
    _set_up_tools()
    _set_up_browser()
    chosen = files or sorted([*PACKAGE.glob("test/*.test.mjs"), *REPO.glob("tests/install/node/*.test.mjs")])
    env = {"JULES_EMULATOR_BIN": str(rust.emulator()), "PATH": _path}
    tally.run("node.xml", "node", PACKAGE / "test/run.mjs", *chosen, env=env)


def example(name: str) -> list[Word]:
    """The command that shows an example."""
    build()
    return ["node", REPO / "examples/node" / f"{name}.mjs"]


def runtimes(tally: Tally) -> None:
    build()
    bad = []
    for name, package in RUNTIMES.items():
        # npm's packages carry the programs.
        place = DEV / "runtimes" / package.replace("@", "-")
        program = place / "node_modules/.bin" / name.split()[0]
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{ "private": true }\n')
        install = ("npm", "install", *_quiet, package)
        when_changed(place.name, [package], lambda: run(*install, cwd=place, quiet=True), program)  # noqa: B023
        say(f"node: {package}")
        driver = f"'{program}' {'run -A' if name == 'deno' else ''} '{PACKAGE / 'test/conformance-driver.mjs'}'"
        try:
            conformance.cases(tally, {"JULES_DRIVER_NODE": driver}, "--languages", "node")
        except StepFailed:
            bad.append(package)
    if bad:
        raise Failed(f"failed in {', '.join(bad)}")


def docs() -> None:
    build()
    _set_up_tools()
    _run("typedoc", "--options", PACKAGE / "tools/typedoc.json", "--out", TARGET / "doc-node")


def pack(place: str) -> None:
    build("--release")
    run("node", PACKAGE / "scripts/pack.mjs", Path(place).absolute())
