"""Rows of figures: as a table to read and as JSON to keep."""

import dataclasses
from typing import Any

from contestants import OFFICIAL


@dataclasses.dataclass
class Row:
    """What one contestant did at one work. Smaller values are better."""

    work: str
    contestant: str
    value: float | None
    unit: str
    beside: str = ""
    target: float | None = None
    figures: dict[str, Any] = dataclasses.field(default_factory=dict)
    ratio: float | None = None
    # Of a curve: how much of it there was. The work is then what the curve shows, the contestant one of its lines.
    x: float | None = None
    # Whether what the target takes for granted, such as a number of requests, is so.
    condition: bool = True

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none, or no value."""
        return None if self.target is None or self.value is None else self.value <= self.target and self.condition

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        return {**dataclasses.asdict(self), "reached": self.reached}

    def kept(self) -> dict[str, Any]:
        """The little of it that the page shows."""
        shown = ("work", "contestant", "value", "unit", "beside", "target", "reached", "x")
        kept = {name: value for name, value in self.as_json().items() if name in shown}
        return {**kept, "value": None if self.value is None else float(f"{self.value:.4g}")}


def missing(work: str, contestant: str, answer: dict[str, Any]) -> Row:
    """For who can't do this work, or failed at it."""
    reason = answer.get("unsupported") or f"failed: {answer.get('failed')}"
    return Row(work, contestant, None, "", beside=reason, figures=answer)


def incomplete(answers: list[dict[str, Any]], count: int) -> dict[str, Any] | None:
    """The first answer with another number of activities, as a failure for `missing`."""
    bad = next((answer for answer in answers if answer.get("count") != count), None)
    return None if bad is None else {"failed": f"{bad.get('count')} activities", **bad}


def compare(rows: list[Row]) -> None:
    """Fills in the ratios to the official SDK's value for the same work."""
    official = {row.work: row.value for row in rows if row.contestant == OFFICIAL}
    for row in rows:
        base = official.get(row.work)
        if row.value is not None and base:
            row.ratio = row.value / base


def table(rows: list[Row]) -> str:
    """To read: works one below the other, contestants below each."""
    lines = []
    for work in dict.fromkeys(row.work for row in rows):
        lines += ["", work]
        for row in rows:
            if row.work == work:
                lines.append(_line(row))
    return "\n".join(lines)


def _line(row: Row) -> str:
    value = "–" if row.value is None else f"{_number(row.value)} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.3g} ×"
    target = "" if row.target is None else f"≤ {_number(row.target)}"
    reached = {None: "", True: "reached", False: "MISSED"}[row.reached]
    who = row.contestant if row.x is None else f"{row.contestant}, {row.x:,.0f}"
    return f"  {who:<26}{value:>14}  {ratio:>9}  {target:>10}  {reached:<8} {row.beside}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
