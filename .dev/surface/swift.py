"""Tables for Swift: cases of words, options and how they cross the boundary, what an error tells."""

from __future__ import annotations

import re
from pathlib import Path

from core import Item, chosen, error_fields, options, words
from core import acts as acts_of
from text import SWIFT_CASES, camel, default, doc, line_doc, swift, without_default, wrapped

TYPES = {
    "bool": "Bool",
    "usize": "Int",
    "u16": "Int",
    "u32": "Int",
    "u64": "Int",
    "ApiKey": "String",
    "Headers": "[String: String]",
    "Limit": "PlanLimit",
    "Proxy": "String",
    "RetryOptions": "Retry",
    "Value": "JSONValue",
    "str": "String",
}
# The errors' cases that carry more than their context: what, and what it is made of.
CARRIED = {"UnexpectedState": ("info: SessionInfo", "info: try session"), "SessionEnded": ("SessionEnd", "end")}
# What an error tells, where it isn't the same in JSON: the variable, its type in JSON, how one is made of the other.
TOLD = {
    "retryable": ("isRetryable = false", "Bool", "retryable"),
    "url": ("url: URL?", "String?", "url.flatMap { URL(string: $0) }"),
    "details": ("details: [JSONValue] = []", "[JSONValue]?", "details ?? []"),
    "valid": ("valid: [String] = []", "[String]?", "valid ?? []"),
    "retry_after": ("retryAfter: Duration?", "Int64?", "retryAfterMs.map { .milliseconds($0) }"),
    "next_at": ("nextAt: Date?", "Timestamp?", "nextAt?.date"),
    "since": ("since: Date?", "Timestamp?", "since?.date"),
    "fault": ("fault: StoreFault?", "String?", "fault.map { StoreFault(rawValue: $0) ?? .other }"),
    "operator": ("`operator`: String?", "String?", "self.operator"),
    "results": ("results: [ItemReport] = []", "[ItemReportWire]?", "results?.map(\\.report) ?? []"),
}


def type_of(item: Item) -> str:
    if item.name.endswith("_url") and item.inner == "String":
        return "URL"
    return TYPES.get(item.inner, item.inner)


def key(name: str) -> str:
    """A case of `CodingKeys`: the name, and the one in JSON where that is another."""
    return swift(name) if swift(name) == camel(name) else f'{swift(name)} = "{camel(name)}"'


def kinds() -> list[Item]:
    return [item for item in words("ErrorKind") if "swift" not in item.absent]


def cases(path: Path, indent: str, enum: str) -> list[str]:
    """The cases of an enum, with what they carry."""
    lines = []
    for item in words(enum):
        carried = ", ".join(f"{swift(field.name)}: {type_of(field)}" for field in item.fields)
        lines += [*line_doc(doc(item, "swift"), indent), f"{indent}case {item.word}{f'({carried})' if carried else ''}"]
    return lines


def same(path: Path, indent: str, enum: str) -> list[str]:
    return [f"{indent}case .{item.word}: .{item.word}" for item in words(enum)]


def coded(path: Path, indent: str, what: str) -> list[str]:
    """How activities are read from and written to JSON: the `keys`, what is `read`, what is `written`."""
    kinds = words("Event")
    # The description of progress is the activity's.
    own = {item.name: [field for field in item.fields if field.name != "description"] for item in kinds}
    if what == "keys":
        keys = dict.fromkeys(key(field.name) for item in kinds for field in own[item.name])
        return [f"{indent}case {', '.join(keys)}"]
    lines = []
    for item in kinds[:-1] if what == "read" else kinds:
        if what == "read":
            parts = [
                f"{swift(field.name)}: try fields.decode({type_of(field)}.self, forKey: .{swift(field.name)})"
                if field in own[item.name]
                else 'description: description ?? ""'
                for field in item.fields
            ]
            carried = f"({', '.join(parts)})" if parts else ""
            lines += [f'{indent}case "{item.word}":', f"{indent}  .{item.word}{carried}"]
            continue
        names = [f"let {swift(field.name)}" if field in own[item.name] else "_" for field in item.fields]
        bound = f"({', '.join(names)})" if names else ""
        lines.append(f"{indent}case .{item.word}{bound}:")
        written = [f"try fields.encode({swift(f.name)}, forKey: .{swift(f.name)})" for f in own[item.name]] or ["break"]
        lines += [f"{indent}  {line}" for line in written]
    return lines


