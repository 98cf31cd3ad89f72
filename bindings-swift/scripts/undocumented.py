"""Names the public symbols of a symbol graph that stand in the source without documentation.

It fails when there are some.

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
    return "\n".join(complaint(symbol) for symbol in bare)


def complaint(symbol: dict[str, Any]) -> str:
    """What to say of a symbol without documentation."""
    file = symbol["location"]["uri"].rsplit("/", 1)[-1]
    return f"{file}: {'.'.join(symbol['pathComponents'])} has no documentation"


if __name__ == "__main__":
    sys.exit(main() or 0)
