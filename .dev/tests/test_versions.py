"""All packages have one version: the workspace's."""

import json
import tomllib
import unittest
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


class Versions(unittest.TestCase):
    def test_those_of_npm_are_the_workspaces(self) -> None:
        workspace = tomllib.loads((REPO / "Cargo.toml").read_text())["workspace"]
        for package in ("bindings-node/package.json", "bindings-node/package-lock.json", "tests/emulator/npm/package.json"):
            version = json.loads((REPO / package).read_text())["version"]
            self.assertEqual(version, workspace["package"]["version"], package)

    def test_the_crates_are_depended_on_by_it(self) -> None:
        workspace = tomllib.loads((REPO / "Cargo.toml").read_text())["workspace"]
        for crate in ("jules", "jules-emulator"):
            self.assertEqual(workspace["dependencies"][crate]["version"], workspace["package"]["version"], crate)


if __name__ == "__main__":
    unittest.main()
