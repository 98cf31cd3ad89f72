"""Core's log lines are records of `logging`: for those who ask, in order, and never on stderr by themselves."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
import time
from typing import Any

import jules
import pytest
from conftest import Emulator
from test_process import finished, start


def test_what_happens_is_told_to_the_loggers(
    options: dict[str, Any], emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "jules"), jules.Jules(**options | {"api_key": "my-secret"}) as client:
        before = time.time()
        client.session(emulator.session(state="IN_PROGRESS", prompt="a private prompt")).info()
        after = time.time()
        records = [record for record in caplog.records if record.name == "jules.http"]
    assert {record.levelno for record in records} == {logging.DEBUG}
    assert any('operation="sessions.get"' in record.getMessage() for record in records)
    assert all(before <= record.created <= after for record in records)
    assert "my-secret" not in caplog.text
    assert "private" not in caplog.text


async def test_records_are_there_before_the_result(
    client: jules.AsyncJules, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "jules.http")
    session = client.session(emulator.session(state="IN_PROGRESS"))
    for count in range(1, 4):
        await session.activities.list()
        asked = [record for record in caplog.records if "activities.list" in record.getMessage()]
        assert len(asked) == count


def test_each_logger_has_its_own_level(
    options: dict[str, Any], emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with jules.Jules(**options) as client:
        session = client.session(emulator.session(state="IN_PROGRESS"))
        session.info()
        assert [record for record in caplog.records if record.name.startswith("jules")] == []
        caplog.set_level(logging.DEBUG, "jules")
        caplog.set_level(logging.WARNING, "jules.http")
        session.info()
        assert [record for record in caplog.records if record.name == "jules.http"] == []
        logging.disable(logging.CRITICAL)
        try:
            session.info()
        finally:
            logging.disable(logging.NOTSET)
        caplog.set_level(logging.DEBUG, "jules.http")
        session.info()
        assert [record for record in caplog.records if record.name == "jules.http"] != []


RETRYING = """
import logging
{setup}
session = jules.Jules(**options).session(session_id)
session.info()
print(len(session.info().id) > 0)
"""


@pytest.mark.parametrize("setup", ["", "logging.getLogger().setLevel(logging.DEBUG)", "del sys.modules['logging']"])
def test_nothing_is_written_where_nobody_configured_logging(emulator: Emulator, setup: str) -> None:
    session = emulator.session(state="IN_PROGRESS")
    assert finished(start(RETRYING.format(setup=setup), emulator, session)) == "True\n"


def test_a_handler_may_call_us_and_fail(emulator: Emulator) -> None:
    """A handler runs with the interpreter's lock on whichever thread hands a record on; nothing of ours is locked."""
    session = emulator.session(state="IN_PROGRESS")
    program = """
    import logging
    client = jules.Jules(**options)
    seen = []
    class Handler(logging.Handler):
        def emit(self, record):
            if len(seen) < 3:
                seen.append(record.name)
                client.session(session_id).info()
            raise ValueError("a broken handler")
    logging.raiseExceptions = False
    logging.getLogger("jules").addHandler(Handler())
    logging.getLogger("jules").setLevel("DEBUG")
    try:
        client.session(session_id).info()
    except ValueError:
        pass
    print(seen[0])
    os._exit(0)
    """
    process = start(program, emulator, session)
    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, "jules.http\n")


def test_exit_and_fork_with_logging_on(emulator: Emulator) -> None:
    session = emulator.session(state="IN_PROGRESS")
    program = """
    import logging
    logging.basicConfig(level=logging.DEBUG, stream=open(os.devnull, "w"))
    client = jules.Jules(**options)
    stream = client.session(session_id).stream(follow=True)
    client.session(session_id).info()
    child = os.fork()
    if child == 0:
        records = []
        logging.getLogger("jules").addFilter(lambda record: True)
        logging.getLogger("jules.http").addFilter(lambda record: records.append(record) or True)
        client.session(session_id).info()
        os._exit(0 if records else 4)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    for _ in range(3):
        assert finished(start(textwrap.dedent(program), emulator, session)) == "0\n"


def test_importing_the_package_does_not_import_logging() -> None:
    code = "import sys, jules; jules.Jules(api_key='k', cache=False); assert 'logging' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], timeout=20).returncode == 0
