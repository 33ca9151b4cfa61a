"""Runs ncnn networks on every case of their folders, in a process of its own: ncnn may crash on what it does not take.

    run_ncnn.py NETWORK.param FOLDER [NETWORK.param FOLDER]…

Contract: case_N.npz holds the Mats by input, case_N.txt the outputs' names, a line each; result_case_N.npz gets the outputs by their
place; a folder that is done gets a file `done`. Exit status 0, or 1 with the reason on standard error.
"""
import pathlib
import sys

import ncnn
import numpy as np


def run(network, folder):
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage", "use_bf16_packed"):
        setattr(net.opt, option, False)
    net.opt.num_threads = 2
    if net.load_param(network) != 0 or net.load_model(str(pathlib.Path(network).with_suffix(".bin"))) != 0:
        sys.exit("ncnn does not load the network")
    for case in sorted(pathlib.Path(folder).glob("case_*.npz")):
        given = dict(np.load(case))
        wanted = (case.with_suffix(".txt")).read_text().splitlines()
        extractor, results = net.create_extractor(), {}
        for name, value in given.items():
            if extractor.input(name, ncnn.Mat(value).clone()) != 0:
                sys.exit(f"ncnn has no input {name}")
        for index, name in enumerate(wanted):
            status, mat = extractor.extract(name)
            if status != 0:
                sys.exit(f"ncnn gives {status} for output {name}")
            results[str(index)] = np.array(mat)
        np.savez(case.with_name("result_" + case.name), **results)
    (pathlib.Path(folder) / "done").touch()


if __name__ == "__main__":
    for pair in zip(sys.argv[1::2], sys.argv[2::2]):
        run(*pair)
