"""The blocking twin: the same operations, without a loop."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jules
import pytest
from conftest import COMPLETED, Emulator, message


def test_a_session_is_led_to_its_pull_request(blocking: jules.Jules) -> None:
    session = blocking.session(prompt="[scenario:approval] x", source="octocat/hello-world")
    info = session.wait_for("awaiting_plan_approval", timeout=10)
    assert info.plan is not None
    session.approve()
    types = [activity.type for activity in session.stream()]
    assert types[-1] == "sessionCompleted"
    outcome = session.result(timeout=5)
    assert outcome.pull_request is not None
    assert session.info().outcome == outcome


def test_run_blocks_until_the_outcome(blocking: jules.Jules) -> None:
    outcome = blocking.run(prompt="[scenario:happy] x", source="octocat/hello-world", timeout=20)
    assert outcome.state is jules.SessionState.COMPLETED


def test_ask_and_send(blocking: jules.Jules) -> None:
    session = blocking.session(prompt="[scenario:question] x", require_approval=False)
    session.wait_for("awaiting_user_feedback", timeout=10)
    assert session.ask("Blue.", timeout=10).type == "agentMessaged"
    assert session.result(timeout=10).state == "completed"


def test_streams_and_listings_are_ordinary_iterators(blocking: jules.Jules, emulator: Emulator) -> None:
    session = blocking.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, message("one"), message("two"), COMPLETED)
    stream = session.stream()
    assert next(stream).type == "agentMessaged"
    assert [activity.type for activity in stream] == ["agentMessaged", "sessionCompleted"]
    assert list(stream) == []
    with session.history(types="agentMessaged") as history:
        assert len(list(history)) == 2
    assert [info.id for info in blocking.sessions()] == [session.id]
    assert blocking.sessions().page().items[0].id == session.id
    assert len(list(blocking.sources(limit=2))) == 2
    assert blocking.source(github="octocat/hello-world").id == "github/octocat/hello-world"
    assert [activity.type for activity in session.activities.list(page_size=1)] == ["agentMessaged"]
    assert session.activities.hydrate() == 0
    assert blocking.cache_info().activities == 3


def test_errors_are_the_same(blocking: jules.Jules) -> None:
    with pytest.raises(jules.SourceNotFoundError):
        blocking.run(prompt="x", source="octocat/nowhere")
    with pytest.raises(jules.TimeoutError):
        blocking.session(prompt="[scenario:silent] x").result(timeout=0.1)
    with pytest.raises(TypeError):
        blocking.session()  # type: ignore[call-overload]


def test_waiting_lets_other_threads_run(blocking: jules.Jules, emulator: Emulator) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda number: blocking.run(prompt=f"[scenario:quick] {number}"), range(16)))
    assert len({outcome.session_id for outcome in outcomes}) == 16


def test_closing_a_stream_ends_the_thread_that_waits_for_it(blocking: jules.Jules, emulator: Emulator) -> None:
    stream = blocking.session(emulator.session(state="IN_PROGRESS")).stream()
    items: list[jules.Activity] = []
    reader = threading.Thread(target=lambda: items.extend(stream))
    reader.start()
    emulator.until(lambda: len(emulator.requests("activities")) > 0, "the first look")
    stream.close()
    reader.join(timeout=5)
    assert not reader.is_alive()
    assert items == []


def test_closing_the_client_cancels_who_waits(options: dict[str, Any], emulator: Emulator) -> None:
    client = jules.Jules(**options)
    session = client.session(emulator.session(state="IN_PROGRESS"))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(session.result)
        emulator.until(lambda: len(emulator.requests(session.id)) > 0, "the first look")
        client.close()
        with pytest.raises(jules.ClosedError, match="closed"):
            waiting.result(timeout=5)


def test_a_call_on_a_closed_client_is_an_error_that_scripts_catch(options: dict[str, Any], emulator: Emulator) -> None:
    client = jules.Jules(**options)
    session = client.session(emulator.session(state="IN_PROGRESS"))
    client.close()
    for call in (session.info, session.approve, lambda: client.run(prompt="x"), lambda: list(client.sessions())):
        with pytest.raises(jules.JulesError) as caught:
            call()
        assert type(caught.value) is jules.ClosedError
        assert caught.value.kind == "Closed"
