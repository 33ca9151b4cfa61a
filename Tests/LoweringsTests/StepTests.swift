import Diagnostics
import GraphIR
import Lowerings
import Operators
import Tensors
import Testing

/// What each step makes of a node, and near misses: what it must leave alone or refuse.
@Suite struct StepTests {
  @Test func axesBecomeAnOperandAndAnAttributeAgain() throws {
    let source = graph("Unsqueeze", 11, [attribute("axes", .ints([0, 2]))])
    let typed = try expectRoundTrip(source, 11)
    #expect(typed.integers(1) == [0, 2])
    expectNotExpressible(lifted(graph("Unsqueeze", 13, [], [.unknown, .unknown]), 13), 12, because: "needs opset 13: axes is computed")
  }

  @Test func namedConstantGoesWithItsLastUse() throws {
    let typed = lifted(graph("Squeeze", 13, [], [.unknown, try .ints(1)]), 13)
    let old = try lowered(typed, 11)
    #expect(old.written["axes"]?.isEqual(to: .ints([1])) == true)
    #expect(old.valueIDs.allSatisfy { old[$0].constant == nil })
  }

  @Test func namedConstantThatIsAnOutputStays() throws {
    var typed = lifted(graph("Squeeze", 13, [], [.unknown, try .ints(1)]), 13)
    let axes = try #require(typed.first?.operands[1])
    typed.setOutputs(typed.outputs + [axes])
    #expect(try lowered(typed, 11).value(axes) != nil)
  }

  @Test func maskThatNobodySeesMayHaveAnyType() throws {
    var unseen = graph("Dropout", 9, [], [.image], results: 2)
    unseen.setOutputs(Array(unseen.outputs.prefix(1)))
    let typed = try expectRoundTrip(unseen, 9)
    #expect(typed.op(Dropout.self) != nil)
    try expectForeign(graph("Dropout", 9, [], [.image], results: 2), 9, because: "stays as it is: its mask")
  }

  @Test func boundsTakeTheOperandsElementType() throws {
    let bounds = [attribute("max", .float(6)), attribute("min", .float(0))]
    let half = try expectRoundTrip(graph("Clip", 6, bounds, [.input(.float16, nil)]), 6)
    #expect(half.operandTensor(2)?.element == .float16)
    let upper = try expectRoundTrip(graph("Clip", 6, [bounds[0]], [.image]), 6)
    #expect(upper.floats(2) == [6])
    #expect(upper.first?.operands[1] == nil)
    try expectForeign(graph("Clip", 6, bounds, [.unknown]), 6, because: "not known yet")
    try expectForeign(graph("Clip", 6, [attribute("max", .float(0.1))], [.input(.float16, nil)]), 6, because: "not exact")
  }

  @Test func elementTypeIsFoundAtTheWeightOfAConvolutionBefore() throws {
    var source = Graph(name: "main")
    let x = source.addInput("x", nil)
    let weight = source.addConstant("w", try Tensor(.float32, [1, 1, 1, 1], elements: [Float(1)]))
    let conv = source.addNode(ForeignOperator(domain: "", name: "Conv", version: 6), [x, weight], results: [("c", nil)])
    let clip = source.addNode(
      ForeignOperator(domain: "", name: "Clip", version: 6, attributes: [attribute("min", .float(0))]),
      [source[conv].results[0]], results: [("y", nil)], name: "n")
    source.setOutputs(source[clip].results)
    #expect(try expectRoundTrip(source, 6).floats(1) == [0])
  }

  @Test func selfNormalisingConstantsWereCoarser() throws {
    let typed = try expectRoundTrip(graph("Selu", 1), 1)
    #expect(try lowered(typed, 6).written["alpha"]?.isEqual(to: .float(1.6732)) == true)
    #expect(try lowered(lifted(graph("Selu", 6), 6), 1).written["gamma"]?.isEqual(to: .float(1.0507009873554805)) == true)
  }

