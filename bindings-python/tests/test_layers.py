"""The package has floors: a module imports, be it only for type checkers, from its own floor or from below, and no two
modules import each other, not even in a ring. `tests/conformance/tests/layers.rs` says the same of the Rust half.
"""

from __future__ import annotations

import ast
from pathlib import Path

import jules

PACKAGE = Path(jules.__file__).parent

# From the ground up; `_native` is the Rust half.
FLOORS = [
    {"_native", "_errors", "_frozen", "_logs", "_page", "_pydantic", "_words"},
    {"_bridge", "_hints", "_query", "_sync", "_progress", "_display._html", "_display._diff", "_display"},
    {"_all", "_streams", "_work", "_blocking._streams"},
    {"_session", "_run", "_queue", "_blocking._session", "_blocking._run", "_blocking._queue"},
    {"_client", "_blocking._client", "_blocking", "_default"},
    {"_surface"},
    {"__init__"},
]

Imports = dict[str, set[str]]


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _imports(sources: dict[str, tuple[list[str], str]]) -> Imports:
    """What each module of the package imports, wherever in it; a source comes with the package that it is in."""
    found: Imports = {}
    for module, (package, text) in sources.items():
        names: set[str] = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                inside = (node.module or "").split(".") if node.module else []
                if node.level:
                    base = package[: len(package) - node.level + 1] + inside
                elif inside[0] == "jules":
                    base = inside[1:]
                else:
                    continue
                for alias in node.names:
                    one = ".".join([*base, alias.name])
                    names.add(one if one in sources else ".".join(base) or "__init__")
            elif isinstance(node, ast.Import):
                parts = [alias.name.split(".") for alias in node.names]
                names.update(".".join(one[1:]) or "__init__" for one in parts if one[0] == "jules")
        found[module] = {name for name in names if name in sources} - {module}
    return found


def _ring(imports: Imports) -> list[str] | None:
    """A ring of imports, as its modules in order."""
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> list[str] | None:
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done:
            return None
        done.add(module)
        rings = (walk(other, [*way, module]) for other in sorted(imports[module]))
        return next((ring for ring in rings if ring), None)

    return next((ring for module in sorted(imports) if (ring := walk(module, []))), None)


def _package() -> Imports:
    sources: dict[str, tuple[list[str], str]] = {"_native": ([], "")}
    for path in PACKAGE.rglob("*.py"):
        sources[_module(path)] = (list(path.relative_to(PACKAGE).parent.parts), path.read_text(encoding="utf-8"))
    assert len(sources) > 15, sources.keys()
    return _imports(sources)


def test_modules_import_from_their_floor_or_below() -> None:
    floors = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
    imports = _package()
    assert imports.keys() == floors.keys(), "each module has a floor"
    wrong = [
        f"{module} imports {other}, which is above it"
        for module, imported in imports.items()
        for other in imported
        if floors[other] > floors[module]
    ]
    assert wrong == []


def test_no_modules_import_each_other() -> None:
    assert _ring(_package()) is None


def test_a_ring_is_found_however_it_is_written() -> None:
    imports = _imports(
        {
            "_a": ([], "from __future__ import annotations\nif TYPE_CHECKING:\n    from ._inner import B"),
            "_inner": (["_inner"], "from ._b import B"),
            "_inner._b": (["_inner"], "def later():\n    from .. import _c\nimport json.tool"),
            "_c": ([], "import jules._a"),
        }
    )
    assert imports == {"_a": {"_inner"}, "_inner": {"_inner._b"}, "_inner._b": {"_c"}, "_c": {"_a"}}
    assert _ring(imports) == ["_a", "_inner", "_inner._b", "_c", "_a"]
