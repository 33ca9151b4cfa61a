"""Writes one-node models of ai.onnx.ml and com.microsoft with inputs and the outputs that ONNX Runtime gives them.

    make_domain_cases.py FOLDER

The layout is that of the ONNX backend suite: FOLDER/NAME/model.onnx and FOLDER/NAME/test_data_set_0/{input,output}_N.pb. An input or
output that a node leaves out has no file. Everything is seeded: two runs write the same bytes.
"""

import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from domain_cases_contrib import contrib_cases
from domain_cases_ml import ml_cases


class Case:
    """A node: its inputs by position (None for absent ones), attributes, and which outputs it names."""

    def __init__(self, name, op, domain, inputs, attributes=None, outputs=1, version=1, opset=21, expected=None, constants=(), asked=None, floats=()):
        self.name, self.op, self.domain, self.inputs = name, op, domain, inputs
        self.attributes, self.version, self.opset, self.expected = attributes or {}, version, opset, expected
        self.outputs = [True] * outputs if isinstance(outputs, int) else outputs
        self.constants = set(constants)
        self.floats = floats  # outputs whose type the runtime cannot infer
        self.asked = {**self.attributes, **(asked or {})}  # what the runtime has to be told instead

    def model(self, outputs=None, attributes=None):
        names = [f"x{i}" if x is not None else "" for i, x in enumerate(self.inputs)]
        results = [f"y{i}" if named else "" for i, named in enumerate(self.outputs)]
        node = helper.make_node(self.op, names, results, domain=self.domain, **(attributes or self.attributes))
        infos, initializers = [], []
        for i, x in enumerate(self.inputs):
            if x is None:
                continue
            if i in self.constants:
                initializers.append(tensor(x, names[i]))
            else:
                infos.append(helper.make_tensor_value_info(names[i], tensor(x, "").data_type, x.shape))
        if outputs is None:
            outputs = [onnx.ValueInfoProto(name=r) for r in results if r]
            for i in self.floats:
                outputs[i].type.tensor_type.elem_type = TensorProto.FLOAT
        graph = helper.make_graph([node], self.name, infos, outputs, initializers)
        imports = [helper.make_opsetid("", self.opset)]
        if self.domain:
            imports.append(helper.make_opsetid(self.domain, self.version))
        return helper.make_model(graph, opset_imports=imports, ir_version=10)

    def fed(self):
        return {f"x{i}": x for i, x in enumerate(self.inputs) if x is not None and i not in self.constants}

    def run(self):
        if self.expected is not None:
            return self.expected
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        options.intra_op_num_threads = 1  # several quantise the states of parts of a batch by themselves
        session = onnxruntime.InferenceSession(self.model(attributes=self.asked).SerializeToString(), options, providers=["CPUExecutionProvider"])
        return session.run(None, self.fed())


def tensor(array, name):
    if isinstance(array, onnx.TensorProto):
        return array
    return numpy_helper.from_array(array, name)


def write(case, folder):
    results = case.run()
    place = os.path.join(folder, case.name)
    data = os.path.join(place, "test_data_set_0")
    os.makedirs(data, exist_ok=True)
    names = [f"y{i}" for i, named in enumerate(case.outputs) if named]
    arrays = [np.asarray(r) for r in results]
    infos = [helper.make_tensor_value_info(n, tensor(a, "").data_type, a.shape) for n, a in zip(names, arrays)]
    with open(os.path.join(place, "model.onnx"), "wb") as file:
        file.write(case.model(infos).SerializeToString())
    fed = list(case.fed().items())
    for index, (name, array) in enumerate(fed):
        save(tensor(array, name), os.path.join(data, f"input_{index}.pb"))
    for index, (name, array) in enumerate(zip(names, arrays)):
        save(tensor(array, name), os.path.join(data, f"output_{index}.pb"))


def save(proto, path):
    with open(path, "wb") as file:
        file.write(proto.SerializeToString())


def main():
    onnxruntime.set_default_logger_severity(4)
    folder = sys.argv[1]
    wanted = sys.argv[2:]
    failed = 0
    count = 0
    for group in (ml_cases, contrib_cases):
        for arguments in group():
            case = Case(**arguments)
            if wanted and not any(w in case.name for w in wanted):
                continue
            count += 1
            try:
                write(case, folder)
            except Exception as error:  # the runtime refuses the node: the case is wrong
                failed += 1
                print(f"{case.name}: {str(error)[:400]}", file=sys.stderr)
    print(f"{count - failed} cases")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
