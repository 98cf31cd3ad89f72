"""What the languages' own code declares: which blocks a type has, and what is a member of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from core import BINDINGS, ROOT, Item
from text import option

# Where the types of a language are; how a block of one begins; how a member is declared in it.
PLACES = {"python": "bindings-python/python/jules", "node": "bindings-node/ts", "swift": "bindings-swift/Sources/Jules"}
HEADS = {
    "python": r"class {}\b",
    "node": r"(?:interface|class) {0}\b|type {0}\b(?:<.*>)? = {{|{0}: {{",
    "swift": r"(?:struct|class|enum|extension) (?:\w+\.)?{}\b(?!\.)",
}
MEMBERS = {
    "python": r"\bdef (?:{0})\b|^ *(?:{0}): ",
    # On a line of its own, or within a part of a union.
    "node": r"^(?: *[|?:].*[{{;])? *(?:(?:readonly|declare|async|static|get) )*(?:{0})\??[:(<]",
    "swift": r"\b(?:func|var|let|case) `?(?:{0})\b",
}
# How a function begins, and how it declares an argument.
FUNCTIONS = {"python": r"def {}\(", "swift": r"func {}(?:<.*?>)?\("}
ARGUMENTS = {"python": r"\b(?:{0}): ", "swift": r"\b(?:{0})`?: [A-Z\[(@]"}
# Python's own before the native module's stub, which has classes of the same names behind it.
KINDS = {"python": ("*.py", "*.pyi"), "node": ("*.ts",), "swift": ("*.swift",)}

# What has another name in a language; of one type, with the type before it.
RENAMED: dict[str, dict[str, str]] = {
    "Activity": {"python": "AgentMessaged", "node": "ActivityAgentMessaged"},  # The kind of activity that has it all.
    "Activity.kind": dict.fromkeys(BINDINGS, "type"),
    "ActivityStream": {"python": "Stream"},
    "All": {"swift": "Batch"},
    "All.outcomes": {"node": "then"},
    "BashOutput": {"node": "BashOutputArtifact"},
    "FileChange": {"node": "ParsedFile"},
    "Finished": {"node": "AllResult", "swift": "Batch.Finished"},
    "Finished.result": {"python": "outcome", "node": "outcome"},
    "GitHubSource": {"python": "GitHub", "node": "SourceInput"},
    "GitHubSource.repo": {"node": "github"},
    "Jules.source": {"node": "get"},
    "Media": {"node": "MediaArtifact"},
    "Media.bytes": {"python": "to_bytes"},
    "Media.to_url": {"swift": "dataURL"},
    "Op.is_in": {"swift": "in"},
    "Outcome.completed": {"python": "raise_for_state", "node": "throwIfFailed", "swift": "get"},
    "Page": {"node": "SessionsPage"},
    "Page.items": {"node": "sessions"},
    "ParsedPatch": {"node": "ParsedChangeSet"},
    "PatchSummary": {"node": "summary", "swift": "ParsedPatch.Summary"},
    "Progress": {"node": "AllProgress", "swift": "BatchProgress"},
    "Query.start_after": {"swift": r"start\(after"},
    "Query.start_at": {"swift": r"start\(at"},
    "Query.to_json": {"swift": "json"},
    "Run.outcome": {"node": "then"},
    "SessionList": {"python": "Listing"},
    "Work": {"node": "QueueWork", "swift": "QueueWork"},
    "Work.finished": {"python": "__await__", "node": "then"},
    "SessionList.page": {"node": "then"},
    "Snapshot.created_at": {"swift": "createTime"},
    "Snapshot.generated_files_in": {"swift": r"generatedFiles\(in"},
    "Snapshot.pr": {"swift": "pullRequest"},
    "Snapshot.to_json": {"node": "toJSON", "swift": "toJSON"},
    "Snapshot.updated_at": {"swift": "updateTime"},
    "Source.kind": {"python": "type", "node": "type"},
    "SourceList": {"python": "Listing"},
    "SourceList.page": {"node": "then"},
    "Task": {"swift": "QueueTask"},
    "TaskConfig.key": {"swift": "run"},  # It is one of a run.
    "TimelineEntry.kind": dict.fromkeys(BINDINGS, "type"),
    "Worked": {"node": "TaskResult", "swift": "QueueWork.Finished"},
    "Worked.result": {"python": "outcome", "node": "outcome"},
    "apply_to": {"swift": "apply"},
    "close": {"python": "close|aclose"},
    "create_session": {"python": "session", "node": "session"},
    "exclude_originator": {"node": "exclude"},
    "generated_files_in": {"python": "generated_files", "node": "generatedFiles", "swift": r"generatedFiles\(in"},
    "wait_for": {"swift": "wait"},
    "with": {"python": "with_options"},
}
# What stands in a type that is no part of it for the compiler.
PARTS = {("Jules", "node"): ["Sources"], ("ActivityAgentMessaged", "node"): ["ActivityMethods"]}


def forms(type: str, language: str) -> list[str]:
    """The types that stand for one of core: Python has an asyncio form and a blocking one."""
    name = RENAMED.get(type, {}).get(language, type)
    both = [f"Async{name}", name]
    return both if language == "python" and blocks(language, HEADS[language].format(both[0])) else [name]


def names(item: Item, owner: str, language: str) -> list[str]:
    """What it may be called there, as a regular expression each."""
    renamed = RENAMED.get(f"{owner}.{item.name}", RENAMED.get(item.name, {})).get(language)
    return renamed.split("|") if renamed else [option(item.name, language)]


def shown(spelt: list[str]) -> str:
    return spelt[0].replace("\\", "")


def lacking(type: str, items: list[Item], owner: str, language: str) -> Iterator[str]:
    """What of these isn't a member of the type or of what it is made of."""
    declared = members(type, language)
    if not declared:
        yield f"{language} has no {type}"
        return
    for item in items:
        if not has(MEMBERS[language], names(item, owner, language), declared):
            yield f"{language}: {type} has no {shown(names(item, owner, language))} (core's {owner}::{item.name})"


