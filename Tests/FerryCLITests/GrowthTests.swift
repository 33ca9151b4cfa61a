import Foundation
import Testing

/// Constants are folded as far as the target's files gain by it.
@Suite struct GrowthTests {
  /// A product of constants that is 256 times as large as they are stays a product where operands may be computed.
  @Test func filesOfTargetsThatComputeOperandsStaySmall() throws {
    let workspace = try Workspace()
    try workspace.write(
      HostileModel(
        nodes: [HostileModel.node("MatMul", ["a", "b"], ["w"], name: "outer"), HostileModel.node("MatMul", ["x", "w"], ["y"], name: "product")],
        initializers: [HostileModel.tensor("a", [512, 1], rawBytes: 2048), HostileModel.tensor("b", [1, 512], rawBytes: 2048)],
        inputs: [HostileModel.port("x", [3, 512])], outputs: [HostileModel.port("y", [3, 512])]))
    for (target, output, weights) in [("openvino", "m.xml", "m.bin"), ("onnx", "m.onnx", "m.onnx")] {
      let outcome = try FerryProcess.run(["convert", "model.onnx", "--to", target, "-o", output, "--force"], in: workspace)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try workspace.read(weights).count < 65_536, "\(target)")
    }
  }
}
