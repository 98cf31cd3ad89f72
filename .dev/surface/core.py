"""Reads the surface out of core.

Its words are enums, its options and values are structs, its operations are methods, each with its documentation. So
there is one list of everything, which the compiler checks and which can't differ from the code.

Beside an item of core may stand, as plain comments, what holds for the other languages:

    // bindings: TEXT            documentation for them, where Rust's own speaks of Rust's types; for one: `swift: TEXT`
    // not python, node: WHY     these languages don't have it
    // only rust: WHY            no other language has it
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "core/src"
BINDINGS = ("python", "node", "swift")
# Where the methods of a type stand.
IMPL = r"impl(?:<[^>]*>)? {}(?:<[^>]*>)? {{"


@dataclass
class Item:
    """A word, an option, a field or an operation."""

    name: str
    doc: str
    type: str = ""
    docs: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    fields: list[Item] = field(default_factory=list)
    inside: str = ""  # the struct's field that it is in, with a dot

    @property
    def needed(self) -> bool:
        return self.type == "String" or self.doc.endswith("Required.")

    @property
    def inner(self) -> str:
        """The type behind `Option`, without references."""
        bare = re.sub(r"&(?:'\w+ )?", "", self.type)
        return re.sub(r"^Option<(.*)>$", r"\1", bare)

    @property
    def optional(self) -> bool:
        return self.type.startswith("Option<")

    @property
    def word(self) -> str:
        """A variant's name as the word that all languages share."""
        return self.name[0].lower() + self.name[1:]


class Unreadable(SystemExit):
    """Core is written in a way that this program doesn't know."""


@cache
def sources() -> list[list[str]]:
    """The lines of each file of core, without its tests."""
    texts = [path.read_text().split("#[cfg(test)]\nmod tests")[0] for path in sorted(CORE.rglob("*.rs"))]
    return [text.splitlines() for text in texts]


@cache
def heads() -> list[tuple[list[str], int]]:
    """Where a type begins, or what is done for one."""
    return [(lines, at) for lines in sources() for at, line in enumerate(lines) if re.match(r"pub\b|impl\b", line)]


@cache
def blocks(head: str) -> list[tuple[list[str], list[str]]]:
    """What begins with such a line and ends with a brace at the margin: the lines before it, and those in it."""
    pattern = re.compile(head)
    return [
        (above(lines, at), lines[at + 1 : lines.index("}", at)])
        for lines, at in heads()
        if pattern.fullmatch(lines[at])
    ]


def above(lines: list[str], at: int) -> list[str]:
    """The documentation, the comments and the attributes of what begins there."""
    begin = at
    while begin > 0 and re.match(r"//|#\[", lines[begin - 1]):
        begin -= 1
    return lines[begin:at]


@cache
def table(name: str) -> Item:
    """The enum or struct of this name, with its variants or public fields."""
    kinds = (r"pub (?:enum|struct) {} {{", r"pub\(crate\) (?:enum|struct) {} {{", r"pub struct {}<.*> {{")
    found = next(filter(None, (blocks(kind.format(name)) for kind in kinds)), [])
    if len(found) != 1:
        raise Unreadable(f"core has {len(found)} definitions of {name}, and should have one")
    before, body = found[0]
    item = members([*before, f"{name},"])[0]
    item.fields = members(body)
    return item


def members(body: list[str]) -> list[Item]:
    """Variants or fields, each with what stands before it."""
    found: list[Item] = []
    docs: list[str] = []
    notes: list[str] = []
    of_struct = any("pub " in line for line in body)
    lines = iter(body)
    for line in lines:
        line = line.strip()
        if line.startswith("///"):
            docs.append(line[3:].removeprefix(" "))
        elif line.startswith("// "):
            notes.append(line[3:])
        elif line.startswith("#["):
            while not line.endswith("]"):
                line = next(lines).strip()
        elif match := re.fullmatch(r"(?:(pub) )?(\w+)(?:: (.+)|\((.+)\))?,", line):
            public, name, type, payload = match.groups()
            # Fields of structs and of variants look alike; of a struct only the public ones are the surface.
            if type is None or public or not of_struct:
                found.append(noted(Item(name, paragraph(docs), type or payload or ""), notes))
            docs, notes = [], []
        elif match := re.fullmatch(r"(\w+) {", line):
            inner = []
            while (line := next(lines).strip()) != "},":
                inner.append(line)
            item = noted(Item(match[1], paragraph(docs)), notes)
            item.fields = members(inner)
            found.append(item)
            docs, notes = [], []
        elif line.startswith("pub(crate)"):
            docs, notes = [], []
        elif line:
            raise Unreadable(f"core: can't read {line!r}")
    return found


def noted(item: Item, notes: list[str]) -> Item:
    for note in re.split(r"\n(?=(?:bindings|python|node|swift): |not |only )", "\n".join(notes)):
        note = note.replace("\n", " ")
        if match := re.fullmatch(r"(bindings|python|node|swift): (.+)", note):
            item.docs |= dict.fromkeys(BINDINGS if match[1] == "bindings" else [match[1]], match[2])
        elif match := re.fullmatch(r"(not|only) ([\w, ]+): (.+)", note):
            named = match[2].split(", ")
            absent = [name for name in BINDINGS if (name in named) == (match[1] == "not")]
            item.absent = dict.fromkeys(absent, match[3])
    return item


