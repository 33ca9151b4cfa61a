"""Does every node of an optimised model say which nodes of the original it came from?

    probe_provenance.py FERRY MODEL...

Contract: each node of what `ferry optimize` writes, in graphs within and in functions as well, names at least one source, in --json
(--provenance), and every name that is given is that of a node of the original, or of a node's first result where it has no name of its
own; nodes whose derivation is written to their metadata say the same there. Constants are no nodes. Prints a line for each model, and what
lacks. Exit status: 0 or 1.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import onnx


def nodes(graph):
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                yield from nodes(inner)


def all_nodes(model):
    yield from nodes(model.graph)
    for function in model.functions:
        yield from nodes(function)


def probe(ferry, path, folder):
    output = folder / "out.onnx"
    done = subprocess.run([ferry, "optimize", path, output, "--provenance", "--json", "--verify", "none"], capture_output=True, text=True)
    if done.returncode != 0:
        return [f"status {done.returncode}: {done.stderr.strip()[:200]}"], 0
    entries = json.loads(done.stdout)["provenance"]
    original = onnx.load(path, load_external_data=False)
    known = set()
    for node in all_nodes(original):
        known.update([node.name] if node.name else list(node.output[:1]))
    problems = []
    for entry in entries:
        title = f"{entry['operatorName']} {entry['node']!r}"
        if not entry["sources"]:
            problems.append(f"{title} has no source, by {', '.join(entry['rules'])}")
        problems += [f"{title} comes from {source!r}, which is none of the original's, by {', '.join(entry['rules'])}" for source in entry["sources"] if source not in known]
    written = [node for node in all_nodes(onnx.load(output, load_external_data=False)) if node.op_type != "Constant"]
    listed = collections.Counter(entry["operatorName"] for entry in entries if entry["operatorName"] != "Constant")
    for operator, count in collections.Counter(node.op_type for node in written).items():
        if listed[operator] < count:
            problems.append(f"{count} nodes {operator} are written, {listed[operator]} are listed")
    return problems, len(written)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        for path in sys.argv[2:]:
            problems, count = probe(sys.argv[1], path, pathlib.Path(name))
            failed += bool(problems)
            print(f"{path}: {count} nodes, {len(problems)} without their source")
            for problem in problems[:5]:
                print("  " + problem)
    print(f"{len(sys.argv) - 2} models, {failed} with nodes that lack their source")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
