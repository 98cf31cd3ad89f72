"""Tables for TypeScript: unions of words, options and their checks, what an error tells."""

from __future__ import annotations

from pathlib import Path

from core import Item, chosen, error_fields, table, words
from core import acts as acts_of
from text import WIDTH, block_doc, doc, option, snake

TYPES = {
    "bool": "boolean",
    "Duration": "number",
    "usize": "number",
    "u16": "number",
    "u32": "number",
    "u64": "number",
    "ApiKey": "string",
    "Cache": "boolean | string",
    "ActivityBudget": "boolean | number",
    "GitHubSource": "SourceInput",
    "Headers": "Readonly<Record<string, string>>",
    "Proxy": "string",
    "SlotWait": "boolean | number",
    "String": "string",
    "Timestamp": "string",
    "f64": "number",
    "i64": "number",
    "Value": "unknown",
    "Waits": "Readonly<Partial<Record<WaitReason, number>>>",
    "str": "string",
    "[Value]": "readonly unknown[]",
    "[String]": "readonly string[]",
    "[ItemReport]": "readonly ItemReport[]",
}
KINDS = {
    "bool": "boolean",
    "Duration": "milliseconds",
    "usize": "count",
    "u32": "count",
    "u64": "count",
    "ApiKey": "string",
    "Cache": "boolean or string",
    "ActivityBudget": "boolean or count",
    "Headers": "headers",
    "Proxy": "string",
    "SlotWait": "boolean or milliseconds",
    "String": "string",
    "RetryOn": "string",
    "SyncDepth": "depth",
    "Timestamp": "time",
    "Until": "until",
    "Vec<String>": "strings",
    "i64": "integer",
}
# What a name says beyond its type.
TYPE_OF = {
    "not_before": "Date | string",
    "fault": "StoreFault",
    "stop_on_error": "StopOnError",
    "types": "readonly Type[]",
    "until": "End",
}
KIND_OF = {"cache_limit": "bytes"}
OF_KIND = {
    "Timeout": "since last_activity",
    "RateLimit": "retry_after limit used allowed next_at",
    "Precondition": "limit used allowed next_at",
    "UnexpectedState": "info",
    "SessionEnded": "reason info outcome",
    "Store": "fault",
    "Patch": "file hunk",
    "Query": "field operator valid suggestion",
}


def type_of(item: Item) -> str:
    return TYPE_OF.get(item.name) or TYPES.get(item.inner, item.inner)


def spelt(name: str) -> list[str]:
    """The words of an enum; the kinds of errors are named like their classes."""
    known = [item for item in words(name) if "node" not in item.absent]
    return [item.name if name == "ErrorKind" else item.word for item in known]


def listed(name: str) -> list[str]:
    known = [item for item in words(name) if "node" not in item.absent]
    return ["", *(f"- `{word}`: {doc(item, 'node')}" for word, item in zip(spelt(name), known, strict=True))]


def alternatives(begin: str, name: str, indent: str, open: bool) -> list[str]:
    parts = [f"'{word}'" for word in spelt(name)] + (["(string & {})"] if open else [])
    short = f"{indent}{begin} {' | '.join(parts)};"
    if len(short) <= WIDTH:
        return [short]
    return [f"{indent}{begin}", *(f"{indent}  | {part}" for part in parts[:-1]), f"{indent}  | {parts[-1]};"]


def union(path: Path, indent: str, name: str, open: str = "") -> list[str]:
    """A type of words, with what each means. An open one takes words that nobody knows yet."""
    lines = block_doc(doc(table(name), "node"), indent, listed(name))
    return lines + alternatives(f"export type {name} =", name, indent, bool(open))


def property(path: Path, indent: str, struct: str, name: str, open: str = "") -> list[str]:
    """A field whose value is a word."""
    item = next(item for item in table(struct).fields if item.name == name)
    begin = f"readonly {option(name, 'node')}{'?' if item.optional else ''}:"
    return block_doc(doc(item, "node"), indent, listed(item.inner)) + alternatives(
        begin, item.inner, indent, bool(open)
    )


def choices(path: Path, indent: str, *names: str) -> list[str]:
    return [f"{indent}const {snake(name).upper()} = [{', '.join(map(repr, spelt(name)))}];" for name in names]


