"""What goes before a release: versions, changelog, old systems' symbols, and workflows that call what there is."""

import platform
import re
import tarfile
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import own_place  # noqa: F401, before the tools
import tomllib
from tasks import cli, crates, interfaces, ledger, packages, portable, process, registry, release_check, root
from tasks.tally import Tally

REPO = Path(__file__).resolve().parents[2]


# What readelf says of a library that needs these versions of glibc.
NEEDS = """\
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
Version needs section '.gnu.version_r' contains 2 entries:
  000000: Version: 1  File: libc.so.6  Cnt: 3
  0x0010:   Name: GLIBC_2.2.5  Flags: none  Version: 5
  0x0020:   Name: GLIBC_{version}  Flags: none  Version: 4
  0x0030:   Name: GCC_4.2.0  Flags: none  Version: 3
"""


class OldSystems(unittest.TestCase):
    def test_versions_are_numbers_and_not_words(self) -> None:
        for good in ("2.17", "2.3.4", "2.9"):
            self.assertEqual(portable.too_new(NEEDS.format(version=good)), [], good)
        for bad in ("2.18", "2.17.1", "2.34", "3.0", "ABI_DT_RELR"):
            self.assertEqual(portable.too_new(NEEDS.format(version=bad)), [bad])

    @unittest.skipUnless(platform.libc_ver()[0] == "glibc", "only glibc has versions of symbols")
    def test_a_program_of_a_newer_system_is_told_with_its_symbols(self) -> None:
        with process.logged("check", quiet=True), tempfile.TemporaryDirectory() as place:
            source, program = Path(place, "new.c"), Path(place, "new")
            # In glibc since 2.25.
            source.write_text("#include <sys/random.h>\nint main(void) { char c; return getrandom(&c, 1, 0) != 1; }\n")
            process.run("cc -o", program, source)
            with self.assertRaisesRegex(
                process.Failed, r"new needs glibc .*2\.\d\d.*, for .*getrandom.*2\.17 is meant"
            ):
                portable.check(program)

    def test_a_library_that_has_grown_is_told(self) -> None:
        with process.logged("check", quiet=True), tempfile.TemporaryDirectory() as place:
            library = Path(place, "large.so")
            process.run("cc -shared -nostdlib -x c /dev/null -o", library)
            portable.check_library(library)
            with library.open("ab") as file:
                file.truncate(portable.LARGEST + 1)
            with self.assertRaisesRegex(process.Failed, r"large\.so has [\d,]+ bytes, [\d,]+ are allowed"):
                portable.check_library(library)


class Tables(unittest.TestCase):
    def test_a_row_that_fails_lets_the_others_be_tried_and_is_counted(self) -> None:
        table = ledger.Ledger(Tally())
        with process.logged("rows", quiet=True):
            with table.row("Debian", "Python", "one"):
                pass
            with table.row("Debian", "Python", "two"):
                raise process.Failed("no")
            with table.row("Debian", "Python", "three"):
                raise process.Unavailable("no root")
            table.refused("Debian", "Python", "four", "no such .* file", ["sh", "-c", "echo no such old file; exit 1"])
            table.refused("Debian", "Python", "five", "no such file", ["true"])
        self.assertEqual([row[3] for row in table.rows], ["works", "FAILS", "left out: no root", "works", "FAILS"])
        self.assertEqual((table.tally.passed, len(table.tally.failed), len(table.tally.skipped)), (2, 2, 1))
        self.assertEqual({len(line) for line in table.table().splitlines()}, {len(table.table().splitlines()[0])})


class Rows(unittest.TestCase):
    def test_a_python_that_is_not_found_is_a_row(self) -> None:
        for wanted, found, expected in (
            (("3.9", "3.13", "3.13t"), ("3.9.2", "3.13.5", "3.13.5t"), []),
            (("3.9", "3.13", "3.13t"), ("3.9.2", "3.13.5"), ["3.13t"]),
            (("3.13",), ("3.13.5t", "3.1.4"), ["3.13"]),
            (("3.14", "3.15"), ("3.15.0b2", "3.14.0rc1"), []),
        ):
            self.assertEqual(packages.absent(wanted, found), expected)

    def test_every_root_that_packages_are_tried_in_has_its_pythons(self) -> None:
        self.assertEqual({*packages.PYTHONS}, {*root.ROOTS} - {"swift"})
        for name, versions in packages.PYTHONS.items():
            system = mock.Mock(spec=ledger.System, root=root.ROOTS[name])
            system.name = f"Debian {name}"
            table = ledger.Ledger(Tally())
            with process.logged("rows", quiet=True):
                packages._missing(table, system, versions[1:])
            self.assertEqual([row[1:] for row in table.rows], [(f"Python {versions[0]}", "found", "FAILS")])
            self.assertEqual(len(table.tally.failed), 1)

    def test_a_python_that_this_machine_lacks_is_said_and_no_failure(self) -> None:
        system = mock.Mock(spec=ledger.System, root=None)
        system.name = "this machine"
        table = ledger.Ledger(Tally())
        with process.logged("rows", quiet=True):
            packages._missing(table, system, packages.OURS[:-1])
        self.assertEqual([row[1] for row in table.rows], [f"Python {packages.OURS[-1]}"])
        self.assertIn("left out", table.table())
        self.assertEqual((table.tally.failed, table.tally.skipped), ([], []))

    def test_a_part_that_does_not_exist_is_no_empty_table(self) -> None:
        with self.assertRaisesRegex(process.Failed, "there is no part pyhton"):
            packages.test(Tally(), "pyhton", "node")


