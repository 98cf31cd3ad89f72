"""A session at one moment: attributes, JSON by fields, Markdown, also without asking."""

from __future__ import annotations

from typing import Any

import jules
import pytest
from conftest import COMPLETED, Emulator, message

FAILED = {"bashOutput": {"command": "make", "output": "no\n", "exitCode": 2}}


@pytest.fixture
def planted(emulator: Emulator) -> str:
    """A session with a message, a failed command and its end."""
    session = emulator.session(state="COMPLETED", title="Mend it", prompt="Please mend it")
    emulator.append(session, message("hello"), {"progressUpdated": {"title": "t"}, "artifacts": [FAILED]}, COMPLETED)
    return session


async def test_a_snapshot_has_what_can_be_derived(client: jules.AsyncJules, planted: str) -> None:
    snapshot = await client.session(planted).snapshot()
    assert (snapshot.id, snapshot.title, snapshot.prompt) == (planted, "Mend it", "Please mend it")
    assert snapshot.state is jules.SessionState.COMPLETED
    assert snapshot.activity_counts == {"agentMessaged": 1, "progressUpdated": 1, "sessionCompleted": 1}
    assert [entry.type for entry in snapshot.timeline] == [activity.type for activity in snapshot.activities]
    assert snapshot.insights.completion_attempts == 1
    [failed] = snapshot.insights.failed_commands
    assert (failed.command, failed.output, failed.exit_code) == ("make", "no\n", 2)
    assert failed.activity_id == snapshot.activities[1].id
    assert len(snapshot.generated_files) == 0
    assert snapshot.change_set() is None
    assert snapshot.to_markdown().startswith("# Mend it")


async def test_fields_are_chosen_in_either_spelling(client: jules.AsyncJules, planted: str) -> None:
    snapshot = await client.session(planted).snapshot()
    assert snapshot.to_json() == snapshot.to_dict()
    assert snapshot.to_json(include=["id", "activity_counts"]).keys() == {"id", "activityCounts"}
    assert "activities" not in snapshot.to_json(exclude=["activities"])
    with pytest.raises(jules.QueryError, match="timeline"):
        snapshot.to_json(include=["timelime"])


def test_the_blocking_form_and_the_cache_give_the_same(
    options: dict[str, Any], planted: str, emulator: Emulator
) -> None:
    with jules.Jules(**options) as client:
        session = client.session(planted)
        taken = session.snapshot()
        before = len(emulator.requests())
        assert session.snapshot(cached=True) == taken
        assert len(emulator.requests()) == before
