"""The figures of the last run of each part, of which the documentation's page is made, and whose they are."""

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any


def keep(path: Path, name: str, part: dict[str, Any], about: dict[str, str]) -> None:
    """Puts a part's figures into the file, in the place of those that it had."""
    kept = json.loads(path.read_text()) if path.exists() else {"parts": {}}
    parts = {**kept["parts"], name: part}
    lines = json.dumps({"machine": about, "parts": parts}, indent=1, ensure_ascii=False)
    path.write_text(lines + "\n")


def machine(place: Path) -> dict[str, str]:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "Processor": f"{os.cpu_count()} × {_processor()}",
        "Memory": f"{memory:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}",
        "Rust": _said("rustc", "--version").removeprefix("rustc ").partition(" (")[0],
        "Python": platform.python_version(),
        "Node": _said("node", "--version").removeprefix("v"),
        "Peers": ", ".join(_peers(place)) if (place / "official").exists() else "none",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def _peers(place: Path) -> list[str]:
    """With their versions, as they are installed."""
    official = json.loads((place / "official/node_modules/@google/jules-sdk/package.json").read_text())
    python = str(place / "peer/venv/bin/python")
    names = ("jules-agent-sdk", "httpx")
    read = f"from importlib.metadata import version\nfor name in {names}: print(name, version(name))"
    lock = (place / "bare/Cargo.lock").read_text().split("[[package]]")
    crates = [part.split('"')[1:4:2] for part in lock if part.startswith(('\nname = "jules-rs"', '\nname = "reqwest"'))]
    return [
        f"@google/jules-sdk {official['version']}",
        *_said(python, "-c", read).splitlines(),
        *(" ".join(crate) for crate in crates),
    ]


def _said(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