def arguments_lacking(function: str, items: list[Item], owner: str, language: str) -> Iterator[str]:
    """What of these isn't an argument. A function with some of the options has all; others are short forms."""
    signatures = [signature(text) for text in blocks(language, FUNCTIONS[language].format(function))]
    pattern = ARGUMENTS[language]
    taking = [text for text in signatures if any(has(pattern, names(item, owner, language), text) for item in items)]
    if not taking:
        yield f"{language} has no {function} with {owner}"
    for text in taking:
        for item in items:
            if not has(pattern, names(item, owner, language), text):
                name = shown(names(item, owner, language))
                yield f"{language}: {function} has no {name} (core's {owner}::{item.name})"


def has(pattern: str, spelt: list[str], text: str) -> bool:
    return any(re.search(pattern.format(one), text, re.MULTILINE) for one in spelt)


def says(word: str, language: str) -> bool:
    """Whether this word stands anywhere: in quotes, as a case, as a class."""
    pattern = re.compile(rf"""["'`]{word}["'`]|\b(?:case|static let|class) (?:\w+, )*{word}\b""")
    texts = [text for kind in KINDS[language] for text in sources(language, kind)]
    return any(pattern.search(line) for text in texts for line in text if word in line)


@cache
def members(type: str, language: str) -> str:
    """The lines that declare something in the type, and in the types that it extends."""
    declared: list[str] = []
    extended = PARTS.get((type, language), [])
    for text in of_type(type, language):
        head, *body = text.split("\n")
        indent = min((match[0] for line in body if (match := re.match(r" *(?=[\w#@\[])", line))), default="")
        # A union has its fields in its parts.
        own = re.compile("" if " = {" in head else rf"{indent}(?! |private |fileprivate )")
        declared += [line for line in body if own.match(line)]
        extended = [*extended, *(base for base in bases(text, language) if base != type)]
    return "\n".join([*declared, *(members(base, language) for base in extended)])


def of_type(type: str, language: str) -> list[str]:
    """The blocks of a type, which may stand in another: `Queue.Added`."""
    outer, _, name = type.rpartition(".")
    if not outer:
        return blocks(language, HEADS[language].format(name))
    head = begin(HEADS[language].format(name))
    outside = blocks(language, HEADS[language].format(outer))
    return [found for text in outside for found in inside(head, text.split("\n"))]


def bases(text: str, language: str) -> list[str]:
    """The types that a type extends."""
    head = text.split("\n")[0]
    if language == "python" and (given := re.search(r"class \w+\((.*)\):", head)):
        return bare(given[1], "[", "]")
    pattern = r"[^{]*\b(?:interface|class) \w+(?:<.*?>)?\s+extends ([^{]*)\{"
    if language == "node" and (given := re.match(pattern, text)):
        return bare(re.sub(r"Omit<(\w+)", r"\1<", given[1]), "<", ">")
    return []


def bare(types: str, open: str, close: str) -> list[str]:
    """The types without what they are of."""
    while types != (types := re.sub(rf"\{open}[^\{open}\{close}]*\{close}", "", types)):
        pass
    return re.findall(r"\b[A-Z]\w+", types)


def signature(text: str) -> str:
    """A function without its body."""
    lines = text.split("\n")
    end = next((at for at, line in enumerate(lines) if re.match(r".*(?:\{|:)$|.*\.\.\.$", line) and ")" in line), None)
    return "\n".join(lines if end is None else lines[: end + 1])


@cache
def sources(language: str, kind: str) -> list[list[str]]:
    return [path.read_text().splitlines() for path in files(ROOT / PLACES[language], (kind,))]


def files(place: Path, kinds: tuple[str, ...]) -> list[Path]:
    return [place] if place.is_file() else sorted(path for kind in kinds for path in place.rglob(kind))


@cache
def blocks(language: str, head: str) -> list[str]:
    """What begins so, without comments: what is indented deeper than the first line, where that is declared first."""
    for kind in KINDS[language]:
        found = [text for lines in sources(language, kind) for text in inside(begin(head), lines)]
        if found:
            return found
    return []


@cache
def begin(head: str) -> re.Pattern[str]:
    return re.compile(rf"( *)(?:[a-z@]+ )*(?:{head})")


def inside(begin: re.Pattern[str], lines: list[str]) -> Iterator[str]:
    for at, line in enumerate(lines):
        if not (match := begin.match(line)):
            continue
        block = [line]
        for inner in lines[at + 1 :]:
            if inner.strip() and not inner.startswith(match[1] + " ") and not re.match(r" *(?:[){\]]|} &)", inner):
                break
            block.append(re.sub(r"^ *(///?|\*|/\*\*|#(?!\w)).*", "", inner))
        yield re.sub(r'""".*?"""', "", "\n".join(block), flags=re.DOTALL)
