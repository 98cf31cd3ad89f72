"""Values: frozen, comparable, hashable, brief in print, and plain data on demand."""

from __future__ import annotations

import base64
import datetime
import json
import tracemalloc
from pathlib import Path
from typing import Any

import jules
import pytest
from conftest import COMPLETED, Emulator, message

PATCH = (
    "diff --git a/new.txt b/new.txt\nnew file mode 100644\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,2 @@\n+a\n+b\n"
    "diff --git a/old.txt b/old.txt\n--- a/old.txt\n+++ b/old.txt\n@@ -1 +1 @@\n-x\n+y\n"
)
PICTURE = base64.b64encode(b"not really a picture").decode()
ARTIFACTS: list[dict[str, Any]] = [
    {"bashOutput": {"command": "false", "output": "no\n", "exitCode": 1}},
    {"changeSet": {"source": "sources/github/o/r", "gitPatch": {"unidiffPatch": PATCH, "baseCommitId": "abc"}}},
    {"media": {"data": PICTURE, "mimeType": "image/png"}},
    {"hologram": {"size": 3}},
]
ACTIVITIES: list[dict[str, Any]] = [
    message("hello", description="said", createTime="2025-10-03T05:43:42.801654321Z"),
    {"originator": "user", "userMessaged": {"userMessage": "hi"}},
    {"planGenerated": {"plan": {"id": "p", "steps": [{"id": "s", "title": "t"}, {"title": "u", "index": 1}]}}},
    {"planApproved": {"planId": "p"}},
    {"progressUpdated": {"title": "t", "description": "d"}, "artifacts": ARTIFACTS},
    {"dreamt": {"of": "sheep"}, "description": "odd"},
    {"sessionFailed": {"reason": "no"}},
    COMPLETED,
]


@pytest.fixture
async def activities(client: jules.AsyncJules, emulator: Emulator) -> list[jules.Activity]:
    session = client.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, *ACTIVITIES)
    return [activity async for activity in session.history()]


async def test_each_type_is_a_class(activities: list[jules.Activity]) -> None:
    assert [type(activity) for activity in activities] == [
        jules.AgentMessaged,
        jules.UserMessaged,
        jules.PlanGenerated,
        jules.PlanApproved,
        jules.ProgressUpdated,
        jules.UnknownActivity,
        jules.SessionFailed,
        jules.SessionCompleted,
    ]
    assert all(isinstance(activity, jules.Activity) for activity in activities)
    types = ["agentMessaged", "userMessaged", "planGenerated", "planApproved", "progressUpdated", "unknown"]
    assert [activity.type for activity in activities] == [*types, "sessionFailed", "sessionCompleted"]


async def test_match_takes_the_fields(activities: list[jules.Activity]) -> None:
    found: list[Any] = []
    for activity in activities:
        match activity:
            case jules.UserMessaged(text) | jules.AgentMessaged(text):
                found.append(text)
            case jules.PlanGenerated(jules.Plan(steps)):
                found.append([step.title for step in steps])
            case jules.PlanApproved(plan_id):
                found.append(plan_id)
            case jules.ProgressUpdated(title, description):
                found.append((title, description))
            case jules.UnknownActivity(kind, raw):
                found.append((kind, raw["dreamt"]))
            case jules.SessionFailed(reason):
                found.append(reason)
            case jules.SessionCompleted():
                found.append("done")
    assert found == ["hello", "hi", ["t", "u"], "p", ("t", "d"), ("dreamt", {"of": "sheep"}), "no", "done"]


async def test_times_are_utc_and_exact(activities: list[jules.Activity]) -> None:
    said = activities[0]
    assert said.create_time == datetime.datetime(2025, 10, 3, 5, 43, 42, 801654, tzinfo=datetime.timezone.utc)
    assert said.create_time is not None
    assert said.create_time.utcoffset() == datetime.timedelta(0)
    assert said.create_time_ns == 1759470222801654321