  @Test func splitSaysHowManyParts() throws {
    let typed = try expectRoundTrip(graph("Split", 13, [], [.unknown], results: 3), 13)
    #expect(try lowered(typed, 18).written["num_outputs"]?.isEqual(to: .int(3)) == true)
    let new = [attribute("num_outputs", .int(3))]
    expectNotExpressible(lifted(graph("Split", 18, new, [.unknown], results: 3), 18), 13, because: "not known to be equal")
    let uneven = lifted(graph("Split", 18, new, [.input(.float32, [8])], results: 3), 18)
    #expect(try lowered(uneven, 13).integers(1) == [3, 3, 2])
    #expect(try lowered(uneven, 11).written["split"]?.isEqual(to: .ints([3, 3, 2])) == true)
    #expect(try lowered(lifted(graph("Split", 18, new, [.input(.float32, [9])], results: 3), 18), 13).first?.operands.count == 1)
  }

  @Test func softmaxFlattensUnlessItsAxisIsTheLast() throws {
    let plane = try expectRoundTrip(graph("Softmax", 11, [], [.input(.float32, [2, 3])]), 11)
    #expect(try lowered(plane, 13).written["axis"]?.isEqual(to: .int(1)) == true)
    let image = try expectRoundTrip(graph("Softmax", 11, [], [.image]), 11)
    let raised = try lowered(image, 13)
    #expect(raised.nodeIDs.map { raised[$0].op.name }.sorted() == ["Flatten", "Reshape", "Shape", "Softmax"])
    #expect(raised.outputs.map { raised[$0].name } == ["y0"])
    #expect(raised.producer(of: raised.outputs[0]).map { raised[$0].op.name } == "Reshape")
    #expect(raised.nodeIDs.allSatisfy { raised[$0].operatorIf(ForeignOperator.self) != nil })
    let again = lifted(raised, 13)
    #expect(again.op(Softmax.self)?.coerced == false)
    #expect(again.op(Softmax.self)?.axis == -1)
    try expectRoundTrip(graph("LogSoftmax", 11, [attribute("axis", .int(1))], [.unknown]), 11)
    let new = lifted(graph("Softmax", 13, [attribute("axis", .int(2))], [.image]), 13)
    expectNotExpressible(new, 11, because: "not known to be the last")
    #expect(try lowered(lifted(graph("Softmax", 13, [], [.image]), 13), 11).written["axis"]?.isEqual(to: .int(-1)) == true)
    #expect(try lowered(lifted(graph("Softmax", 13, [], [.image]), 13), 10).written["axis"]?.isEqual(to: .int(3)) == true)
  }

  @Test func paddingTakesItsAmountsFromAnOperand() throws {
    let pads = attribute("pads", .ints([0, 1, 0, 1]))
    let plain = try expectRoundTrip(graph("Pad", 2, [pads, attribute("value", .float(0))], [.unknown]), 2)
    #expect(plain.first?.operands.count == 2)
    let typed = try expectRoundTrip(graph("Pad", 2, [pads, attribute("value", .float(2))], [.image]), 2)
    #expect(typed.floats(2) == [2])
    try expectRoundTrip(graph("Pad", 1, [attribute("paddings", .ints([0, 1, 0, 1]))], [.image]), 1)
    let axes = lifted(graph("Pad", 18, [], [.unknown, try .ints(1, 1), .absent, try .ints(0)]), 18)
    expectNotExpressible(axes, 13, because: "needs opset 18")
  }

  @Test func sliceTakesItsRangesFromOperands() throws {
    let source = graph("Slice", 9, [attribute("axes", .ints([1])), attribute("ends", .ints([3])), attribute("starts", .ints([0]))])
    #expect(try expectRoundTrip(source, 9).integers(2) == [3])
    let steps = lifted(graph("Slice", 13, [], [.unknown, try .ints(0), try .ints(3), try .ints(1), try .ints(2)]), 13)
    expectNotExpressible(steps, 9, because: "steps are not 1")
    let unit = lifted(graph("Slice", 13, [], [.unknown, try .ints(0), try .ints(3), .absent, try .ints(1)]), 13)
    #expect(try lowered(unit, 9).first?.operands.count == 1)
  }

