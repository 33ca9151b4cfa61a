"""Runs one peer on one model; started by `bench` as a process of its own with the peers' Python.

  peers.py TOOL IN OUT      TOOL: onnxslim · onnxsim · onnxoptimizer · ort-basic
  peers.py load IN          only `onnx.load`
  peers.py count FILE…      one line each: nodes without Constant (nested graphs included) and bytes of the file

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


def graph_nodes(graph):
    total = 0
    for node in graph.node:
        total += node.op_type != "Constant"
        for attribute in node.attribute:
            nested = ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs)
            total += sum(graph_nodes(g) for g in nested)
    return total


def count(*paths):
    import onnx
    for path in paths:
        print(graph_nodes(onnx.load(path, load_external_data=False).graph), os.path.getsize(path))


def load(source):
    import onnx
    onnx.load(source)


TOOLS = {"onnxslim": onnxslim, "onnxsim": onnxsim, "onnxoptimizer": onnxoptimizer, "ort-basic": ort_basic, "count": count, "load": load}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in TOOLS:
        sys.exit(print(__doc__, file=sys.stderr) or 2)
    TOOLS[sys.argv[1]](*sys.argv[2:])