async def test_artifacts(activities: list[jules.Activity], tmp_path: Path) -> None:
    bash, changes, media, unknown = activities[4].artifacts
    assert isinstance(bash, jules.BashOutput)
    assert (bash.command, bash.output, bash.exit_code) == ("false", "no\n", 1)
    assert str(bash) == "$ false\nno\n[exit code 1]"
    assert isinstance(changes, jules.ChangeSet)
    assert changes.git_patch.unidiff_patch == PATCH
    assert changes.git_patch.base_commit_id == "abc"
    parsed = changes.parsed()
    assert [(file.path, file.change_type, file.additions) for file in parsed.files] == [
        ("new.txt", jules.ChangeType.CREATED, 2),
        ("old.txt", jules.ChangeType.MODIFIED, 1),
    ]
    assert (parsed.summary.total_files, parsed.summary.created, parsed.summary.modified) == (2, 1, 1)
    assert isinstance(media, jules.Media)
    assert media.to_bytes() == b"not really a picture"
    assert media.to_url() == f"data:image/png;base64,{PICTURE}"
    media.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes() == media.to_bytes()
    with pytest.raises(jules.StoreError):
        media.save(tmp_path / "missing" / "picture.png")
    assert isinstance(unknown, jules.UnknownArtifact)
    assert unknown.raw == {"hologram": {"size": 3}}
    assert [artifact.type for artifact in activities[4].artifacts] == ["bashOutput", "changeSet", "media", "unknown"]


async def test_to_dict_is_the_shape_of_all_languages(activities: list[jules.Activity]) -> None:
    said = activities[0]
    assert said.to_dict() == {
        "name": said.name,
        "id": said.id,
        "sessionId": said.session_id,
        "type": "agentMessaged",
        "createTime": "2025-10-03T05:43:42.801654321Z",
        "originator": "agent",
        "message": "hello",
        "description": "said",
        "artifacts": [],
    }
    assert list(said.to_dict())[:4] == ["name", "id", "sessionId", "type"]
    assert said.session_id == said.name.split("/")[1]
    assert activities[4].artifacts[0].to_dict() == {
        "type": "bashOutput",
        "command": "false",
        "output": "no\n",
        "exitCode": 1,
    }
    assert json.loads(json.dumps([activity.to_dict() for activity in activities]))[5]["kind"] == "dreamt"


async def test_values_are_frozen(activities: list[jules.Activity]) -> None:
    for value, name in ((activities[0], "message"), (activities[4].artifacts[0], "command")):
        with pytest.raises(AttributeError):
            setattr(value, name, "other")
        with pytest.raises(AttributeError):
            value.new_attribute = 1  # type: ignore[union-attr]


async def test_equal_values_are_equal_and_hash_alike(
    activities: list[jules.Activity], client: jules.AsyncJules
) -> None:
    session = client.session(activities[0].name.split("/")[1])
    again = [activity async for activity in session.history(offline=True)]
    assert again == activities
    assert len({*again, *activities}) == len(activities)
    assert activities[0] != activities[1]
    assert activities[0] != "hi"
    first, second = activities[4].artifacts, again[4].artifacts
    assert first == second
    assert len({*first, *second}) == len(first)
    assert first[0] != first[1]


async def test_a_repr_is_one_short_line(client: jules.AsyncJules, emulator: Emulator) -> None:
    session = client.session(emulator.session(state="COMPLETED", prompt="x" * 5000))
    emulator.append(session.id, *ACTIVITIES, message("long\n" * 5000))
    info = await session.info()
    values: list[Any] = [info, info.outcome, info.plan, *info.activities]
    values += [artifact for activity in info.activities for artifact in activity.artifacts]
    for value in values:
        assert "\n" not in repr(value)
        assert len(repr(value)) < 400
        assert repr(value).startswith(type(value).__name__ + "(")
    assert "…" in repr(info.activities[-1])


