"""Charts as SVG: bars that compare, lines that show how something grows. Their colours are the page's (`site.css`)."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH = 680
# Of bars: where they begin, and how long the longest is.
NAMES, LONGEST, BAR, GAP = 170, 380, 18, 8
# Of lines: what is around them.
LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 64, 170, 14, 40, 300


def number(value: float) -> str:
    """As short as it can be read: three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def bars(title: str, values: Sequence[tuple[str, float, bool]], unit: str, target: float | None = None) -> str:
    """A bar for each name, the smallest value first; those that are ours stand out. A target is a line across."""
    rows = sorted(values, key=lambda row: row[1])
    most = max([value for _, value, _ in rows] + ([target] if target else []))
    height = len(rows) * (BAR + GAP) + (22 if target else 4)
    parts = []
    for place, (name, value, ours) in enumerate(rows):
        y = place * (BAR + GAP) + 4
        length = max(1.0, value / most * LONGEST) if most else 1.0
        kind = "ours" if ours else "other"
        parts += [
            f'<text class="name" x="{NAMES - 8}" y="{y + 13}">{escape(name)}</text>',
            f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>',
            f'<text x="{NAMES + length + 6:.1f}" y="{y + 13}">{number(value)} {escape(unit)}</text>',
        ]
    if target and most:
        x = NAMES + target / most * LONGEST
        parts += [
            f'<path class="target" d="M{x:.1f} 0V{height - 18}"/>',
            f'<text class="mark" x="{x:.1f}" y="{height - 4}">target {number(target)} {escape(unit)}</text>',
        ]
    return _svg(title, height, parts)


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], x_name: str, y_name: str) -> str:
    """A line for each name, both axes logarithmic: what grows in proportion is straight. What is least is dashed."""
    points = [point for line in series.values() for point in line]
    across, up = _scale([x for x, _ in points]), _scale([y for _, y in points])
    parts = [*_axes(across, up, x_name, y_name)]
    ends: list[float] = []
    for place, (name, line) in enumerate(series.items()):
        kind = "least" if name.startswith("what no client") else f"line{place % 6}"
        at = [(_x(across, x), _y(up, y)) for x, y in sorted(line)]
        parts.append(f'<path class="{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in at)}"/>')
        parts += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in at]
        # Names stand at the lines' ends, where they don't cover each other.
        end = at[-1][1] + 4
        while any(abs(end - other) < 14 for other in ends):
            end += 14
        ends.append(end)
        parts.append(f'<text class="{kind}" x="{WIDTH - RIGHT + 10}" y="{end:.1f}">{escape(name)}</text>')
    return _svg(title, max(HEIGHT, *(int(end) + 8 for end in ends)), parts)


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """The powers of ten around these values."""
    above = [value for value in values if value > 0] or [1.0]
    low, high = math.floor(math.log10(min(above))), math.ceil(math.log10(max(above)))
    return float(low), float(max(high, low + 1))


def _part(scale: tuple[float, float], value: float) -> float:
    low, high = scale
    return (math.log10(max(value, 10**low)) - low) / (high - low)


def _x(scale: tuple[float, float], value: float) -> float:
    return LEFT + _part(scale, value) * (WIDTH - LEFT - RIGHT)


def _y(scale: tuple[float, float], value: float) -> float:
    return HEIGHT - BOTTOM - _part(scale, value) * (HEIGHT - TOP - BOTTOM)


def _axes(across: tuple[float, float], up: tuple[float, float], x_name: str, y_name: str) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for power in range(int(across[0]), int(across[1]) + 1):
        x = _x(across, 10.0**power)
        parts += [
            f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>',
            f'<text class="mark" x="{x:.1f}" y="{bottom + 16}">{number(10.0**power)}</text>',
        ]
    for power in range(int(up[0]), int(up[1]) + 1):
        y = _y(up, 10.0**power)
        parts += [
            f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>',
            f'<text class="name" x="{LEFT - 6}" y="{y + 4:.1f}">{number(10.0**power)}</text>',
        ]
    parts += [
        f'<text class="mark" x="{(LEFT + right) / 2}" y="{HEIGHT - 6}">{escape(x_name)}</text>',
        f'<text class="unit" x="{LEFT}" y="{TOP - 3}">{escape(y_name)}</text>',
    ]
    return parts


def _svg(title: str, height: int, parts: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {height}" role="img"'
    return f'{head} aria-label="{escape(title, quote=True)}">{"".join(parts)}</svg>'
