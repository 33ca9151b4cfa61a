"""Runs a LiteRT model with MediaPipe's own operators in MediaPipe.

    run_mediapipe.py MODEL FOLDER OUTPUTS

Contract: FOLDER/image.npy is one image of bytes, height × width × 3; the model gets it divided by 255. Writes FOLDER/0.npy … one flat
array for each of its OUTPUTS, in the order of the file.
"""
import sys
import types

import numpy as np

for name in ("matplotlib", "matplotlib.pyplot", "sounddevice"):       # what MediaPipe draws and hears with is not needed
    sys.modules[name] = types.ModuleType(name)
sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]
import mediapipe  # noqa: E402

GRAPH = """
input_stream: "image"
node {{ calculator: "ImageToTensorCalculator" input_stream: "IMAGE:image" output_stream: "TENSORS:in" options {{
  [mediapipe.ImageToTensorCalculatorOptions.ext] {{ output_tensor_width: {width} output_tensor_height: {height}
    keep_aspect_ratio: false output_tensor_float_range {{ min: 0.0 max: 1.0 }} }} }} }}
node {{ calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:operators" options {{
  [mediapipe.TfLiteCustomOpResolverCalculatorOptions.ext] {{ use_gpu: false }} }} }}
node {{ calculator: "InferenceCalculator" input_stream: "TENSORS:in" input_side_packet: "OP_RESOLVER:operators" output_stream: "TENSORS:out"
  options {{ [mediapipe.InferenceCalculatorOptions.ext] {{ model_path: "{model}" delegate {{ tflite {{}} }} }} }} }}
node {{ calculator: "SplitTensorVectorCalculator" input_stream: "out" {streams}
  options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }} }}
{floats}
"""


def main():
    model, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    image = np.load(f"{folder}/image.npy")
    text = GRAPH.format(
        width=image.shape[1], height=image.shape[0], model=model,
        streams=" ".join(f'output_stream: "t{i}"' for i in range(count)),
        ranges=" ".join(f"ranges: {{ begin: {i} end: {i + 1} }}" for i in range(count)),
        floats="\n".join(
            f'node {{ calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:t{i}" output_stream: "FLOATS:f{i}" }}' for i in range(count)))
    graph = mediapipe.CalculatorGraph(graph_config=text)
    for i in range(count):
        graph.observe_output_stream(
            f"f{i}", lambda _, packet, i=i: np.save(f"{folder}/{i}.npy", np.array(mediapipe.packet_getter.get_float_list(packet), np.float32)))
    graph.start_run()
    packet = mediapipe.packet_creator.create_image_frame(image_format=mediapipe.ImageFormat.SRGB, data=image)
    graph.add_packet_to_input_stream("image", packet.at(1))
    graph.close_all_packet_sources()
    graph.wait_until_done()


if __name__ == "__main__":
    main()
