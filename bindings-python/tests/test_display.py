"""How notebooks show values: whatever an agent wrote, it stays text; and a page bears what is shown."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import jules
import pytest

EVIL = "</pre></div><script>alert(1)</script><img src=x onerror=alert(2)>\" onmouseover='alert(3)' &amp;"
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
TAGS = {"div", "span", "b", "pre", "code", "a", "ol", "li", "details", "summary", "img"}
ATTRIBUTES = {"style", "href", "target", "rel", "src", "alt", "open"}


class Reader(HTMLParser):
    """Takes HTML apart as a browser does; anything that is not of our making fails."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.text = ""
        self.links: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        self.tags[tag] += 1
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            if name == "href":
                assert value is not None
                assert value.startswith("https://"), value
                self.links.append(value)
            if name == "src":
                assert value is not None
                assert value.startswith("data:image/png;base64,"), value
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(value: Any) -> Reader:
    html = value._repr_html_()
    assert isinstance(html, str)
    return Reader(html)


def patch(line: str, path: str) -> str:
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-x\n+{line}\n"


CHANGES: dict[str, Any] = {
    "type": "changeSet",
    "source": EVIL,
    "gitPatch": {"unidiffPatch": patch(EVIL, "x"), "baseCommitId": EVIL},
}
CHANGES["gitPatch"]["suggestedCommitMessage"] = EVIL
PULL_REQUEST = {"url": "javascript:alert(1)", "title": EVIL, "description": EVIL, "number": 7}
OUTCOME = {
    "sessionId": EVIL,
    "title": EVIL,
    "state": EVIL,
    "url": "javascript:alert(1)",
    "failureReason": EVIL,
    "pullRequest": PULL_REQUEST,
    "outputs": [{"type": "changeSet", "changeSet": CHANGES}, {"type": "pullRequest", "pullRequest": PULL_REQUEST}],
    "durationMs": 61000,
}
ARTIFACTS: list[dict[str, Any]] = [
    {"type": "bashOutput", "command": EVIL, "output": EVIL, "exitCode": 1},
    CHANGES,
    {"type": "media", "data": PIXEL, "format": "image/png"},
    {"type": "media", "data": '"><script>', "format": "image/png"},
    {"type": "media", "data": PIXEL, "format": f"image/svg+xml{EVIL}"},
    {"type": "unknown", "raw": {"x": EVIL}},
]
PLAN = {"id": EVIL, "steps": [{"id": "1", "title": EVIL, "description": EVIL, "index": 0}]}
COMMON = {"name": EVIL, "id": EVIL, "originator": EVIL, "description": EVIL, "artifacts": ARTIFACTS}
ACTIVITIES = [
    COMMON | own
    for own in (
        {"type": "agentMessaged", "message": EVIL},
        {"type": "userMessaged", "message": EVIL, "createTime": "2025-10-03T05:43:42Z"},
        {"type": "planGenerated", "plan": PLAN},
        {"type": "planApproved", "planId": EVIL},
        {"type": "progressUpdated", "title": EVIL, "description": EVIL},
        {"type": "sessionCompleted"},
        {"type": "sessionFailed", "reason": EVIL},
        {"type": "unknown", "kind": EVIL, "raw": {}},
    )
]
INFO = {
    "id": "1",
    "name": "sessions/1",
    "title": EVIL,
    "prompt": EVIL,
    "state": EVIL,
    "url": EVIL,
    "sourceContext": {"source": EVIL, "startingBranch": EVIL},
    "createTime": "2025-10-03T05:43:42Z",
    "outputs": OUTCOME["outputs"],
    "pullRequest": PULL_REQUEST,
    "plan": PLAN,
    "activities": ACTIVITIES,
}
VALUES: list[Any] = [
    jules.Outcome.from_dict(OUTCOME),
    jules.SessionInfo.from_dict(INFO),
    jules.Plan.from_dict(PLAN),
    jules.PullRequest.from_dict(PULL_REQUEST),
    jules.Outcome.from_dict(OUTCOME).generated_files(),
    *[jules.Activity.from_dict(activity) for activity in ACTIVITIES],
    *[jules.Artifact.from_dict(artifact) for artifact in ARTIFACTS if artifact.get("format") != "image/png"],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_an_agent_writes_stays_text(value: Any) -> None:
    shown = read(value)
    if not isinstance(value, (jules.GeneratedFiles, jules.UnknownArtifact)):
        assert "<script>alert(1)" in shown.text
    assert shown.links == []


def test_an_outcome_shows_what_counts() -> None:
    made = PULL_REQUEST | {"url": "https://github.com/o/r/pull/7"}
    outcome = jules.Outcome.from_dict(
        OUTCOME | {"pullRequest": made, "state": "failed", "url": "https://jules.google/1"}
    )
    shown = read(outcome)
    assert shown.links == ["https://github.com/o/r/pull/7", "https://jules.google/1"]
    for part in ("failed", "#7", "61 s", "modified", "+1 −1", "6 lines of patch"):
        assert part in shown.text
    assert shown.tags["span"] > 6


def test_a_patch_is_coloured_line_by_line() -> None:
    html = jules.Artifact.from_dict(CHANGES)._repr_html_()
    assert html is not None
    coloured = {line.rsplit(">", 1)[1][:1] for line in html.split("</span>") if '46,160,67,.15)">' in line}
    assert "+" in coloured
    assert '<span style="display:block;font-weight:bold">--- a/x</span>' in html
    assert '<span style="display:block;background:rgba(218,54,51,.15)">-x</span>' in html


def test_a_picture_is_shown_as_itself() -> None:
    picture = jules.Artifact.from_dict({"type": "media", "data": PIXEL, "format": "image/png"})
    assert isinstance(picture, jules.Media)
    assert picture._repr_mimebundle_() == {"text/plain": repr(picture), "image/png": PIXEL}
    assert picture._repr_html_() is None
    broken = jules.Artifact.from_dict({"type": "media", "data": "<>", "format": "image/png"})
    assert isinstance(broken, jules.Media)
    assert list(broken._repr_mimebundle_()) == ["text/plain"]
    assert "image/png" in (broken._repr_html_() or "")


def test_what_is_huge_is_cut_short() -> None:
    lines = "".join(f"+{'x' * 5000}\n" for _ in range(20_000))
    header = "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,20000 @@\n"
    changes = CHANGES | {"gitPatch": {"unidiffPatch": header + lines}}
    message = jules.Activity.from_dict(COMMON | {"type": "agentMessaged", "message": "y" * 10_000_000})
    many = jules.SessionInfo.from_dict(INFO | {"activities": [ACTIVITIES[0] | {"artifacts": []}] * 1000})
    for value in (jules.Artifact.from_dict(changes), message, many):
        assert len(value._repr_html_() or "") < 1_000_000
    assert "more lines" in read(jules.Artifact.from_dict(changes)).text
    assert "more characters" in read(message).text
    assert "800 before these" in read(many).text


async def test_a_snapshot_is_shown(client: jules.AsyncJules) -> None:
    outcome = await client.run(prompt="[scenario:happy] x", source="octocat/hello-world")
    snapshot = await client.session(outcome.session_id).snapshot()
    shown = read(snapshot)
    assert "progressUpdated" in shown.text
    assert "Timeline" in shown.text
    assert "lines of patch" in shown.text


def test_showing_costs_nothing_before_it_is_used() -> None:
    code = "import sys, jules; assert 'jules._display' not in sys.modules and 'html' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], timeout=20).returncode == 0