def known(path: Path, indent: str, enum: str) -> list[str]:
    """Those that have a name."""
    return [f"{indent}.{item.word}," for item in words(enum)]


def names(path: Path, indent: str, enum: str) -> list[str]:
    if enum == "ErrorKind":
        return [f'{indent}case .{item.word}: "{item.name}"' for item in kinds()]
    return [f'{indent}case .{item.word}: "{item.word}"' for item in words(enum)]


def statics(path: Path, indent: str, enum: str) -> list[str]:
    lines = []
    for item in words(enum):
        lines += [*line_doc(doc(item, "swift"), indent), f'{indent}public static let {item.word}: Self = "{item.word}"']
    return lines


def failures(path: Path, indent: str, what: str) -> list[str]:
    """The cases of the error; its `contexts`; how one is `made` of a kind's name."""
    lines = []
    for item in kinds():
        carried, made = CARRIED.get(item.name, ("", ""))
        if what == "cases":
            lines += line_doc(doc(item, "swift"), indent)
            lines.append(f"{indent}case {item.word}(Context{f', {carried}' if carried else ''})")
        elif what == "contexts":
            lines.append(f"{indent}case .{item.word}(let context{', _' if item.name in SWIFT_CASES else ''}): context")
        else:
            lines.append(f'{indent}case "{item.name}": .{item.word}(context{f", {made}" if made else ""})')
    return lines


def errors(path: Path, indent: str, what: str) -> list[str]:
    """What an error tells: its `variables`, its fields in `json`, how the former are `made` of the latter."""
    lines = []
    for item in error_fields():
        name, type = camel(item.name), f"{type_of(item)}?"
        if item.name in ("info", "outcome", "reason"):  # They are carried by the cases.
            continue
        variable, json, made = TOLD.get(item.name, (f"{swift(item.name)}: {type}", type, name))
        if what == "variables":
            lines += [*line_doc(doc(item, "swift"), indent), f"{indent}public var {variable}"]
        elif what == "json":
            field = {"retry_after": "retryAfterMs", "operator": "`operator`"}.get(item.name, name)
            lines.append(f"{indent}let {field}: {json}")
        else:
            lines.append(f"{indent}context.{swift(item.name)} = {made}")
    return lines


def fields(path: Path, indent: str, struct: str) -> list[str]:
    """The options of a struct."""
    lines = []
    for item in options(struct, "swift"):
        kind = "RetryOptions" if item.inner == "RetryOptions" else ""
        type = " = Retry()" if kind else f": {type_of(item)}" if item.type == "String" else f": {type_of(item)}?"
        lines += [*line_doc(doc(item, "swift"), indent), f"{indent}public var {swift(item.name)}{type}"]
    return lines


def ended(lines: list[str], how: tuple[str, ...]) -> list[str]:
    """Without the comma behind what is said to be the last."""
    return [*lines[:-1], lines[-1].rstrip(",")] if "last" in how else lines


def parameters(path: Path, indent: str, struct: str, *how: str) -> list[str]:
    """The options as arguments."""
    lines = []
    for item in chosen(struct, "swift", how):
        value = ": Retry = Retry()" if item.inner == "RetryOptions" else f": {type_of(item)}? = nil"
        value = f": {type_of(item)}" if item.type == "String" else value
        lines.append(f"{indent}{swift(item.name)}{value},")
    return ended(lines, how)


def assign(path: Path, indent: str, struct: str, into: str) -> list[str]:
    return [f"{indent}{into}.{swift(item.name)} = {swift(item.name)}" for item in options(struct, "swift")]


def forward(path: Path, indent: str, struct: str, *how: str) -> list[str]:
    """The arguments passed on as they are."""
    return ended([f"{indent}{swift(item.name)}: {swift(item.name)}," for item in chosen(struct, "swift", how)], how)