class Releases(unittest.TestCase):
    def test_the_check_tries_packages_bundlers_and_documentation_and_says_what_is_bad(self) -> None:
        done: list[str] = []

        def does(what: str, failure: str = "") -> mock.Mock:
            def it(*_: object) -> str:
                done.append(what)
                if failure:
                    raise process.Failed(failure)
                return ""

            return mock.Mock(side_effect=it)

        own = ("_versions", "_changelog", "_licences", "_advisories", "_surface", "_api", "_files")
        stand_ins: dict[str, Any] = {
            **{name: does(name) for name in own},
            "interfaces": mock.Mock(compare=does("interfaces")),
            "packages": mock.Mock(test=does("packages")),
            "node": mock.Mock(packages=does("bundlers")),
            "site": mock.Mock(docs=does("docs", "a dead link")),
        }
        said: list[str] = []
        tally = Tally()
        with mock.patch.multiple(release_check, say=said.append, **stand_ins), self.assertRaises(process.Failed):
            release_check.check(tally)
        self.assertEqual(done, [*own[:-1], "interfaces", "packages", "bundlers", "docs", own[-1]])
        self.assertEqual((tally.passed, tally.failed), (10, ["docs"]))
        self.assertIn("BAD: docs: a dead link", said[-1])

    def test_advisories_are_left_out_where_their_database_cant_be_fetched_and_ci_has_to_fetch_it(self) -> None:
        for output, ci, expected in (
            ("[ERROR] failed to fetch advisory database https://…", False, process.Unavailable),
            ("[ERROR] failed to fetch advisory database https://…", True, process.StepFailed),
            ("error[vulnerability]: a crate", False, process.StepFailed),
        ):
            failing = mock.Mock(side_effect=process.StepFailed("cargo-deny", 1, "a log", output))
            with mock.patch.multiple(release_check, run=failing, CI=ci, rust=mock.Mock()), self.assertRaises(expected):
                release_check._advisories()

    def test_all_packages_have_one_version(self) -> None:
        self.assertEqual(release_check.other_versions(REPO, release_check.version()), [])
        self.assertIn("jules in Cargo.toml has", " ".join(release_check.other_versions(REPO, "99.0.0")))

    def test_a_tag_needs_a_dated_entry_with_something_in_it(self) -> None:
        page = "# Changes\n\n## [Unreleased] (0.2.0)\n\n- A thing.\n\n## [0.1.0] - 2026-01-02\n\n- Another.\n"
        self.assertIn("A thing", release_check.changes(page, "0.2.0", tagged=False))
        entry = release_check.changes(page, "0.1.0", tagged=True)
        self.assertTrue("Another" in entry and "A thing" not in entry, entry)
        for version, tagged, changelog in (
            ("0.2.0", True, page),
            ("0.3.0", False, page),
            ("0.2.0", False, page.replace("- A thing.\n", "")),
        ):
            with self.assertRaisesRegex(process.Failed, "has no entry for"):
                release_check.changes(changelog, version, tagged=tagged)


class Crates(unittest.TestCase):
    def packed(self, *names: str) -> Path:
        place = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (place / "file").write_text("x")
        with tarfile.open(file := place / "jules-0.1.0.crate", "w:gz") as archive:
            for name in names:
                archive.add(place / "file", f"jules-0.1.0/{name}")
        return file

    def test_a_crate_without_its_licence_or_with_what_nobody_needs_is_refused(self) -> None:
        crates.check(self.packed(*crates.WANTED, "src/store/mod.rs", ".cargo_vcs_info.json"))
        for names, why in (
            ([name for name in crates.WANTED if name != "LICENSE"], "lacks LICENSE"),
            ([*crates.WANTED, "npm/package.json"], "has npm, which no user needs"),
        ):
            with self.assertRaisesRegex(process.Failed, why):
                crates.check(self.packed(*names))

    def test_the_crates_page_says_how_it_is_added_and_has_a_program(self) -> None:
        page = (REPO / "core/README.md").read_text()
        program, commands = crates.project(page)
        self.assertIn("async fn main()", program)
        self.assertEqual(commands[0][:2], ["add", "jules"])
        self.assertIn("tokio", commands[1])
        for broken in (page.replace("$ cargo add jules", "$ cargo add other"), page.replace("```rust", "```text")):
            with self.assertRaises(process.Failed):
                crates.project(broken)

    def test_both_crates_say_what_a_registry_shows(self) -> None:
        for manifest in ("core/Cargo.toml", "tests/emulator/Cargo.toml"):
            package = tomllib.loads((REPO / manifest).read_text())["package"]
            self.assertLessEqual(
                {"readme", "description", "license", "repository", "keywords", "categories", "include"}, {*package}
            )
            self.assertLessEqual(len(package["keywords"]), 5, "crates.io takes five")
            self.assertEqual((REPO / manifest).with_name("LICENSE").read_bytes(), (REPO / "LICENSE").read_bytes())


