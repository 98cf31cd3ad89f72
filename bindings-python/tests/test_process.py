"""Manners of a process: clean exit in the middle of things, fork, Ctrl-C, import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import jules
import pytest
from conftest import COMPLETED, Emulator, message
from jules._errors import build

# A job that was started in the background, as in some CI, inherits that Ctrl-C is ignored: take it back.
PRELUDE = """
import asyncio, os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
import jules
options = dict(api_key="k", base_url=sys.argv[1], cache=False, polling_interval=0.01)
session_id = sys.argv[2]
"""


def start(program: str, emulator: Emulator, session: str = "1") -> subprocess.Popen[str]:
    code = PRELUDE + textwrap.dedent(program)
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", code, emulator.url, session],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str], limit: float = 20) -> str:
    output, errors = process.communicate(timeout=limit)
    assert (process.returncode, errors) == (0, ""), errors
    return output


@pytest.mark.skipif(sys.platform == "win32", reason="its environment is text")
def test_a_base_url_that_is_no_text_is_refused() -> None:
    program = "import jules\ntry: jules.Jules(api_key='k')\nexcept jules.ConfigError as error: print(error)"
    environment = os.environb | {b"JULES_BASE_URL": b"http://127.0.0.1:9/v1\xff"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, timeout=20)
    assert done.stdout.startswith(b"the environment variable JULES_BASE_URL is not valid UTF-8."), done


EXITS = {
    "a stream that is being read by a task": """
        async def main():
            stream = jules.AsyncJules(**options).session(session_id).stream(follow=True)
            await anext(stream)
            task = asyncio.create_task(anext(stream))
            await asyncio.sleep(0)
            os.environ["DONE"] = "1"
            sys.stdout.write("open")
        asyncio.run(main())
    """,
    "calls in flight and a loop that is never closed": """
        loop = asyncio.new_event_loop()
        async def main():
            session = jules.AsyncJules(**options).session(session_id)
            for _ in range(20):
                session._native.info(False, None).start()
            await anext(session.stream())
        loop.run_until_complete(main())
        sys.stdout.write("open")
    """,
    "daemon threads in blocking calls": """
        client = jules.Jules(**options)
        ready = threading.Barrier(5)
        def wait():
            stream = client.session(session_id).stream(follow=True)
            next(stream)
            ready.wait()
            next(stream)
        for _ in range(4):
            threading.Thread(target=wait, daemon=True).start()
        ready.wait()
        sys.stdout.write("open")
    """,
    "daemon threads whose log lines are slow, and an object that is long in going": """
        import logging, time
        logged = threading.Event()
        class Slow(logging.Handler):
            def emit(self, record):
                logged.set()
                time.sleep(0.005)
        class Late:
            def __del__(self, sleep=time.sleep):
                sleep(0.2)
        late = Late()
        client = jules.Jules(**options)
        logging.getLogger("jules").setLevel(logging.DEBUG)
        logging.getLogger("jules").addHandler(Slow())
        def wait():
            for _ in client.session(session_id).stream(follow=True):
                pass
        for _ in range(4):
            threading.Thread(target=wait, daemon=True).start()
        logged.wait()
        sys.stdout.write("open")
    """,
    "a client that is closed by what goes last": """
        class Late:
            def __init__(self):
                self.client = jules.Jules(**options)
                self.client.session(session_id).info()
            def __del__(self):
                self.client.close()
        late = Late()
        sys.stdout.write("open")
    """,
    "workers that are asked and workers that wait": """
        client = jules.Jules(**options)
        queue = client.queue("q")
        work = queue.work(follow=True)
        queue.add(key="k", prompt="[scenario:quick]")
        next(work)
        threading.Thread(target=lambda: next(work), daemon=True).start()
        async def main():
            global kept
            other = jules.AsyncJules(**options).queue("q")
            kept = other.work(follow=True, approve=lambda task, plan: True)
            task = asyncio.create_task(anext(kept))
            await asyncio.sleep(0)
            sys.stdout.write("open")
        asyncio.run(main())
    """,
    "a client as a global": """
        client = jules.Jules(**options)
        stream = client.session(session_id).stream(follow=True)
        next(stream)
        sys.stdout.write("open")
    """,
}


@pytest.mark.parametrize("program", EXITS.values(), ids=EXITS)
def test_the_interpreter_exits_cleanly_with(emulator: Emulator, program: str) -> None:
    session = emulator.session(state="IN_PROGRESS")
    emulator.append(session, message("one"))
    for _ in range(5):
        processes = [start(program, emulator, session) for _ in range(2)]
        assert [finished(process) for process in processes] == ["open", "open"]


SUB_INTERPRETERS = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
program = '''
import os
try:
    import jules
    os.write(1, b"imported ")
except ImportError as error:
    os.write(1, b"refused " if "thread or a process" in str(error) else repr(error).encode())
'''
run = getattr(interpreters, "exec", None) or interpreters.run_string
for _ in range(2):
    try:
        other = interpreters.create("legacy")
    except TypeError:
        other = interpreters.create(isolated=False)
    run(other, program)
    interpreters.destroy(other)
sys.stdout.write("done")
"""


