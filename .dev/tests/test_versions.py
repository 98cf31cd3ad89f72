"""All packages have one version: the workspace's."""

import json
import unittest
from pathlib import Path

import tomllib

REPO = Path(__file__).resolve().parents[2]


class Versions(unittest.TestCase):
    def test_those_of_npm_are_the_workspaces(self) -> None:
        workspace = tomllib.loads((REPO / "Cargo.toml").read_text())["workspace"]
        sdk, emulator = REPO / "bindings-node", REPO / "tests/emulator/npm"
        for file in (sdk / "package.json", sdk / "package-lock.json", emulator / "package.json"):
            version = json.loads(file.read_text())["version"]
            self.assertEqual(version, workspace["package"]["version"], file)

    def test_the_crates_are_depended_on_by_it(self) -> None:
        workspace = tomllib.loads((REPO / "Cargo.toml").read_text())["workspace"]
        for crate in ("jules", "jules-emulator"):
            self.assertEqual(workspace["dependencies"][crate]["version"], workspace["package"]["version"], crate)


if __name__ == "__main__":
    unittest.main()
