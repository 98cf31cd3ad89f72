"""What users' type checkers see, beside the last release: the stub of the Python module, the npm package's d.ts."""

import difflib
import tarfile
from pathlib import Path

from tasks import node, python
from tasks.places import REPO, TARGET
from tasks.process import Unavailable, output

_STUB = (python.BINDING / "python/jules/_native.pyi").relative_to(REPO).as_posix()


def last(language: str, tags: str) -> str:
    """The newest tag of a language among these, newest first, one a line: each is released by tags of its own."""
    found = [tag for tag in tags.splitlines() if tag.startswith(f"{language}-v")]
    if not found:
        raise Unavailable(f"there is no release for {language} yet to compare with")
    return found[0]


def differences(old: dict[str, str], new: dict[str, str]) -> str:
    """How these files differ from those, as a patch; what isn't there is empty."""
    lines: list[str] = []
    for name in sorted({*old, *new}):
        before, after = (each.get(name, "").splitlines(keepends=True) for each in (old, new))
        lines += difflib.unified_diff(before, after, f"released/{name}", f"now/{name}")
    return "".join(lines)


def declarations(tarball: Path) -> dict[str, str]:
    """The d.ts of a package as npm has it, by their names in it."""
    with tarfile.open(tarball) as packed:
        files = {each.name: packed.extractfile(each) for each in packed if each.name.endswith((".d.ts", ".d.mts"))}
        return {name.removeprefix("package/"): file.read().decode() for name, file in files.items() if file}


def _python(tags: str) -> str:
    tag = last("python", tags)
    return differences({_STUB: output("git show", f"{tag}:{_STUB}")}, {_STUB: output("cat", REPO / _STUB)})


def _node(tags: str) -> str:
    version = last("node", tags).removeprefix("node-v")
    # They are made in each build and so not in the repository: those of the release are where people get them.
    (place := TARGET / "released-node").mkdir(parents=True, exist_ok=True)
    packed = output("npm pack --silent", f"jules-sdk@{version}", cwd=place)
    node.build()
    dist = node.PACKAGE / "dist"
    new = {f"dist/{file.relative_to(dist)}": file.read_text() for file in sorted(dist.rglob("*.d.*ts"))}
    return differences(declarations(place / packed), new)


def compare() -> str:
    """Writes how they differ, as a patch; says how much, and where."""
    tags = output("git tag --list *-v[0-9]* --sort=-creatordate --merged HEAD~1")
    patch = "".join(language(tags) for language in (_python, _node))
    (file := TARGET / "interfaces.diff").write_text(patch)
    lines = [line for line in patch.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return f"{len(lines)} lines of the stub and the d.ts differ from the last releases': {file}"
