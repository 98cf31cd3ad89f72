"""The benchmarks' page: where its Markdown names a part of the benchmark, the charts and tables of the last run stand.

The figures are those in `tests/bench/results.json`, which `make bench` writes: a site can be made without a run.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from tasks import charts
from tasks.places import REPO

RESULTS = REPO / "tests/bench/results.json"
PART = re.compile(r"^<!-- the benchmark: (\w+) -->$", re.MULTILINE)
MISSING = "*Not measured in the run that is shown here.*"
Row = dict[str, Any]


def filled(text: str) -> str:
    """The text with what was measured."""
    if not PART.search(text):
        return text
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"machine": {}, "parts": {}}
    special = {"machine": _machine, "guards": _guards}
    return PART.sub(lambda match: special.get(match[1], _part)(results, match[1]), text)


def _machine(results: dict[str, Any], _part: str) -> str:
    about = [f"| {name} | {value} |" for name, value in results["machine"].items()]
    parts = ", ".join(f"{name} {part['at'][:16].replace('T', ' ')}" for name, part in results["parts"].items())
    if not parts:
        return MISSING
    loads = [load for part in results["parts"].values() for load in part["load"]]
    about.append(f"| When, in UTC | {parts} |")
    about.append(f"| Load besides, and by it | {min(loads):.1f} to {max(loads):.1f} |")
    return "\n".join(["| | |", "|---|---|", *about])


def _guards(_results: dict[str, Any], _part: str) -> str:
    guards = json.loads((REPO / "tests/bench/guards.json").read_text())
    rows = [
        f"| `{name}` | {cost['instructions']:,} | {cost['allocations']:,} |" for name, cost in guards["guards"].items()
    ]
    head = ["| path | instructions | allocations |", "|---|---:|---:|"]
    made = ", ".join(f"{name} {value}" for name, value in guards["madeWith"].items())
    return "\n".join([*head, *rows, "", f"Counted with {made}."])


def _part(results: dict[str, Any], part: str) -> str:
    rows = results["parts"].get(part, {}).get("rows", [])
    if not rows:
        return MISSING
    works = dict.fromkeys(row["work"] for row in rows)
    return "\n\n".join(_work(work, [row for row in rows if row["work"] == work]) for work in works)


def _work(work: str, rows: list[Row]) -> str:
    known = [row for row in rows if row["value"] is not None]
    unit = next((row["unit"] for row in known), "")
    title = work[:1].upper() + work[1:]
    chart = ""
    if any(row["x"] is not None for row in known):
        series: dict[str, list[tuple[float, float]]] = {}
        for row in known:
            series.setdefault(row["contestant"], []).append((row["x"], row["value"]))
        if max(len(line) for line in series.values()) > 1:
            x_name, _, y_name = work.rpartition(": ")
            chart = charts.lines(title, series, x_name, f"{y_name}{f' ({unit})' if unit else ''}")
    elif len(known) > 1:
        target = next((row["target"] for row in known if row["target"] is not None), None)
        values = [(row["contestant"], row["value"], row["contestant"].startswith("ours")) for row in known]
        chart = charts.bars(title, values, unit, target)
    figure = f'<figure class="drawing">{chart}</figure>' if chart else ""
    return "\n\n".join(part for part in (f"**{title}**", figure, "\n".join(_table(rows))) if part)


def _table(rows: list[Row]) -> Iterator[str]:
    yield '<details markdown="1"><summary>The figures</summary>'
    yield ""
    yield "| | value | target | | besides |"
    yield "|---|---:|---:|---|---|"
    for row in rows:
        who = row["contestant"] if row["x"] is None else f"{row['contestant']}, {row['x']:,.0f}"
        value = "–" if row["value"] is None else f"{charts.number(row['value'])} {row['unit']}"
        target = "" if row["target"] is None else f"≤ {charts.number(row['target'])}"
        reached = {None: "", True: "reached", False: "missed"}[row["reached"]]
        yield f"| {who} | {value} | {target} | {reached} | {row['beside'].replace('|', '/')} |"
    yield ""
    yield "</details>"
