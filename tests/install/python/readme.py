"""Runs every Python block of our pages against the emulator, in order and in one namespace, as a reader would."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import metadata, requires
from pathlib import Path
from typing import Any


def blocks(text: str) -> list[tuple[int, str]]:
    """The Python blocks, each with the line it begins at."""
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [(text.count("\n", 0, block.start()) + 2, block[1]) for block in found]


def run(readme: Path) -> int:
    """Runs the blocks; gives their number."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    found = blocks(readme.read_text(encoding="utf-8"))
    # asyncio.Runner is newer than the oldest Python.
    loop = asyncio.new_event_loop()
    for line, code in found:
        if ".ask(" in code and "[scenario:" not in code:
            # Where the emulator's agent is asked something, it must not have ended before.
            code = code.replace('prompt="', 'prompt="[scenario:demo] ')
        print(f"{readme.name}:{line}", flush=True)
        compiled = compile("\n" * (line - 1) + code, str(readme), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if compiled.co_flags & inspect.CO_COROUTINE:
            loop.run_until_complete(eval(compiled, namespace))
        else:
            exec(compiled, namespace)
    loop.close()
    return len(found)


def installed() -> None:
    """Fails unless the package is the installed one, whole and alone."""
    import jules

    package = Path(jules.__file__).parent
    assert package.is_relative_to(sys.prefix), package
    assert {"py.typed", "_native.pyi"} <= {file.name for file in package.iterdir()}
    assert not any(name.startswith("typing_extensions") for name in sys.modules)
    about = metadata("jules-sdk")
    assert about["License-Expression"] == "Apache-2.0"
    assert about.get_all("License-File") == ["LICENSE"]
    assert about.get_all("Provides-Extra") == ["rich"]
    assert all("extra ==" in wanted for wanted in requires("jules-sdk") or [])


def main() -> None:
    """Starts the emulator and runs the pages. JULES_TEST_REPORT is a file for the count."""
    report = os.environ.pop("JULES_TEST_REPORT", "")
    emulator, *pages = sys.argv[1:]
    process = subprocess.Popen(
        [emulator, "--speed", "50", "--exit-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        os.environ |= {
            "JULES_API_KEY": "any",
            "JULES_BASE_URL": json.loads(process.stdout.readline())["url"],
            "JULES_CACHE_DIR": place,
        }
        installed()
        counts = [run(Path(page)) for page in pages]
        os.chdir("/")
    process.stdin.close()
    process.wait(timeout=10)
    assert min(counts) >= 1, f"only {counts} Python blocks were found"
    print(f"install: {sum(counts)} passed (blocks of README and guides, in a fresh environment)")
    if report:
        Path(report).write_text(json.dumps({"passed": sum(counts), "failed": []}))


if __name__ == "__main__":
    main()
