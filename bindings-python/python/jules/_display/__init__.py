"""How notebooks show values. Imported when the first one is shown.

Agents write what is in them, so all text is escaped (see `_html`), and nothing is shown without an end.
"""

from __future__ import annotations

import base64
import binascii
from functools import singledispatch

from .. import _native as native
from ._diff import changes, files
from ._html import Html, badge, block, card, cut, fold, join, link, rows, tag

__all__ = ["html", "pictures"]

MOST_ITEMS = 200
_RASTER = {"image/png", "image/jpeg", "image/gif", "image/webp"}


def html(value: object) -> str | None:
    """The value as a piece of HTML; nothing where a picture says it."""
    return str(show(value)) or None


def pictures(media: native.Media) -> dict[str, str]:
    """What `Media` is, by MIME type."""
    return {"text/plain": repr(media)} | ({media.format: media.data.strip()} if _is_picture(media) else {})


def _is_picture(media: native.Media) -> bool:
    try:
        return media.format in _RASTER and bool(base64.b64decode(media.data.strip(), validate=True))
    except binascii.Error:
        return False


@singledispatch
def show(value: object) -> Html:
    """One function a class; what has none is its `repr`."""
    return block(repr(value))


@show.register
def _(outcome: native.Outcome) -> Html:
    change_set = outcome.change_set()
    return card(
        outcome.title or "Session",
        _pull_request(outcome.pull_request),
        rows(
            [
                ("session", link(outcome.url, outcome.session_id)),
                ("reason", cut(outcome.failure_reason or "")),
                ("took", f"{outcome.duration_ms / 1000:.0f} s" if outcome.duration_ms else ""),
            ]
        ),
        changes(change_set) if change_set else "",
        mark=badge(outcome.state),
    )


@show.register
def _(info: native.SessionInfo) -> Html:
    context = info.source_context
    return card(
        info.title or "Session",
        _pull_request(info.pull_request),
        rows(
            [
                ("session", link(info.url, info.id)),
                ("source", " @ ".join(filter(None, (context.source, context.starting_branch))) if context else ""),
                ("created", f"{info.create_time:%Y-%m-%d %H:%M:%S} UTC" if info.create_time else ""),
                ("prompt", cut(info.prompt)),
            ]
        ),
        show(info.plan) if info.plan else "",
        _activities(info.activities),
        mark=badge(info.state),
    )


@show.register
def _(snapshot: native.Snapshot) -> Html:
    change_set = snapshot.change_set()
    insights = snapshot.insights
    times = [f"{entry.time:%H:%M:%S} " if entry.time else "" for entry in snapshot.timeline]
    lines = [time + cut(entry.summary) for time, entry in zip(times, snapshot.timeline, strict=True)][-MOST_ITEMS:]
    return card(
        snapshot.title or "Session",
        _pull_request(snapshot.pr),
        rows(
            [
                ("session", link(snapshot.url, snapshot.id)),
                ("prompt", cut(snapshot.prompt)),
                ("took", f"{snapshot.duration_ms / 1000:.0f} s" if snapshot.duration_ms else ""),
                ("activities", ", ".join(f"{count} {kind}" for kind, count in snapshot.activity_counts.items())),
                ("failed commands", cut("\n".join(failed.command for failed in insights.failed_commands))),
                ("new plans", str(insights.plan_regenerations or "")),
                ("your messages", str(insights.user_interventions or "")),
            ]
        ),
        fold("Timeline", join([tag("div", line) for line in lines])) if lines else "",
        changes(change_set) if change_set else "",
        mark=badge(snapshot.state),
    )


def _activities(activities: tuple[native.Activity, ...]) -> Html:
    if not activities:
        return Html()
    shown = [show(activity) for activity in activities[-MOST_ITEMS:]]
    left_out = f"… {len(activities) - MOST_ITEMS} before these" if len(activities) > MOST_ITEMS else ""
    return fold(f"{len(activities)} activities", join([left_out, *shown]))


def _pull_request(made: native.PullRequest | None) -> Html:
    return show(made) if made else Html()


@show.register
def _(made: native.PullRequest) -> Html:
    number = f"#{made.number} " if made.number is not None else ""
    return tag("div", "pull request ", link(made.url, number + cut(made.title or made.url)))


@show.register
def _(plan: native.Plan) -> Html:
    steps = [
        tag("li", cut(step.title), tag("div", cut(step.description or ""), style="opacity:.65"))
        for step in plan.steps[:MOST_ITEMS]
    ]
    return card("Plan", tag("ol", *steps, style="margin:.3em 0"), aside=f"{len(plan.steps)} steps")


@show.register
def _(activity: native.Activity) -> Html:
    when = f"{activity.create_time:%H:%M:%S} " if activity.create_time else ""
    return card(
        _headline(activity),
        _body(activity),
        *[_artifact(artifact) for artifact in activity.artifacts],
        aside=when + activity.originator,
    )


def _headline(activity: native.Activity) -> str:
    match activity:
        case native.AgentMessaged():
            return "Jules"
        case native.UserMessaged():
            return "You"
        case native.PlanGenerated():
            return "Plan made"
        case native.PlanApproved():
            return "Plan approved"
        case native.ProgressUpdated():
            return cut(activity.title) or "Progress"
        case native.SessionCompleted():
            return "Session completed"
        case native.SessionFailed():
            return "Session failed"
    return cut(activity.description or "") or activity.type


def _body(activity: native.Activity) -> Html:
    match activity:
        case native.AgentMessaged(text) | native.UserMessaged(text) | native.SessionFailed(text):
            return block(text)
        case native.ProgressUpdated() if activity.description:
            return block(activity.description)
        case native.PlanGenerated(plan):
            return show(plan)
    return Html()


def _artifact(artifact: native.Artifact) -> Html:
    """An artifact inside something else, where a picture needs an element of its own."""
    if isinstance(artifact, native.Media) and _is_picture(artifact):
        return tag("img", src=artifact.to_url(), alt="picture", style="max-width:100%")
    return show(artifact)


@show.register
def _(change_set: native.ChangeSet) -> Html:
    return card("Changes", changes(change_set), aside=change_set.source)


@show.register
def _(parsed: native.ParsedPatch) -> Html:
    return card("Changes", files(parsed.files))


@show.register
def _(generated: native.GeneratedFiles) -> Html:
    return card("Files", files(generated.all()))


@show.register
def _(bash: native.BashOutput) -> Html:
    mark = badge("failed") if bash.exit_code else Html()
    return card("Command", block(str(bash)), mark=mark)


@show.register
def _(media: native.Media) -> Html:
    return (
        Html() if _is_picture(media) else card("File", rows([("type", media.format), ("base64", cut(media.data, 60))]))
    )
