"""The Swift package as its own repository has it: the manifest's literals, and what Apple and the index read."""

import platform
import plistlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import own_place  # noqa: F401, before the tools
from tasks import portable, process, swift

REPO = Path(__file__).resolve().parents[2]
PACKAGE = REPO / "bindings-swift"
URL, CHECKSUM = "https://example.invalid/JulesFFI.xcframework.zip", "0123456789abcdef" * 4


class Release(unittest.TestCase):
    def setUp(self) -> None:
        """A checkout in which the generated layer is there."""
        self.place = Path(self.enterContext(tempfile.TemporaryDirectory()))
        left_out = shutil.ignore_patterns(".build", "Tests", "*.xcframework*", "conformance-driver")
        shutil.copytree(PACKAGE, self.place / "bindings-swift", ignore=left_out)
        shutil.copy(REPO / "LICENSE", self.place)
        (self.place / "bindings-swift/Sources/JulesGlue/JulesGlue.swift").write_text("// Generated.\n")

    def release(self, *more: str) -> subprocess.CompletedProcess[str]:
        words: list[str | Path] = [self.place / "bindings-swift/scripts/release", self.place / "out", *more]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def manifest(self, *more: str) -> str:
        said = self.release(*more)
        self.assertEqual(said.returncode, 0, said.stderr)
        return (self.place / "out/Package.swift").read_text()

    def test_the_library_is_a_literal_url_and_checksum(self) -> None:
        manifest = self.manifest(URL, CHECKSUM)
        target = f'.binaryTarget(name: "JulesFFI", url: "{URL}", checksum: "{CHECKSUM}")'
        self.assertEqual(manifest.count(f"let released: Target = {target}\n"), 1)
        # SwiftPM reads the manifest apart from its files.
        for absent in ("FileManager", "JulesTests", "conformance-driver", "// development"):
            self.assertNotIn(absent, manifest)

    def test_without_a_url_it_is_what_is_installed(self) -> None:
        self.assertNotIn("url:", self.manifest())

    def test_a_word_that_is_no_checksum_is_refused(self) -> None:
        said = self.release(URL, CHECKSUM[1:])
        self.assertEqual((said.returncode, (self.place / "out").exists()), (1, False))
        self.assertIn("is no checksum", said.stderr)

    def test_a_release_has_what_the_manifest_names_and_what_others_read(self) -> None:
        manifest, out = self.manifest(URL, CHECKSUM), self.place / "out"
        for target in re.findall(r'\.target\(\s*name: "(\w+)"', manifest):
            self.assertTrue([*(out / "Sources" / target).glob("*.swift")], target)
        for file in (
            "LICENSE",
            ".spi.yml",
            "README.md",
            "Sources/Jules/PrivacyInfo.xcprivacy",
            "Sources/JulesFFI/module.modulemap",
        ):
            self.assertTrue((out / file).is_file(), file)
        # For its own tests, and for building the library: nothing of it is of use there.
        self.assertFalse([each for each in ("src", "Cargo.toml", "Tests", "scripts") if (out / each).exists()])

    def test_the_package_index_documents_a_target_that_there_is(self) -> None:
        said = (PACKAGE / ".spi.yml").read_text()
        self.assertRegex(
            said, r"(?m)\A(#.*\n)*version: 1\nbuilder:\n  configs:\n    - documentation_targets: \[Jules\]\n\Z"
        )
        self.assertRegex((PACKAGE / "Package.swift").read_text(), r'\.target\(\s*name: "Jules",')


class Privacy(unittest.TestCase):
    def test_the_manifest_says_what_review_asks_with_apples_own_words(self) -> None:
        said = plistlib.loads((PACKAGE / "Sources/Jules/PrivacyInfo.xcprivacy").read_bytes())
        kinds = (
            "NSPrivacyTracking",
            "NSPrivacyTrackingDomains",
            "NSPrivacyCollectedDataTypes",
            "NSPrivacyAccessedAPITypes",
        )
        self.assertEqual({*said}, {*kinds})
        self.assertEqual([said[kind] for kind in kinds[:3]], [False, [], []])
        # Of each category the reasons that Apple allows.
        allowed = {
            "FileTimestamp": {"DDA9.1", "C617.1", "3B52.1", "0A2A.1"},
            "SystemBootTime": {"35F9.1", "8FFB.1", "3D61.1"},
            "DiskSpace": {"85F4.1", "E174.1", "7D9E.1", "B728.1"},
        }
        found = {
            each["NSPrivacyAccessedAPIType"].removeprefix("NSPrivacyAccessedAPICategory"): {
                *each["NSPrivacyAccessedAPITypeReasons"]
            }
            for each in said["NSPrivacyAccessedAPITypes"]
        }
        self.assertEqual({*found}, {*allowed})
        for category, reasons in found.items():
            self.assertTrue(reasons and reasons <= allowed[category], category)


class Archive(unittest.TestCase):
    @unittest.skipUnless(platform.system() == "Linux", "only Linux has such an archive")
    def test_the_archive_names_no_folder_of_the_machine_that_made_it(self) -> None:
        place = Path(self.enterContext(tempfile.TemporaryDirectory()))
        library, header = place / "libjules_swift.a", place / "prefix/include/jules_swift.h"
        header.parent.mkdir(parents=True)
        for file in (library, header):
            file.write_text("built")
        for name, stand_in in {
            "setup": lambda: None,
            "_generate": lambda _: None,
            "SCRATCH": place,
            "_header": header,
        }.items():
            self.enterContext(mock.patch.object(swift, name, stand_in))
        self.enterContext(mock.patch.object(portable, "build", lambda *_: library))
        self.enterContext(mock.patch.object(portable, "check_all", lambda *_: None))
        with process.logged("archive", quiet=True):
            file = swift.archive(str(place / "out"))
        self.assertRegex(file.name, r"^jules-swift-linux-(x64|arm64)\.tar\.gz$")
        with tarfile.open(file) as packed:
            files = {each.name: packed.extractfile(each) for each in packed if each.isfile()}
            contents = {name: each.read().decode() for name, each in files.items() if each}
        self.assertEqual(
            {*contents},
            {
                "share/doc/jules-swift/LICENSE",
                "include/jules_swift.h",
                "lib/libjules_swift.a",
                "lib/pkgconfig/jules-swift.pc",
            },
        )
        about = contents["lib/pkgconfig/jules-swift.pc"]
        self.assertTrue(about.startswith("prefix=${pcfiledir}/../..\n"), about)
        self.assertNotIn(str(place), about)


if __name__ == "__main__":
    unittest.main()