def test_a_large_string_is_converted_only_when_it_is_read(blocking: jules.Jules, emulator: Emulator) -> None:
    size = 1_000_000
    session = blocking.session(emulator.session(state="COMPLETED"))
    emulator.append(session.id, message("x" * size), COMPLETED)
    session.info()
    tracemalloc.start()
    try:
        [said, _] = session.history(offline=True)
        assert (said.type, said.originator) == ("agentMessaged", "agent")
        assert tracemalloc.get_traced_memory()[1] < size / 10
        assert isinstance(said, jules.AgentMessaged)
        assert len(said.message) == size
        assert tracemalloc.get_traced_memory()[1] > size
    finally:
        tracemalloc.stop()


async def test_an_outcome_gives_its_files(client: jules.AsyncJules) -> None:
    outcome = await client.run(prompt="[scenario:repoless] x")
    files = outcome.generated_files()
    assert len(files) == len(files.all()) == 2
    first = files.all()[0]
    assert first.change_type is jules.ChangeType.CREATED
    assert files.get(first.path) == first
    assert files.get("nowhere") is None
    assert files.filter("created") == files.all()
    assert files.filter(jules.ChangeType.DELETED) == ()
    with pytest.raises(jules.ConfigError, match="renamed"):
        files.filter("vanished")
    changes = outcome.change_set()
    assert changes is not None
    assert {file.path for file in changes.parsed().files} == {file.path for file in files.all()}
    [output] = outcome.outputs
    assert isinstance(output, jules.ChangeSetOutput)
    assert output.change_set == changes
    assert outcome.duration_ms >= 0


async def test_a_pull_request_is_among_the_outputs(client: jules.AsyncJules) -> None:
    outcome = await client.run(prompt="[scenario:happy] x", source="octocat/hello-world")
    made = outcome.pull_request
    assert made is not None
    assert made.number == int(made.url.rsplit("/", 1)[1])
    assert made in [output.pull_request for output in outcome.outputs if isinstance(output, jules.PullRequestOutput)]
    assert outcome.to_dict()["pullRequest"]["url"] == made.url


async def test_a_state_nobody_knows_is_kept(client: jules.AsyncJules, emulator: Emulator) -> None:
    info = await client.session(emulator.session(state="DREAMING")).info()
    assert isinstance(info.state, jules.SessionState)
    assert info.state == "DREAMING"
    assert info.state.value == "DREAMING"
    assert str(info.state) == "DREAMING"


@pytest.mark.parametrize("state", list(jules.SessionState))
def test_states_are_camel_case_strings_and_read_snake_case(state: jules.SessionState) -> None:
    assert isinstance(state, str)
    assert "_" not in state.value
    assert jules.SessionState(state.value) is state
    assert jules.SessionState(state.name.lower()) is state
    assert f"{state}" == state.value
    assert json.dumps(state) == f'"{state.value}"'


def test_a_word_that_is_no_state_is_refused() -> None:
    with pytest.raises(ValueError, match="sleeping"):
        jules.SessionState("sleeping")


def test_options_are_values() -> None:
    assert jules.Retry(max_elapsed=1) == jules.Retry(max_elapsed=1.0) != jules.Retry()
    assert hash(jules.GitHub("o/r")) == hash(jules.GitHub("o/r", branch=None))
    assert repr(jules.GitHub("o/r", branch="main")) == "GitHub(repo='o/r', branch='main')"
    with pytest.raises(AttributeError):
        jules.Retry().max_elapsed = 3  # type: ignore[misc]


def test_pages_are_values() -> None:
    page = jules.Page((1, 2), "next")
    assert list(page) == [1, 2]
    assert page == jules.Page((1, 2), "next") != jules.Page((1, 2))
    assert len({page, jules.Page((1, 2), "next")}) == 1
    assert repr(page) == "Page(2 items, next_page_token='next')"
