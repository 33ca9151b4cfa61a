import Diagnostics
import GraphIR
import Lowerings
import Operators
import Tensors
import Testing

/// Broadcasting below opset 7.
@Suite struct BroadcastTests {
  private let along = [attribute("axis", .int(1)), attribute("broadcast", .int(1))]
  private let channels = Given.input(.float32, [3])

  @Test func operandsOfOneShapeNeedNothing() throws {
    try expectRoundTrip(graph("Add", 6, [], [.unknown, .unknown]), 6)
    try expectRoundTrip(graph("Add", 1, [attribute("consumed_inputs", .ints([0, 0]))], [.unknown, .unknown]), 1)
  }

  @Test func axisBecomesAnUnsqueeze() throws {
    let typed = try expectRoundTrip(graph("Add", 6, along, [.image, channels]), 6)
    let added = typed.nodeIDs.map { typed[$0] }.first { $0.op.name == "Unsqueeze" }
    #expect(added?.operands.count == 2)
    try expectForeign(graph("Add", 6, along, [.unknown, channels]), 6, because: "ranks are unknown")
    try expectForeign(graph("Add", 6, [attribute("axis", .int(4)), along[1]], [.image, channels]), 6, because: "does not fit")
  }

  @Test func axisOfTheLastAxesNeedsNoUnsqueeze() throws {
    let typed = try expectRoundTrip(graph("Mul", 6, [attribute("axis", .int(3)), along[1]], [.image, .input(.float32, [4])]), 6)
    #expect(typed.nodeCount == 1)
  }

  /// Exporters wrote operands with axes of size 1, which opset 6 does not speak of.
  @Test func axesOfSizeOneComeBack() throws {
    let flags = [attribute("axis", .int(0)), along[1]]
    try expectRoundTrip(graph("Add", 6, flags, [.input(.float32, [2, 3]), .input(.float32, [2, 1])]), 6)
    try expectRoundTrip(graph("Add", 6, flags, [.input(.float32, [2, 3]), .input(.float32, [1, 3])]), 6)
  }

  @Test func newerBroadcastsAreRequested() throws {
    let scalar = lifted(graph("Mul", 7, [], [.image, try .floats([], [2])]), 7)
    #expect(try lowered(scalar, 6).written.keys.elementsEqual(["broadcast"]))
    let channel = lifted(graph("Mul", 7, [], [.image, try .floats([3, 1, 1], [1, 2, 3])]), 7)
    let old = try lowered(channel, 6)
    #expect(old.written["axis"]?.isEqual(to: .int(1)) == true)
    #expect(old.operandTensor(1)?.shape == [3])
  }

  @Test func otherBroadcastsNeedOpset7() throws {
    expectNotExpressible(lifted(graph("Add", 7, [], [.unknown, .unknown]), 7), 6, because: "shapes are not known")
    expectNotExpressible(lifted(graph("Add", 7, [], [try .floats([], [1]), .image]), 7), 6, because: "needs opset 7")
    expectNotExpressible(lifted(graph("Add", 7, [], [.image, .input(.float32, [3, 1, 1])]), 7), 6, because: "needs opset 7")
  }

  @Test func sumsOfOneShapeComeBack() throws {
    try expectRoundTrip(graph("Sum", 6, [], [.unknown, .unknown]), 6)
    expectNotExpressible(lifted(graph("Sum", 8, [], [.unknown, .unknown]), 8), 6, because: "needs opset 8")
    expectNotExpressible(lifted(graph("Sum", 8, [], [.image, channels]), 8), 6, because: "one shape")
    #expect(try lowered(lifted(graph("Sum", 8, [], [.image, .image]), 8), 6).first?.operands.count == 2)
  }

  @Test func slopesLieAlongTheChannels() throws {
    let typed = try expectRoundTrip(graph("PRelu", 6, [], [.image, channels]), 6)
    #expect(typed.nodeCount == 2)
    try expectRoundTrip(graph("PRelu", 6, [], [.unknown, try .floats([1], [0.1])]), 6)
    try expectForeign(graph("PRelu", 6, [], [.unknown, channels]), 6, because: "unknown")
    let flat = try lowered(lifted(graph("PRelu", 9, [], [.image, try .floats([3, 1, 1], [1, 2, 3])]), 9), 6)
    #expect(flat.operandTensor(1)?.shape == [3])
    expectNotExpressible(lifted(graph("PRelu", 9, [], [.image, try .floats([4], [1, 2, 3, 4])]), 9), 6, because: "number a channel")
  }
}
