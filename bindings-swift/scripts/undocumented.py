"""Names the public symbols of a symbol graph that stand in the source without documentation, and the types that can't be
qualified.

It fails when there are some. Module and client class share the name `Jules`, so `Jules.Session` is looked for in the class
alone: each type has its name there, too (`Jules+Names.swift`).

Usage: undocumented.py SYMBOLS_JSON
"""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> str:
    """Looks through the graph; gives the complaints."""
    symbols = json.loads(Path(sys.argv[1]).read_text())["symbols"]
    if not symbols:
        return "no public symbols at all"
    bare = [symbol for symbol in symbols if "location" in symbol and "docComment" not in symbol]
    return "\n".join([*map(complaint, bare), *unqualified(symbols)])


def unqualified(symbols: list[dict[str, Any]]) -> list[str]:
    """The types that the client class has no name for."""
    paths = {tuple(symbol["pathComponents"]) for symbol in symbols}
    kinds = {"swift.struct", "swift.enum", "swift.class"}
    types = sorted(s["pathComponents"][0] for s in symbols if s["kind"]["identifier"] in kinds and len(s["pathComponents"]) == 1)
    return [f"Jules+Names.swift: Jules.{name} is missing" for name in types if name != "Jules" and ("Jules", name) not in paths]


def complaint(symbol: dict[str, Any]) -> str:
    """What to say of a symbol without documentation."""
    file = symbol["location"]["uri"].rsplit("/", 1)[-1]
    return f"{file}: {'.'.join(symbol['pathComponents'])} has no documentation"


if __name__ == "__main__":
    sys.exit(main() or 0)
