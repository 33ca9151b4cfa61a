"""Writes the Swift declarations of Formats/litert/schema.fbs into the folder named by the first argument.

Understands what that file uses: enums, unions of tables, tables whose fields are numbers, strings, vectors, tables and unions.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HEAD = "// Written by Formats/generate from Formats/litert/schema.fbs. Do not edit.\n"
WIDTHS = {"byte": "int8", "ubyte": "uint8", "short": "int16", "ushort": "uint16", "int": "int32", "uint": "uint32", "long": "int64", "ulong": "uint64"}
KEYWORDS = {"default", "where", "if", "while", "for", "in", "is", "as", "operator", "repeat", "internal", "case"}


def camel(name):
    """CONV_2D -> conv2D, fused_activation_function -> fusedActivationFunction."""
    first, *rest = name.split("_")
    word = "".join([first.lower(), *(p if p[0].isdigit() else p.capitalize() for p in rest)])
    return f"`{word}`" if word in KEYWORDS else word


def parse(text):
    text = re.sub(r"\s+", " ", re.sub(r"//[^\n]*", "", text))
    enums = {n: (b, re.findall(r"(\w+) = (\d+)", body)) for n, b, body in re.findall(r"enum (\w+) : (\w+) \{(.*?)\}", text, re.S)}
    unions = {n: [m.strip() for m in body.split(",")] for n, body in re.findall(r"union (\w+) \{(.*?)\}", text, re.S)}
    tables = {n: [f.strip() for f in body.split(";") if f.strip()] for n, body in re.findall(r"table (\w+) \{(.*?)\}", text, re.S)}
    return enums, unions, tables


def field(text, number, enums, unions):
    """The Swift expression of a field, its name, and how many numbers it takes."""
    if "(deprecated)" in text:
        return None, None, 1
    name, kind, default = re.fullmatch(r"(\w+):(\[?\w+\]?)(?: = (\S+))?", text).groups()
    if kind in unions:
        return camel(name), f"UnionField({number + 1}, {kind}.members)", 2
    base = enums[kind][0] if kind in enums else kind
    if base == "string":
        made = f"TextField({number})"
    elif base == "bool":
        made = f"BoolField({number}{', ' + default if default else ''})"
    elif base == "float":
        made = f"FloatField({number})"
    elif base == "[float]":
        made = f"FloatsField({number})"
    elif base == "[bool]":
        made = f"IntsField({number}, .uint8)"
    elif base in WIDTHS:
        made = f"IntField({number}, .{WIDTHS[base]}{', ' + default if default else ''})"
    elif base.startswith("[") and base[1:-1] in WIDTHS:
        made = f"IntsField({number}, .{WIDTHS[base[1:-1]]})"
    elif base.startswith("["):
        made = f"TablesField({number}, {base[1:-1]}.layout)"
    else:
        made = f"TableField({number}, {base}.layout)"
    return camel(name), made, 1


def table(name, fields, code, enums, unions):
    lines, names, number = [], [], 0
    for text in fields:
        swift, made, taken = field(text, number, enums, unions)
        number += taken
        if swift:
            lines.append(f"    package static let {swift} = {made}")
            names.append(swift)
    if code is not None:
        lines.append(f"    package static let code = {code}")
    lines.append(f"    package static let layout = TableLayout(\"{name}\", [{', '.join(names)}])")
    return "\n".join([f"  package enum {name} {{", *lines, "  }"])


def enumeration(name, cases):
    lines = [f"  package enum {name}: Int, CaseIterable, Sendable {{"]
    lines += [f"    case {camel(case)} = {value}" for case, value in cases]
    return "\n".join([*lines, "  }"])


def namespace(parts):
    return HEAD + "\nextension Schema {\n" + "\n".join(parts) + "\n}\n"


def main(folder):
    enums, unions, tables = parse((HERE / "schema.fbs").read_text())
    codes = {member: i + 1 for members in unions.values() for i, member in enumerate(members)}
    operators = enums.pop("BuiltinOperator")
    every = {"BuiltinOperator": operators, **enums}
    spelt = ",\n".join(f"    {v}: \"{n}\"" for n, v in operators[1])
    write = lambda name, text: (folder / name).write_text(text)
    write("Codes.swift", namespace([enumeration("BuiltinOperator", operators[1])]))
    write("Names.swift", namespace([f"  /// As the format spells them.\n  package static let operatorNames: [Int: String] = [\n{spelt},\n  ]"]))
    others = [enumeration(n, c) for n, (_, c) in enums.items()]
    members = [f"  package enum {n} {{\n    package static let members = [\n" + ",\n".join(f"      {m}.layout" for m in ms) + ",\n    ]\n  }"
               for n, ms in unions.items()]
    write("Choices.swift", namespace(others + members))
    options = unions["BuiltinOptions"]
    shared = [table(n, f, codes.get(n), every, unions) for n, f in tables.items() if n not in options]
    write("Structure.swift", namespace(shared))
    half = len(options) // 2
    for name, part in (("OptionsA.swift", options[:half]), ("OptionsB.swift", options[half:])):
        write(name, namespace([table(n, tables[n], codes[n], every, unions) for n in part]))


main(pathlib.Path(sys.argv[1]))
