"""Collects the Swift code of the documentation into files that the compiler can look at.

Usage: snippets.py OUT_DIR FILE…

A block between ```swift fences, in Markdown or in documentation comments, becomes a function of Snippets.swift: what
it declares is its own, and what it lacks (a client, a session) comes from Context.swift beside this. A file of a
tutorial, and a block that imports something, is a whole program: it is copied.
"""

import re
import sys
from pathlib import Path

FENCE = re.compile(r"^(?P<margin>[ \t]*(?:///[ ]?)?)```swift\n(?P<code>.*?)^(?P=margin)```$", re.MULTILINE | re.DOTALL)

# What a block may take for granted stands in a scope outside its own, so that it may declare the same name.
FUNCTION = """
func snippet{number}(_ context: Context) async throws {{
  let (jules, session, issues) = (context.jules, context.session, context.issues)
  _ = (jules, session, issues)
  do {{
{code}
#sourceLocation()
  }}
}}
"""


def blocks(text: str) -> list[tuple[int, str]]:
    """The line and the code of each block."""
    found = []
    for block in FENCE.finditer(text):
        margin = block["margin"].rstrip()
        lines = [line.removeprefix(block["margin"]).removeprefix(margin) for line in block["code"].splitlines()]
        found.append((text.count("\n", 0, block.start()) + 2, "\n".join(lines)))
    return found


def main() -> None:
    """Writes the files; says how many snippets there are."""
    out, *files = map(Path, sys.argv[1:])
    functions = []
    programs = [(file.stem, file.read_text()) for file in files if "Resources" in file.parts]
    for file in files:
        if "Resources" in file.parts:
            continue
        for line, code in blocks(file.read_text()):
            place = f'#sourceLocation(file: "{file.resolve()}", line: {line})\n'
            if "import PackageDescription" in code:
                continue  # SwiftPM's own language; the install test runs the README's.
            if re.search(r"^import ", code, re.MULTILINE):
                programs.append((f"{file.stem}-{line}", place + code))
            else:
                functions.append(FUNCTION.format(number=len(functions), code=place + code))
    (out / "Snippets.swift").write_text("import Foundation\nimport Jules\n\n" + "\n".join(functions))
    for name, code in programs:
        place = out / "programs" / name
        place.mkdir(parents=True)
        (place / "main.swift").write_text(code)
    sys.stdout.write(f"{len(functions) + len(programs)}\n")


if __name__ == "__main__":
    main()
