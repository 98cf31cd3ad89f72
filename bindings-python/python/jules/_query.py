"""Queries of the local cache: a dict, keywords, or both. What they mean, and what is wrong with one, core knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Order", "Rows", "Table", "query"]

Table = Literal["sessions", "activities"]
# surface: literal Order Order
Order = Literal["asc", "desc"]
# surface: end
Rows = list[dict[str, Any]]
"""What a query gives: dicts in the JSON shape of all languages."""


def query(
    given: Mapping[str, Any] | None,
    from_: Table | None,
    where: Mapping[str, Any] | None,
    select: str | Iterable[str] | None,
    include: Mapping[str, Any] | None,
    order: Order | None,
    limit: int | None,
    offset: int | None,
    start_at: str | None,
    start_after: str | None,
) -> str:
    """The query as JSON; a keyword goes over what the dict says."""
    import json
    from collections.abc import Mapping

    keywords = {
        "from": from_,
        "where": where,
        "select": [select] if isinstance(select, str) else select,
        "include": include,
        "order": order,
        "limit": limit,
        "offset": offset,
        "startAt": start_at,
        "startAfter": start_after,
    }
    if given is not None and not isinstance(given, Mapping):
        return json.dumps(given)  # Core says what is wrong with it.
    whole = dict(given or {}) | {name: value for name, value in keywords.items() if value is not None}
    return json.dumps(whole, default=_plain)


def _plain(value: object) -> object:
    """Times as text, and whatever can be iterated or mapped as a list or an object."""
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timezone

    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{value!r} has no time zone: write value.replace(tzinfo=timezone.utc), or astimezone()")
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"{value!r} cannot be used in a query")
