"""What runs where we never are, on macOS and Windows: what can be known of it by reading."""

import re
import shlex
import unittest
from collections.abc import Iterator
from pathlib import Path

import own_place  # noqa: F401, before the tools
from tasks import node

REPO = Path(__file__).resolve().parents[2]
WORKFLOWS = REPO / ".github/workflows"
# What bash 3.2 doesn't know, and what BSD's programs don't: macOS has these.
NEWER = re.compile(
    r"\b(?:mapfile|readarray|coproc)\b|\b(?:declare|local|typeset) -\w*[Ang]|\$\{\w+(?:\[[^]]*\])?(?:,|\^|@[A-Za-z]\})"
    r"|&>>|\|&|;;?&(?!&)|\bwait -n|\$EPOCH|\bprintf '?%\(|\[-1\]|-v \w+ \]\]"
    r"|\bsed (?:-\w+ )*-i|\b(?:grep|sed) -\w*P|\bstat -c|\bdate -[dI]|\bxargs -\w*r|\bcp -a\b|\bnproc\b|\bmktemp -p"
)


def scripts() -> Iterator[tuple[Path, str]]:
    """The bash scripts without their comments, all of which macOS may run."""
    for folder in (".ci", "bindings-swift/scripts", "examples", "tests"):
        for path in sorted((REPO / folder).rglob("*")):
            if {"node_modules", ".build", "target"} & {*path.parts} or path.suffix or not path.is_file():
                continue
            text = path.read_bytes()[:1_000_000].decode(errors="replace")
            if re.match(r"#!.*\b(?:ba)?sh\n", text):
                yield path, re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def step(workflow: str, job: str, name: str) -> str:
    """What a step of a job runs."""
    text = (WORKFLOWS / workflow).read_text()
    found = re.search(
        rf"^  {job}:\n(?:(?:    .*)?\n)*?      - name: {name}\b.*\n((?:        .*\n)+)", text, re.MULTILINE
    )
    assert found, f"{workflow} has no step {name} in {job}"
    return found[1]


class Mac(unittest.TestCase):
    def test_the_scripts_are_for_bash_3(self) -> None:
        found = [path.relative_to(REPO).as_posix() for path, _ in scripts()]
        self.assertGreaterEqual({*found}, {".ci/run", "tests/install/python/run", "bindings-swift/scripts/release"})
        for path, text in scripts():
            if word := NEWER.search(text):
                self.fail(f"{path.relative_to(REPO)} has {word[0]!r}, which macOS doesn't know")

    def test_what_is_newer_is_seen(self) -> None:
        for bad in (
            "mapfile -t a <b",
            "declare -A a",
            "echo ${a,,}",
            "echo ${a[0]^^}",
            "echo ${a@Q}",
            "a &>>b",
            "a |& b",
            "sed -i s/a/b/ c",
            "grep -oP a b",
            "${a[-1]}",
            "stat -c %s a",
            "local -n a=b",
            "date -d now",
        ):
            self.assertRegex(bad, NEWER)
        for good in (
            "a && b",
            "a 2>&1 | b",
            "for each; do a; done",
            "local a=b",
            'echo "${a[@]}" ${a%,*} ${a/b/c}',
            "a; b &",
            "[[ -v ]] || grep -q P a",
            "case a in b) c ;; esac",
        ):
            self.assertNotRegex(good, NEWER)

    def test_what_a_manifest_asks_the_environment_for_is_set_by_a_workflow(self) -> None:
        manifests = [
            *(REPO / "bindings-swift").glob("Package.swift"),
            *(REPO / "examples/swift").glob("*/Package.swift"),
        ]
        asked = {name for each in manifests for name in re.findall(r'environment\["(\w+)"\]', each.read_text())}
        # That our own warnings are errors, which the tools set.
        asked -= {"JULES_SWIFT_STRICT"}
        set_ = {
            name for each in WORKFLOWS.glob("*.yml") for name in re.findall(r"^ +([A-Z_]+): \S", each.read_text(), re.M)
        }
        self.assertEqual(asked - set_, set())
        self.assertIn("JULES_XCFRAMEWORK", asked)

    def test_the_library_that_the_manifest_is_told_of_is_the_one_that_is_built(self) -> None:
        script, workflow = (REPO / "bindings-swift/scripts/xcframework").read_text(), "release-swift.yml"
        name = re.findall(r"JULES_XCFRAMEWORK: (\S+)", (WORKFLOWS / workflow).read_text())
        self.assertEqual(name, ["JulesFFI.xcframework"])
        self.assertIn(f'-create-xcframework -output "$out/{name[0]}"', script)
        self.assertIn("scripts/xcframework bindings-swift ", step(workflow, "apple", "The library"))


class Windows(unittest.TestCase):
    def test_node_is_built_by_the_commands_that_the_tools_run(self) -> None:
        said = step("release-node.yml", "windows", "Build")
        for command in node.COMPILE:
            word, *more = shlex.split(command)
            wanted = shlex.join(["npx", word, *more] if word == "tsc" else [word, *more])
            self.assertRegex(said, rf"(?m)^ +{re.escape(wanted)}$")

    def test_python_is_built_by_the_same_maturin(self) -> None:
        wanted = re.findall(
            r"^maturin==\S+$", (REPO / "bindings-python/requirements-dev.txt").read_text(), re.MULTILINE
        )
        self.assertIn(f"pip install {wanted[0]}\n", step("release-python.yml", "windows", "Build"))


if __name__ == "__main__":
    unittest.main()
