"""What must hold before a release, on this platform: all in one command, and the files with their checksums.

The workflows in .github/workflows do the same on the other platforms, and publish.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import tomllib

from tasks import interfaces, node, packages, python, rust, site, surface
from tasks.places import CI, REPO, TARGET
from tasks.process import Failed, StepFailed, Unavailable, output, run, say
from tasks.registry import command
from tasks.tally import Tally

DENY, CYCLONEDX, SEMVER = "0.20.2", "0.5.9", "0.51.0"
# The crates that others get, by themselves or inside a package.
CRATES = ("jules", "jules-emulator", "jules-node", "jules-python", "jules-swift")
FILES = TARGET / "release-files"


def version() -> str:
    """The version that all packages have: the workspace's."""
    workspace = tomllib.loads((REPO / "Cargo.toml").read_text())["workspace"]
    return str(workspace["package"]["version"])


def other_versions(root: Path, wanted: str) -> list[str]:
    """Where our packages have another version than this."""
    found = {}
    cargo = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["dependencies"]
    for name in ("jules", "jules-emulator"):
        found[f"{name} in Cargo.toml"] = cargo[name]["version"]
    for name in CRATES:
        lock = tomllib.loads((root / "Cargo.lock").read_text())["package"]
        found[f"{name} in Cargo.lock"] = next(each["version"] for each in lock if each["name"] == name)
    for place in ("bindings-node", "tests/emulator/npm"):
        for path in (root / place).glob("package*.json"):
            found[str(path.relative_to(root))] = json.loads(path.read_text())["version"]
    return [f"{place} has {each}" for place, each in found.items() if each != wanted]


def changes(changelog: str, wanted: str, tagged: bool) -> str:
    """What the changelog says of a version. One that is tagged has a date; until then it may be the unreleased one."""
    heading = rf"## \[{re.escape(wanted)}\] - \d{{4}}-\d\d-\d\d"
    if not tagged:
        heading = rf"(?:{heading}|## \[Unreleased\] \({re.escape(wanted)}\))"
    entry = re.search(rf"^{heading}\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if entry is None or not re.search(r"^- ", entry[1], re.MULTILINE):
        raise Failed(f"CHANGELOG.md has no entry for {wanted}{', with the day of the release' if tagged else ''}")
    return entry[1]


def _versions(tag: str) -> str:
    if wrong := other_versions(REPO, version()):
        raise Failed(f"the version is {version()}, but {', '.join(wrong)}")
    if tag and not tag.endswith(f"v{version()}"):
        raise Failed(f"the tag is {tag}, the version {version()}")
    return version()


def _changelog(tag: str) -> str:
    lines = changes((REPO / "CHANGELOG.md").read_text(), version(), bool(tag)).count("\n- ")
    return f"{lines} entries for {version()}"


def _licences() -> str:
    what = "--all-features --config .dev/deny.toml check licenses bans sources"
    run(rust.tool("cargo-deny", DENY), *what.split(), quiet=True)
    return "licences, bans and sources of all that is shipped"


def _advisories() -> str:
    """Their database is cloned by git; where that can't reach it, its `insteadOf` may name a copy."""
    what = "--all-features --config .dev/deny.toml check advisories"
    try:
        run(rust.tool("cargo-deny", DENY), *what.split(), quiet=True)
    except StepFailed as failure:
        if CI or "failed to fetch advisory database" not in failure.output:
            raise
        raise Unavailable("RustSec's database can't be fetched here") from failure
    return "none of RustSec's is of what is shipped"


def _surface() -> str:
    python.check_stubs()
    surface.check()
    return "the native module's stub and the surface's tables; the d.ts are made of the sources in each build"


def _api() -> str:
    # Each language is released by tags of its own; the one that is being checked may be there already.
    tags = output("git tag --list *v[0-9]* --sort=-creatordate --merged HEAD~1").splitlines()
    if not tags:
        raise Unavailable("there is no release yet to compare with")
    run(rust.tool("cargo-semver-checks", SEMVER), "semver-checks", "--package", "jules", "--baseline-rev", tags[0])
    return f"the crate's API beside {tags[0]}"


def _files() -> str:
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir(parents=True)
    built = packages.BUILT
    for file in (
        built.wheel,
        built.emulator_wheel,
        python.source_distribution(),
        *built.tarballs,
        *built.emulator_tarballs,
        *built.crates,
        *_swift(),
    ):
        shutil.copy(file, FILES)
    _bills()
    return f"{checksums(str(FILES))}, of packages and of their bills of materials"


def _swift() -> list[Path]:
    try:
        return [packages.BUILT.swift_archive]
    except Unavailable as reason:
        if CI:
            raise Failed("under CI nothing may be left out") from reason
        say(f"release-check: without the library for Swift: {reason}")
        return []


def _bills() -> None:
    """The bill of materials of each crate that is shipped. The tool writes those of all, beside the manifests."""
    run(rust.tool("cargo-cyclonedx", CYCLONEDX), "cyclonedx", "--format", "json", "--all-features", quiet=True)
    found = set()
    for member in json.loads(output("cargo metadata --no-deps --format-version 1"))["packages"]:
        if (bill := Path(member["manifest_path"]).with_name(f"{member['name']}.cdx.json")).exists():
            shutil.move(bill, FILES / bill.name)
            found.add(member["name"])
    for name in found - {*CRATES}:
        (FILES / f"{name}.cdx.json").unlink()
    if missing := {*CRATES} - found:
        raise Failed(f"there is no bill of materials of {', '.join(sorted(missing))}")


def lint() -> None:
    """Whether the workflows are ones, and safe; that they call what there is, the tools' own tests ask."""
    python.setup()
    files = sorted((REPO / ".github/workflows").glob("*.yml"))
    run(python.BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    audit = "--offline --no-progress --quiet --min-severity medium --config .dev/zizmor.yml"
    run(python.BIN / "zizmor", *audit.split(), *files)


@command("checksums", "writes SHA256SUMS of the files in a folder, as `sha256sum --check` reads it", "DIR")
def checksums(place: str) -> str:
    """Says how many they are."""
    sums = Path(place, "SHA256SUMS")
    files = sorted(file for file in Path(place).iterdir() if file.is_file() and file != sums)
    sums.write_text("".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files))
    return f"{len(files)} checksums in {sums}"


@command(
    "release-check",
    "all that must hold before a release, with the packages in target/release-files; TAG is the one that it is to have",
    "[TAG]",
)
def check(tally: Tally, tag: str = "") -> None:
    def tried() -> str:
        packages.test(tally)
        return "built, installed and run"

    def bundled() -> str:
        node.packages(tally)
        return "the npm packages in bundlers, frameworks, test runners and runtimes"

    def documented() -> str:
        site.docs()
        return "the site, with the references"

    steps: dict[str, Callable[[], str]] = {
        "version": lambda: _versions(tag),
        "changelog": lambda: _changelog(tag),
        "licences": _licences,
        "advisories": _advisories,
        "surface": _surface,
        "api": _api,
        "interfaces": interfaces.compare,
        "packages": tried,
        "bundlers": bundled,
        "docs": documented,
        "files": _files,
    }
    said = []
    for name, step in steps.items():
        say(f"-- {name}")
        try:
            said.append(f"good: {name}: {step()}")
            tally.passed += 1
        except Unavailable as reason:
            said.append(f"left out: {name}: {reason}")
        except Failed as failure:
            said.append(f"BAD: {name}: {failure}")
            tally.failed.append(name)
    say("\n".join(["", f"release-check on {sys.platform}:", *said]))
    if tally.failed:
        raise Failed("not ready for a release")
