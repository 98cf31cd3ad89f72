"""What the pages on testing and on the emulator show runs, as it stands: programs, tests, commands, scenarios."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Emulator

ROOT = Path(__file__).parents[2]
OURS, EMULATORS, PACKAGES = "bindings-python/TESTING.md", "tests/emulator/README.md", "tests/emulator/python/README.md"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


# Those of TESTING.md without an assertion go on from one another; the install test runs its project.
PROGRAMS = [code for page in (OURS, EMULATORS, PACKAGES) for code in blocks(page, "python") if "assert" in code]
TESTS = [code for code in PROGRAMS if "\ndef test_" in code and "jules_emulator)" in code]
COMMANDS = [code for language in ("sh", "console") for code in blocks(EMULATORS, language) if "curl" in code]


def test_the_pages_have_programs() -> None:
    assert len(PROGRAMS) - len(TESTS) >= 4
    assert len(TESTS) >= 1
    assert len(COMMANDS) == 3
    assert all("assert" in code for page in (EMULATORS, PACKAGES) for code in blocks(page, "python"))


@pytest.mark.parametrize("code", [code for code in PROGRAMS if code not in TESTS])
def test_a_program_of_the_pages_runs(code: str) -> None:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("code", TESTS)
def test_a_test_of_the_pages_passes(code: str, tmp_path: Path) -> None:
    (file := tmp_path / "test_fix.py").write_text(code)
    # Where the package is installed, pytest finds its fixtures by itself: tests/install/python/own-tests.
    options = ("-q", "-p", "no:cacheprovider", "-p", "jules_emulator.pytest_plugin", "--rootdir", str(tmp_path))
    ran = subprocess.run([sys.executable, "-m", "pytest", *options, file], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


@pytest.mark.parametrize("code", COMMANDS)
def test_a_command_of_the_emulators_page_is_taken(code: str, emulator: Emulator) -> None:
    emulator.session(id="123")
    commands = re.sub(r"^\$ ", "", code, flags=re.MULTILINE)
    env = {**os.environ, "URL": emulator.url, "ORIGIN": emulator.url.removesuffix("/v1alpha"), "NO_PROXY": "*"}
    ran = subprocess.run(["bash", "-euc", commands], env=env, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    answers = json.loads(f"[{ran.stdout.replace('}{', '},{')}]")
    assert len(answers) == code.count("curl")
    assert all("ids" in answer or answer["name"].startswith("sessions/") for answer in answers), ran.stdout


def test_the_scenario_of_the_emulators_page_is_one(emulator: Emulator) -> None:
    [scenario] = blocks(EMULATORS, "yaml")
    emulator.scenario(scenario)
    assert "mine" in json.dumps(emulator.control("GET", "scenarios"))


def test_the_emulators_module_is_its_program(emulator_module: list[str]) -> None:
    wanted = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert wanted
    said = subprocess.run([*emulator_module, "--version"], capture_output=True, text=True, timeout=30)
    assert (said.returncode, said.stdout) == (0, f"jules-emulator {wanted[1]}\n")
    bad = subprocess.run([*emulator_module, "--bad"], capture_output=True, text=True, timeout=30)
    assert (bad.returncode, bad.stderr) == (2, "jules-emulator: invalid option '--bad'\nTry --help.\n")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
def test_the_emulators_module_ends_with_its_signal(emulator_module: list[str]) -> None:
    # Wherever this fails, it ends with its input.
    command = [*emulator_module, "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        # It is the process that was started, so that a signal reaches it.
        assert json.loads(running.stdout.readline())["pid"] == running.pid
        running.terminate()
        assert running.wait(10) == 0


def test_the_emulators_module_says_that_it_has_no_program(emulator_module: list[str], tmp_path: Path) -> None:
    env = {"PATH": "", "PYTHONPATH": str(ROOT / "tests/emulator/python"), "HOME": str(tmp_path)}
    said = subprocess.run(emulator_module, env=env, capture_output=True, text=True, timeout=30)
    assert said.returncode == 1
    assert said.stderr.startswith("jules-emulator: cannot find the program jules-emulator")


@pytest.fixture
def emulator_module() -> list[str]:
    return [sys.executable, "-m", "jules_emulator"]