def paragraph(docs: list[str]) -> str:
    """The documentation up to its first blank line or example."""
    text = "\n".join(docs).split("\n\n")[0].split("```")[0]
    return " ".join(text.split())


def options(name: str, language: str) -> list[Item]:
    """The options of this struct that a language has. Listeners are by hand: each language has its own."""
    items = [item for item in table(name).fields if language not in item.absent]
    if language == "rust":
        return items
    own = {item.name for item in items}
    found: list[Item] = []
    for item in items:
        # A session's options as a part of something else stand among its own.
        inner = options("RunConfig", language) if item.inner == "RunConfig" else []
        found += [replace(one, inside=f"{item.name}.") for one in inner if one.name not in own]
        found += [] if inner or item.inner.startswith("On") else [item]
    return found


def chosen(name: str, language: str, how: tuple[str, ...]) -> list[Item]:
    """Those that aren't named with a minus, alone or with all that they are in."""
    items = [item for item in options(name, language) if f"-{item.name}" not in how]
    return [item for item in items if f"-{item.inside[:-1]}" not in how]


def words(name: str) -> list[Item]:
    """The words of an enum: what holds a word that nobody knows yet is none of them."""
    return [item for item in table(name).fields if item.name != "Other" or not item.type]


@cache
def methods(type: str) -> tuple[Item, ...]:
    """What is public on this type, with the documentation; `type` is what a method without arguments gives."""
    found = []
    for _, body in blocks(IMPL.format(type)):
        before: list[str] = []
        for line in body:
            if re.match(r"    (?:///|//|#\[)", line):
                before.append(line.strip())
            elif match := re.match(
                r"    pub (?:async )?fn (\w+)(?:<.*?>)?\((.*?)\)(?: -> (.+))? {$|    pub (?:async )?fn (\w+)", line
            ):
                item = members([*before, f"{match[1] or match[4]},"])[0]
                # Whoever asks for more than itself is no field.
                item.type = (match[3] or "") if match[2] == "&self" else ""
                if "#[doc(hidden)]" not in before:
                    found.append(item)
                before = []
            else:
                before = []
    if not found:
        raise Unreadable(f"core has no methods of {type}")
    return tuple(found)


@cache
def acts(type: str) -> tuple[Item, ...]:
    """Its calls that answer nothing, with what they take, which is text: what they are in a language is plumbing."""
    pattern = r"    pub fn (\w+)\(&self((?:, \w+: impl Into<String>)*)\) -> Pending<\(\)> {"
    lines = [line for _, body in blocks(IMPL.format(type)) for line in body]
    taken = {match[1]: re.findall(r", (\w+):", match[2]) for line in lines if (match := re.fullmatch(pattern, line))}
    known = [item for item in methods(type) if item.name in taken]
    return tuple(replace(item, fields=[Item(name, "", "String") for name in taken[item.name]]) for item in known)


@cache
def exported() -> dict[str, str]:
    """What the crate gives its users: `words`, `options`, a `value`, or a `handle`, which has only methods."""
    front = re.sub(r"//.*|#\[.*", "", (CORE / "lib.rs").read_text())
    names = [name.rpartition("::")[2] for name in re.findall(r"^pub use ([\w:]+);", front, re.MULTILINE)]
    for listed in re.findall(r"^pub use [\w:]+::{(.*?)};", front, re.MULTILINE | re.DOTALL):
        names += re.findall(r"\w+", listed)
    kinds = {name: kind(name) for name in sorted(names)}
    return {name: found for name, found in kinds.items() if found}


def kind(name: str) -> str:
    """What this is; nothing where it has no parts: a function, an alias, an enum whose variants carry something."""
    if blocks(rf"pub enum {name} {{"):
        return "words" if all(not item.type and not item.fields for item in words(name)) else ""
    found = blocks(rf"pub struct {name}(?:<.*>)? {{")
    if found and any(re.match(r"    pub \w", line) for line in found[0][1]):
        return "options" if name.endswith(("Options", "Config")) else "value"
    return "handle" if has_methods(name) else ""


def has_methods(type: str) -> bool:
    return any("    pub " in line for _, body in blocks(IMPL.format(type)) for line in body)


@cache
def absent(name: str) -> dict[str, str]:
    """The languages that do without this type, each with the reason that stands above it."""
    for lines, at in heads():
        if re.match(rf"pub (?:enum|struct) {name}\b", lines[at]):
            notes = [line[3:] for line in above(lines, at) if line.startswith("// ")]
            return noted(Item(name, ""), notes).absent
    return {}


def error_fields() -> list[Item]:
    """What an error tells besides its kind and its message."""
    own = {"kind", "message", "to_json", "cause_message"}
    return [item for item in methods("Error") if item.type and item.name not in own]