def activities(path: Path, indent: str) -> list[str]:
    """An interface for each kind of activity, and their union."""
    lines: list[str] = []
    names = [f"Activity{item.name}" for item in words("Event")]
    for name, item in zip(names, words("Event"), strict=True):
        lines += [*block_doc(doc(item, "node"), indent), f"{indent}export interface {name} extends ActivityBase {{"]
        lines.append(f"{indent}  readonly type: '{item.word}';")
        for field in item.fields:
            lines += block_doc(doc(field, "node"), f"{indent}  ")
            lines.append(f"{indent}  readonly {option(field.name, 'node')}: {type_of(field)};")
        lines += [f"{indent}}}", ""]
    lines += [f"{indent}/**", f"{indent} * One thing that happened in a session.", f"{indent} *"]
    lines += [f"{indent} * @example", f"{indent} * switch (activity.type) {{"]
    lines += [f"{indent} *   case 'planGenerated': return activity.plan.steps.map((step) => step.title);"]
    lines += [f"{indent} *   case 'agentMessaged': return [activity.message];", f"{indent} * }}", f"{indent} */"]
    return [
        *lines,
        f"{indent}export type Activity =",
        *(f"{indent}  | {name}" for name in names[:-1]),
        f"{indent}  | {names[-1]};",
    ]


def fields(path: Path, indent: str, struct: str, *without: str) -> list[str]:
    """The options of an interface."""
    lines = []
    for item in chosen(struct, "node", without):
        needed = item.needed
        lines += block_doc(doc(item, "node").removesuffix(" Required."), indent)
        name = option(item.name, "node")
        lines.append(
            f"{indent}{name}: {type_of(item)};" if needed else f"{indent}{name}?: {type_of(item)} | undefined;"
        )
    return lines


def values(path: Path, indent: str, struct: str) -> list[str]:
    """What a value has."""
    lines = []
    for item in table(struct).fields:
        lines += block_doc(doc(item, "node"), indent)
        lines.append(f"{indent}readonly {option(item.name, 'node')}{'?' * item.optional}: {type_of(item)};")
    return lines


def checks(path: Path, indent: str, struct: str, *without: str) -> list[str]:
    """What each option must be."""
    lines = []
    for item in chosen(struct, "node", without):
        if item.inner == "RetryOptions":
            kind = "{ " + ", ".join(line.rstrip(",") for line in checks(path, "", "RetryOptions")) + " }"
        elif item.inner == "GitHubSource":
            kind = "{ github: 'string', branch: 'string', baseBranch: 'string' }"
        else:
            kind = f"'{KIND_OF.get(item.name) or KINDS[item.inner]}'"
        lines.append(f"{indent}{option(item.name, 'node')}: {kind},")
    return lines


def errors(path: Path, indent: str, kind: str = "") -> list[str]:
    """What errors tell: all of it, what every error may, or what those of a kind do besides."""
    own = {name for names in OF_KIND.values() for name in names.split()}
    lines = []
    for item in error_fields():
        mine = {"": True, "Jules": item.name not in own and item.name != "retryable"}
        if not mine.get(kind, item.name in OF_KIND.get(kind, "").split()):
            continue
        lines += block_doc(doc(item, "node"), indent)
        name = option(item.name, "node")
        lines.append(f"{indent}{'declare readonly ' if kind else ''}{name}?: {type_of(item)};")
    return lines


def classes(path: Path, indent: str) -> list[str]:
    return [f"{indent}{kind}: {kind}Error," for kind in spelt("ErrorKind")]


def acts(path: Path, indent: str, type: str, *by_hand: str) -> list[str]:
    """Calls that answer nothing; or how the conformance driver, or the test of cancelling, makes them."""
    lines: list[str] = []
    for item in acts_of(type):
        name, taken = option(item.name, "node"), [option(one.name, "node") for one in item.fields]
        if path.name == "conformance-driver.mjs":
            given = f"{{ {', '.join(taken)} }}" if taken else "_"
            call = f"(await stage.session(step)).{name}({', '.join(taken)})"
            lines.append(f"{indent}{name}: async (stage, {given}, step) => {call},")
        elif path.suffix == ".mjs":
            given = ", ".join([*("'x'" for _ in taken), "options"])
            lines.append(f"{indent}{name}: (options) => session.{name}({given}),")
        elif f"-{item.name}" not in by_hand:
            texts = "".join(f"{one}: string, " for one in taken)
            native = f"this.#native.{name}({', '.join([*taken, 'ms', 'cancel'])})"
            lines += [
                *([""] if lines else []),
                *block_doc(doc(item, "node"), indent),
                f"{indent}async {name}({texts}options?: CallOptions): Promise<void> {{",
                *(f"{indent}  required('{name}', '{one}', {one});" for one in taken),
                f"{indent}  await this.#call('{name}', options, (ms, cancel) => {native});",
                f"{indent}}}",
            ]
    return lines