class Interfaces(unittest.TestCase):
    def test_the_last_release_is_of_the_same_language(self) -> None:
        tags = "node-v0.2.0\npython-v0.1.1\npython-v0.1.0\n"
        self.assertEqual(interfaces.last("python", tags), "python-v0.1.1")
        with self.assertRaisesRegex(process.Unavailable, "no release for swift yet"):
            interfaces.last("swift", tags)

    def test_what_differs_is_a_patch(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place, "index.d.ts")
            file.write_text("export declare const a: 1;\nexport declare const b: 2;\n")
            with tarfile.open(tarball := Path(place, "packed.tgz"), "w:gz") as packed:
                for name in ("package/dist/index.d.ts", "package/dist/index.js", "package/dist/gone.d.mts"):
                    packed.add(file, name)
            old = interfaces.declarations(tarball)
        self.assertEqual({*old}, {"dist/index.d.ts", "dist/gone.d.mts"})
        self.assertEqual(interfaces.differences(old, old), "")
        patch = interfaces.differences(old, {"dist/index.d.ts": "export declare const a: 1;\n", "dist/new.d.ts": "x\n"})
        changed = [line for line in patch.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
        b = "-export declare const b: 2;"
        self.assertEqual(changed, ["-export declare const a: 1;", b, b, "+x"])


def workflows() -> dict[str, str]:
    """The workflows without their comments, and what else calls our commands."""
    files = [*sorted((REPO / ".github/workflows").glob("*.yml")), REPO / "Makefile", REPO / ".ci/run"]
    return {file.name: re.sub(r"^ *#.*$| # .*$", "", file.read_text(), flags=re.MULTILINE) for file in files}


class Workflows(unittest.TestCase):
    def test_they_call_commands_that_exist(self) -> None:
        called = [
            (file, word, more)
            for file, text in workflows().items()
            for word, more in re.findall(r"\.dev/run +([a-z][a-z-]*)(?: +([a-z][a-z-]*))?", text)
        ]
        self.assertGreater(len(called), 20)
        for file, word, more in called:
            known = {word, f"{word} {more}"} & {*registry.COMMANDS}
            self.assertTrue(known, f"{file} calls .dev/run {word} {more}")

    def test_they_call_programs_and_targets_that_exist(self) -> None:
        targets = set(re.findall(r"^([a-z-]+):", workflows()["Makefile"], re.MULTILINE))
        # What a build leaves in these folders.
        built = re.compile(r"\.node$|/(?:dist|node_modules)\b|\.xcframework|/jules(?:-emulator)?$")
        for file, text in workflows().items():
            for path in re.findall(r"(?<![\w/.$}-])((?:bindings-\w+|tests|\.ci|\.dev)/[\w./-]*\w)", text):
                self.assertTrue(built.search(path) or (REPO / path).exists(), f"{file}: {path}")
            for target in re.findall(r"\bmake (?:--\w+ )*([a-z-]+)", text):
                self.assertIn(target, targets, file)

    def test_each_publishes_the_bills_of_materials_of_what_it_releases(self) -> None:
        published = set()
        for file, text in workflows().items():
            if not file.startswith("release-") or file == "release-check.yml":
                continue
            job = text.partition("\n  publish:\n")[2]
            self.assertRegex(job, r"name: checked\n", file)
            bills = set(re.findall(r"checked/([\w-]+)\.cdx\.json", job))
            self.assertTrue(bills, file)
            published |= bills
            # They go where the checksums go, and are attested.
            self.assertRegex(job, r"\.dev/run checksums \w+", file)
            subjects = re.findall(r"subject-path: (?:\|\n)?((?: +)?\S+\n(?: {12}\S+\n)*)", job)
            folder = re.findall(r"\.dev/run checksums (\w+)", job)[0]
            self.assertTrue(
                any(f"{folder}/*.cdx.json" in each or f"{folder}/*\n" in each for each in subjects),
                f"{file}: {subjects}",
            )
            self.assertRegex(job, rf"gh release create .*{folder}/\*", file)
        self.assertEqual(published, {*release_check.CRATES})

    def test_no_second_tls_is_in_what_is_shipped(self) -> None:
        banned = {each["crate"] for each in tomllib.loads((REPO / ".dev/deny.toml").read_text())["bans"]["deny"]}
        self.assertGreaterEqual(banned, {"aws-lc-rs", "native-tls", "openssl-sys"})
        found = {each["name"] for each in tomllib.loads((REPO / "Cargo.lock").read_text())["package"]}
        self.assertEqual(banned & found, set())
        self.assertIn("ring", found)

    def test_topics_of_the_help_have_commands(self) -> None:
        self.assertTrue(all(cli.usage(topic) for topic in cli.MODULES))


if __name__ == "__main__":
    unittest.main()
