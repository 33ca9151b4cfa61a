"""Runs one peer on one model; started by `bench` as a process of its own with the peers' Python.

  peers.py TOOL IN OUT      TOOL: onnxslim · onnxsim · onnxoptimizer · ort-basic
  peers.py load IN          only `onnx.load`
  peers.py count FILE…      one JSON object each: nodes, bytes, operator set, domains, functions and operators with graphs

Each tool is imported alone, so that a process costs what its own command line would.
"""
import os
import sys


def onnxslim(source, target):
    from onnxslim import slim
    slim(source, target)


def onnxsim(source, target):
    import onnx
    from onnxsim import simplify
    model, ok = simplify(onnx.load(source))
    onnx.save(model, target)
    if not ok:
        sys.exit("onnxsim: its own check found a difference")


def onnxoptimizer(source, target):
    import onnx
    import onnxoptimizer
    # What it folds into weights is computed by nodes that it adds, so the count may rise.
    passes = onnxoptimizer.get_fuse_and_elimination_passes()
    onnx.save(onnxoptimizer.optimize(onnx.load(source), passes, fixed_point=True), target)


def ort_basic(source, target):
    import onnxruntime
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = target
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


SPECIAL = {"If", "Loop", "Scan", "Einsum"}


class Tally:
    """Nodes without Constant, with the bodies of functions wherever they are called; which domains and special operators there are."""

    def __init__(self, model):
        self.functions = {(f.domain, f.name): f for f in model.functions}
        self.sizes, self.domains, self.special = {}, set(), {"Function": len(model.functions)}
        self.nodes = self.count(model.graph.node)

    def count(self, nodes):
        return sum(self.one(node) for node in nodes)

    def one(self, node):
        key = (node.domain, node.op_type)
        if key in self.functions:
            if key not in self.sizes:
                self.sizes[key] = self.count(self.functions[key].node)
            return self.sizes[key]
        self.domains.add(node.domain)
        if node.op_type in SPECIAL:
            self.special[node.op_type] = self.special.get(node.op_type, 0) + 1
        total = int(node.op_type != "Constant")
        for attribute in node.attribute:
            nested = ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs)
            total += sum(self.count(g.node) for g in nested)
        return total


def count(*paths):
    import json

    import onnx
    for path in paths:
        model = onnx.load(path, load_external_data=False)
        tally = Tally(model)
        opset = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 0)
        print(json.dumps({"nodes": tally.nodes, "bytes": os.path.getsize(path), "opset": opset, "domains": sorted(tally.domains),
                          "special": tally.special}))


def load(source):
    import onnx
    onnx.load(source)


TOOLS = {"onnxslim": onnxslim, "onnxsim": onnxsim, "onnxoptimizer": onnxoptimizer, "ort-basic": ort_basic, "count": count, "load": load}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in TOOLS:
        sys.exit(print(__doc__, file=sys.stderr) or 2)
    TOOLS[sys.argv[1]](*sys.argv[2:])
