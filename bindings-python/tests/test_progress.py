"""`progress=True`: seen on a terminal, and by nobody else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import textwrap
from typing import Any

import jules
import pytest
from conftest import COMPLETED, Emulator, message
from test_process import PRELUDE, finished, start


def on_terminal(program: str, emulator: Emulator, session: str = "1") -> str:
    """What the program draws, without the colours."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(program), emulator.url, session],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "160"},
    )
    os.close(theirs)
    drawn = b""
    try:
        while part := os.read(ours, 65536):
            drawn += part
    except OSError:  # The terminal's other side is gone.
        pass
    finally:
        os.close(ours)
    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, b"done\n"), drawn.decode()
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn.decode())


ALL = {
    "asyncio": """
        async def main():
            async with jules.AsyncJules(**options) as client:
                await client.all("abc", lambda item: {"prompt": "[scenario:quick] x"}, progress=True)
        asyncio.run(main())
        print("done")
    """,
    "blocking": """
        with jules.Jules(**options) as client:
            client.all("abc", lambda item: {"prompt": "[scenario:quick] x"}, progress=True).outcomes()
        print("done")
    """,
}
RESULT = {
    "asyncio": """
        async def main():
            async with jules.AsyncJules(**options) as client:
                await client.session(session_id).result(progress=True)
        asyncio.run(main())
        print("done")
    """,
    "blocking": """
        with jules.Jules(**options) as client:
            client.session(session_id).result(progress=True)
        print("done")
    """,
}


@pytest.mark.parametrize("form", ALL)
def test_all_is_seen_on_a_terminal(emulator: Emulator, form: str) -> None:
    assert "3/3" in on_terminal(ALL[form], emulator)


@pytest.mark.parametrize("form", RESULT)
def test_a_result_is_seen_on_a_terminal_and_obeys_no_agent(emulator: Emulator, form: str) -> None:
    session = emulator.session(state="COMPLETED")
    emulator.append(session, message("[bold]one[/bold]\x1b]0;owned\x07 two\nthree" + "x" * 100))
    emulator.append(session, COMPLETED)
    drawn = on_terminal(RESULT[form], emulator, session)
    assert f"session {session}" in drawn or "[bold]one[/bold] ]0;owned  two three" in drawn
    assert "\x1b]0" not in drawn
    assert "\x07" not in drawn


@pytest.mark.parametrize("program", [ALL["asyncio"], ALL["blocking"], RESULT["asyncio"], RESULT["blocking"]])
def test_where_nobody_looks_nothing_is_written(emulator: Emulator, program: str) -> None:
    session = emulator.session(state="COMPLETED")
    emulator.append(session, COMPLETED)
    quiet = textwrap.dedent(program) + "assert 'rich' not in sys.modules\n"
    assert finished(start(quiet, emulator, session)) == "done\n"


def test_callbacks_are_for_everyone(options: dict[str, Any], emulator: Emulator) -> None:
    seen: list[jules.Progress] = []
    with jules.Jules(**options) as client:
        describe = {"prompt": "[scenario:quick] x"}
        client.all([1, 2], lambda item: describe, on_progress=seen.append, progress=True).outcomes()
    assert [step.finished for step in seen if step.stage == "finished"] == [1, 2]
    assert {step.stage for step in seen} >= {"queued", "started", "finished"}


def test_without_rich_a_hint_is_logged(emulator: Emulator) -> None:
    program = """
        import logging
        sys.modules["rich.console"] = None
        records = []
        logging.getLogger("jules").addFilter(lambda record: records.append(record.getMessage()) or True)
        with jules.Jules(**options) as client:
            client.all([1], lambda item: {"prompt": "[scenario:quick] x"}, progress=True).outcomes()
        assert "jules-sdk[rich]" in records[0], records
        print("done")
    """
    assert on_terminal(program, emulator) == ""


@pytest.mark.parametrize("form", ALL)
def test_a_notebook_shows_a_line_and_needs_nothing(emulator: Emulator, form: str) -> None:
    notebook = """
        from types import ModuleType, SimpleNamespace
        shown = []
        IPython = ModuleType("IPython")
        IPython.get_ipython = lambda: SimpleNamespace(kernel=object())
        IPython.display = ModuleType("IPython.display")
        def display(data, *, raw, display_id):
            return SimpleNamespace(update=lambda data, raw: shown.append(data["text/plain"]))
        IPython.display.display = display
        sys.modules |= {"IPython": IPython, "IPython.display": IPython.display}
    """
    told = """
        assert "rich" not in sys.modules
        assert shown[-1].startswith("3/3"), shown
    """
    program = textwrap.dedent(notebook) + textwrap.dedent(form and ALL[form]) + textwrap.dedent(told)
    assert finished(start(program, emulator)) == "done\n"