def wire(path: Path, indent: str, struct: str, *how: str) -> list[str]:
    """The options in the form in which they cross the boundary."""
    lines = []
    for item in options(struct, "swift"):
        name = swift(item.name)
        if item.inner == "RetryOptions":
            for part in options("RetryOptions", "swift"):
                inner = camel(part.name)
                lines.append(f"{indent}{name}{inner[0].upper()}{inner[1:]}: {name}.{inner}?.nanoseconds,")
            continue
        value = {
            "Duration": f"{name}?.nanoseconds",
            "usize": f'try whole({name}, "{name}")',
            "u64": f'try whole({name}, "{name}")',
            "u32": f'try whole({name}, "{name}")',
            "URL": f"{name}?.absoluteString",
            "Cache": f"{name}.map(\\.wire)",
            "ActivityBudget": f"{name}.map(\\.wire)",
            "SlotWait": f"{name}.map(\\.wire)",
            "GitHubSource": f"{name}.map(\\.wire)",
        }.get("URL" if type_of(item) == "URL" else item.inner, name)
        lines.append(f"{indent}{camel(item.name)}: {value},")
    return ended(lines, how)


def documented(text: str) -> str:
    """Writes the options of the tables into the documentation of the functions that have them as parameters."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        region = re.fullmatch(r" *// surface: parameters (\w+) (run|createSession)\b(.*)", lines[at])
        at += 1
        if not region:
            continue
        items = chosen(region[1], "swift", tuple(region[3].split()))
        head = max(i for i in range(at) if lines[i].endswith("- Parameters:"))
        end = next(i for i in range(head + 1, at) if not re.match(r" *///   ", lines[i]))
        entries: list[list[str]] = []
        for line in lines[head + 1 : end]:
            if re.match(r" *///   - ", line):
                entries.append([])
            entries[-1].append(line)
        ours = {swift(item.name) for item in items}
        others = [entry for entry in entries if entry[0].split("- ")[1].split(":")[0] not in ours]
        indent = lines[head][: lines[head].index("///")]
        new = [
            wrapped(f"{swift(i.name)}: {said(i, region[2])}", f"{indent}///   - ", f"{indent}///     ") for i in items
        ]
        lines[head + 1 : end] = [line for entry in (*new, *others) for line in entry]
    return "\n".join(lines)


def said(item: Item, operation: str) -> str:
    """What there is to say where this operation has a default of its own."""
    text = doc(item, "swift")
    values = dict(re.findall(r"`(run|createSession)` (yes|no)", default(text)))
    return f"{without_default(text)} Default: {'true' if values[operation] == 'yes' else 'false'}." if values else text


def acts(path: Path, indent: str, type: str, what: str, *by_hand: str) -> list[str]:
    """Calls that answer nothing, as `methods`, in a protocol, or as the conformance `driver` makes them.

    Of a protocol: what it has `declared`, its `short` forms, and what is `missing` in a fake.
    """
    lines: list[str] = []
    for item in acts_of(type):
        if f"-{item.name}" in by_hand:
            continue
        name, taken = swift(item.name), [swift(one.name) for one in item.fields]
        texts = "".join(f"_ {one}: String, " for one in taken)
        reference = f"{name}({'_:' * len(taken)}timeout:)"
        given = "".join(f"{one}: {one}, " for one in taken)
        if what == "driver":
            read = "".join(f'with.string("{one}") ?? "", ' for one in taken)
            lines.append(f'{indent}case "{name}": try await session.{name}({read}timeout: timeout)')
        elif what == "declared":
            lines += [
                f"{indent}/// See ``{type}/{reference}``.",
                f"{indent}func {name}({texts}timeout: Duration?) async throws",
            ]
        elif what == "missing":
            lines += [
                f"{indent}/// Throws: this fake has none.",
                f"{indent}public func {name}({texts}timeout: Duration?) async throws {{",
                f'{indent}  throw missing("{reference}")',
                f"{indent}}}",
            ]
        elif what == "short":
            passed = "".join(f"{one}, " for one in taken)
            lines += [
                *line_doc(doc(item, "swift").split(". ")[0].rstrip(".") + ".", indent),
                f"{indent}public func {name}({texts.removesuffix(', ')}) async throws "
                f"{{ try await {name}({passed}timeout: nil) }}",
            ]
        else:
            lines += [
                *([""] if lines else []),
                *line_doc(doc(item, "swift"), indent),
                f"{indent}public func {name}({texts}timeout: Duration? = nil) async throws {{",
                f"{indent}  try await waiting {{ [glue] token in",
                f"{indent}    try await glue.{name}({given}timeout: timeout?.nanoseconds, cancel: token)",
                f"{indent}  }}",
                f"{indent}}}",
            ]
    return lines