  @Test func batchNormalisationKeepsWhatItOnceSaid() throws {
    let five = Array(repeating: Given.unknown, count: 5)
    try expectRoundTrip(graph("BatchNormalization", 6, [attribute("is_test", .int(1)), attribute("spatial", .int(1))], five), 6)
    try expectRoundTrip(graph("BatchNormalization", 6, [], five), 6)
    try expectForeign(graph("BatchNormalization", 7, [attribute("spatial", .int(0))], five), 7, because: "spatial")
    try expectForeign(graph("BatchNormalization", 9, [], five, results: 5), 9, because: "training form")
    let training = lifted(graph("BatchNormalization", 15, [attribute("training_mode", .int(1))], five, results: 3), 15)
    expectNotExpressible(training, 9, because: "needs opset 14")
    let fresh = try lowered(lifted(graph("BatchNormalization", 15, [], five), 15), 6)
    #expect(fresh.written["is_test"]?.isEqual(to: .int(1)) == true)
  }

  @Test func upsamplingBecomesResizing() throws {
    let scales = attribute("scales", .floats([1, 1, 2, 2]))
    let typed = try expectRoundTrip(graph("Upsample", 7, [attribute("mode", .string("nearest")), scales], [.image]), 7)
    #expect(typed.first?.op.name == "Resize")
    #expect(typed.floats(2) == [1, 1, 2, 2])
    #expect(try lowered(typed, 13).written["coordinate_transformation_mode"]?.isEqual(to: .string("asymmetric")) == true)
    try expectRoundTrip(graph("Upsample", 9, [], [.image, .unknown]), 9)
    try expectRoundTrip(graph("Resize", 10, [attribute("mode", .string("linear"))], [.image, .unknown]), 10)
    let half = lifted(graph("Resize", 13, [], [.image, .absent, .unknown]), 13)
    expectNotExpressible(half, 10, because: "needs opset 11: coordinates are not asymmetric")
    #expect(try lowered(half, 11).first?.operands.allSatisfy { $0 != nil } == true)
    let gone = [attribute("coordinate_transformation_mode", .string("tf_half_pixel_for_nn"))]
    try expectForeign(graph("Resize", 11, gone, [.image, .unknown, .unknown]), 11, because: "gone since opset 13")
  }

  @Test func constantsKeepTheirForm() throws {
    for value in [attribute("value_ints", .ints([1, 2])), attribute("value_float", .float(2)), attribute("value_string", .string("a"))] {
      let typed = try expectRoundTrip(graph("Constant", 13, [value], []), 13)
      #expect(try lowered(typed, 11).written.keys.elementsEqual(["value"]))
    }
    try expectForeign(graph("Constant", 11, [attribute("value_float", .float(1))], []), 11, because: "form")
  }

  @Test func castNamedItsElementType() throws {
    let typed = try expectRoundTrip(graph("Cast", 1, [attribute("to", .string("INT64"))]), 1)
    #expect(try lowered(typed, 9).written["to"]?.isEqual(to: .int(7)) == true)
    try expectForeign(graph("Cast", 1, [attribute("to", .string("int64"))]), 1, because: "not known")
    try expectForeign(graph("Cast", 13, [attribute("to", .int(99))]), 13, because: "99")
    try expectForeign(graph("Cast", 13, []), 13, because: "missing")
    let unsaturated = lifted(graph("Cast", 19, [attribute("saturate", .int(0)), attribute("to", .int(17))]), 19)
    expectNotExpressible(unsaturated, 13, because: "needs opset 19")
  }

  @Test func reductionThatDoesNothingNeedsItsFlag() throws {
    let source = graph("ReduceMean", 11, [attribute("axes", .ints([1])), attribute("keepdims", .int(1))])
    #expect(try expectRoundTrip(source, 11).integers(1) == [1])
    let flag = [attribute("noop_with_empty_axes", .int(1))]
    expectNotExpressible(lifted(graph("ReduceMean", 18, flag), 18), 13, because: "needs opset 18")
    #expect(try lowered(lifted(graph("ReduceMean", 18, flag, [.unknown, try .ints(0)]), 18), 13).written.keys.elementsEqual(["axes"]))
  }
}