def test_a_sub_interpreter_is_refused(emulator: Emulator) -> None:
    assert finished(start(SUB_INTERPRETERS, emulator)) == "refused refused done"


FORKED = """
import traceback
client = jules.Jules(**options)
session = client.session(session_id)
stream = session.stream()
before = [next(stream).type for _ in range(2)]
child = os.fork()
if child == 0:
    try:
        assert [activity.type for activity in session.stream()] == before + ["sessionCompleted"]
        assert client.run(prompt="[scenario:quick] x").state == "completed"
        async def main():
            async with jules.AsyncJules(**options) as own:
                return [activity.type async for activity in own.session(session_id).stream()]
        assert asyncio.run(main()) == before + ["sessionCompleted"]
        try:
            list(stream)
        except RuntimeError as error:
            assert "fork" in str(error)
        sys.exit(0)
    except BaseException as error:
        if not isinstance(error, SystemExit) or error.code:
            traceback.print_exc()
            os._exit(3)
        raise
_, status = os.waitpid(child, 0)
assert [activity.type for activity in stream] == ["sessionCompleted"]
assert session.result().state == "completed"
print(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_child_can_go_on(emulator: Emulator) -> None:
    session = emulator.session(state="COMPLETED")
    emulator.append(session, message("one"), message("two"), COMPLETED)
    for _ in range(5):
        assert finished(start(FORKED, emulator, session)) == "0\n"


def test_multiprocessing_by_fork(emulator: Emulator) -> None:
    program = """
    import multiprocessing
    client = jules.Jules(**options)
    client.sessions().page()
    def work(number):
        return str(client.run(prompt=f"[scenario:quick] {number}").state)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, range(4)))
    """
    assert finished(start(program, emulator)) == f"{['completed'] * 4}\n"


def interrupted(program: str, emulator: Emulator) -> float:
    """How many seconds after Ctrl-C the program prints its time and ends."""
    session = emulator.session(state="IN_PROGRESS")
    process = start(program, emulator, session)
    emulator.until(lambda: len(emulator.requests(session)) > 2, "looks")
    sent = time.time()
    process.send_signal(signal.SIGINT)
    return float(finished(process)) - sent


@pytest.mark.parametrize("call", ["session.result()", "next(session.stream())", "session.wait_for('completed')"])
def test_ctrl_c_ends_a_blocking_call_within_100_ms(emulator: Emulator, call: str) -> None:
    program = f"""
    import time
    session = jules.Jules(**options).session(session_id)
    try:
        {call}
    except KeyboardInterrupt:
        print(time.time())
    """
    # The quickest of three counts: the others tell how busy the machine is.
    assert min(interrupted(program, emulator) for _ in range(3)) < 0.1


def test_a_closed_loop_does_not_disturb(emulator: Emulator) -> None:
    session = emulator.session(state="IN_PROGRESS")
    emulator.append(session, message("one"))
    program = """
    client = jules.AsyncJules(**options)
    async def look():
        before = client.metrics().requests
        task = asyncio.create_task(client.session(session_id).result())
        while client.metrics().requests == before:
            await asyncio.sleep(0)
        return (await client.session(session_id).info()).state
    print([str(asyncio.run(look())) for _ in range(3)])
    """
    assert finished(start(program, emulator, session)) == f"{['inProgress'] * 3}\n"


def test_import_needs_no_loop_no_network_and_no_asyncio() -> None:
    slow = {"asyncio", "dataclasses", "inspect", "logging", "json", "html", "rich"}
    code = f"import sys, jules; assert not {slow} & set(sys.modules); jules.AsyncJules(api_key='k', cache=False)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JULES_")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_import_alone_brings_the_values_and_what_is_first_needed_the_rest() -> None:
    program = """
    import sys
    before = {*sys.modules}
    import jules
    new = {*sys.modules} - before
    assert {name for name in new if "jules" in name} == {"jules", "jules._native", "jules._hints"}, new
    assert not new & {"typing", "re", "enum", "contextlib", "threading"}, new
    assert {*jules.__all__} < {*dir(jules)}
    try:
        jules.nothing
    except AttributeError as error:
        assert str(error) == "module 'jules' has no attribute 'nothing'"
    assert "jules._surface" not in sys.modules
    jules.run = None
    assert issubclass(jules.TimeoutError, jules.JulesError)
    assert jules.run is None, "what a program has put there stays"
    assert [name for name in jules.__all__ if name not in vars(jules)] == []
    assert {*sys.modules["jules._surface"].__all__} < {*jules.__all__}
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bug_that_is_caught_at_the_boundary_is_a_jules_error() -> None:
    error = build(kind="Internal", message="a bug in jules: x; please report it")
    assert type(error) is jules.JulesError
    assert error.kind == "Internal"


@pytest.mark.parametrize(("level", "told"), [("", False), ("debug", True)])
def test_a_log_is_written_where_it_is_asked_for(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, level: str, told: bool
) -> None:
    monkeypatch.setenv("JULES_LOG", level)
    session = emulator.session(state="IN_PROGRESS")
    process = start("jules.Jules(**options | {'api_key': 'my-secret'}).session(session_id).info()", emulator, session)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, "")
    assert ("jules::http" in errors) is told
    assert "my-secret" not in errors
