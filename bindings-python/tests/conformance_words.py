"""From a conformance plan's words to the package's, and from its values and errors back to plain data."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Any

import jules

Json = Any
_REFERENCE = re.compile(r"\$\{([^}]+)\}")


class UnsupportedError(Exception):
    """The step makes no sense to this driver."""


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)


def seconds(name: str, value: Json) -> tuple[str, Json]:
    if name.endswith("Ms"):
        return snake(name.removesuffix("Ms")), value / 1000
    return snake(name), value


def client_options(given: Json) -> dict[str, Any]:
    # The cases poll often: whichever is about the budget says so.
    options: dict[str, Any] = {"activity_budget": False}
    options |= dict(seconds(name, value) for name, value in given.items())
    if retry := options.get("retry"):
        options["retry"] = dict(seconds(name, value) for name, value in retry.items())
    return options


def run_options(options: Json) -> dict[str, Any]:
    wanted = dict(seconds(name, value) for name, value in options.items())
    wait = wanted.get("wait_for_slot")
    if isinstance(wait, (int, float)) and not isinstance(wait, bool):
        wanted["wait_for_slot"] = wait / 1000  # Milliseconds in TypeScript, whose names these are.
    return wanted


def stream_options(options: Json) -> dict[str, Any]:
    wanted = {name: options[name] for name in ("follow", "after", "types") if name in options}
    if exclude := options.get("exclude"):
        wanted["exclude_originator"] = exclude["originator"]
    return wanted | limits(options, "stallTimeoutMs")


def listing_options(options: Json) -> dict[str, Any]:
    return {snake(name): value for name, value in options.items()}


def limits(options: Json, *names: str) -> dict[str, float]:
    """The time limits that a step gives; by default those of a wait for a session's news."""
    return dict(seconds(name, options[name]) for name in names or ("timeoutMs", "stallTimeoutMs") if name in options)


def named_page(name: str, page: jules.Page[Any]) -> Json:
    data: Json = {name: [item.to_dict() for item in page.items]}
    if page.next_page_token is not None:
        data["nextPageToken"] = page.next_page_token
    return data


def resolve(value: Json, saved: dict[str, Json]) -> Json:
    """Replaces `${name.path}` by what earlier steps gave."""
    if isinstance(value, dict):
        return {key: resolve(item, saved) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, saved) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _REFERENCE.fullmatch(value):
        return look_up(whole[1], saved)
    return _REFERENCE.sub(lambda found: str(look_up(found[1], saved)), value)


def look_up(path: str, saved: dict[str, Json]) -> Json:
    name, *rest = path.split(".")
    try:
        found: Json = saved[name]
        for part in rest:
            found = found[int(part)] if isinstance(found, list) else found[part]
    except (KeyError, IndexError, TypeError) as error:
        raise UnsupportedError(f"nothing is saved as {path!r}") from error
    return found


def finished(one: jules.Finished[Json]) -> Json:
    if one.error is not None:
        return {"index": one.index, "error": failure(one.error)}
    return {"index": one.index, "outcome": one.outcome and one.outcome.to_dict()}


def plain(item: Any) -> Json:
    return finished(item) if isinstance(item, jules.Finished) else item.to_dict()


def time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def failure(error: BaseException) -> Json:
    if isinstance(error, jules.JulesError):
        # A subclass stands for its kind too.
        classes = [one.__name__ for one in type(error).__mro__]
        by_kind = f"{error.kind}Error"
        fields: Json = {
            "kind": error.kind,
            "message": str(error),
            "retryable": error.retryable,
            "class": by_kind if by_kind in classes else classes[0],
            "status": error.status,
            "code": error.code,
            "details": error.details or None,
            "method": error.method,
            "url": error.url,
            "attempts": error.attempts,
            "retryAfterMs": None if error.retry_after is None else round(error.retry_after * 1000),
            "requestId": error.request_id,
            "sessionId": error.session_id,
            "limit": error.limit,
            "used": error.used,
            "allowed": error.allowed,
            "nextAt": time(error.next_at),
            "reason": error.reason,
            "since": time(error.since),
            "lastActivity": error.last_activity and error.last_activity.to_dict(),
            "fault": error.fault,
            "info": error.info and error.info.to_dict(),
            "outcome": error.outcome and error.outcome.to_dict(),
            "index": error.index,
            "results": [report.to_dict() for report in error.results] or None,
            "file": error.file,
            "hunk": error.hunk,
            "field": error.field,
            "operator": error.operator,
            "valid": error.valid or None,
            "suggestion": error.suggestion,
            "cause": str(error.__cause__) if error.__cause__ else None,
            "items": error.__dict__.get("items_before"),
        }
        return {name: value for name, value in fields.items() if value is not None}
    if isinstance(error, asyncio.CancelledError):
        return {"kind": "Cancelled", "message": str(error), "class": "CancelledError"}
    return {"kind": "Unsupported", "message": f"{type(error).__name__}: {error}"}
