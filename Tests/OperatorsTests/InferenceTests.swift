import Diagnostics
import GraphIR
import Tensors
import Testing

import Operators

@Suite struct InferenceTests {
  private let n = Dim.symbol("N")
  private let h = Dim.symbol("H")

  private func infer(_ op: some Operator, _ facts: Fact?..., count: Int = 1) throws -> Fact {
    try op.inferFacts(facts, resultCount: count)[0]
  }

  @Test func aReshapeByComputedSizesIsKnown() throws {
    let x = Fact.tensor(.float32, [n, 3, h, 8])
    let shape = try infer(ShapeOf(), x)
    #expect(shape.elements == [n, 3, h, 8])
    let batch = try infer(Gather(), shape, Fact(constant: .scalar(0)))
    let row = try infer(Unsqueeze(), batch, Fact(constant: i64(0)))
    let target = try infer(Concat(), row, Fact(constant: i64(-1)))
    #expect(try infer(Reshape(), x, target).shape == [n, h * 24])
  }

  @Test func sizesKeepTheirExpressionsThroughArithmeticAndSlices() throws {
    let shape = try infer(ShapeOf(), .tensor(.float32, [n, 3, h, 8]))
    let tail = try infer(Slice(), shape, Fact(constant: i64(2)), Fact(constant: i64(4)), Fact(constant: i64(0)), nil)
    #expect(tail.elements == [h, 8])
    let doubled = try infer(Mul(), tail, Fact(constant: i64(2)))
    #expect(doubled.elements == [h * 2, 16])
    let halved = try infer(Div(), doubled, Fact(constant: i64(2)))
    #expect(halved.elements == [h, 8])
    #expect(try infer(ReduceProd(), tail).elements == [h * 8])
  }

  @Test func convolutionsOfUnknownSizesHaveExpressions() throws {
    var conv = Conv()
    conv.pads = [1, 1, 1, 1]
    conv.strides = [2, 2]
    let y = try infer(conv, .tensor(.float32, [n, 3, h, 32]), .tensor(.float32, [16, 3, 3, 3]))
    #expect(y.shape == [n, 16, (h - 1).floorDivided(by: 2) + 1, 16])
  }

  @Test func aSizeThatCannotBeOneIsWhatBroadcastingGives() throws {
    let doubled = h * 2
    let y = try infer(Add(), .tensor(.float32, [n, doubled]), .tensor(.float32, [n, (h * 4 - 1).floorDivided(by: 2) + 1]))
    #expect(y.shape == [n, doubled])
  }

  @Test func cuttingAtTheEndKeepsSizesPlain() throws {
    let x = Fact.tensor(.float32, [n, h])
    let all = try infer(Slice(), x, Fact(constant: i64(0)), Fact(constant: i64(1_000_000_000)), Fact(constant: i64(1)), nil)
    #expect(all.shape == [n, h])
    let first = try infer(Slice(), x, Fact(constant: i64(0)), Fact(constant: i64(5)), Fact(constant: i64(1)), nil)
    #expect(first.shape == [n, .minimum(5, h)])
  }

  @Test func emptyOperandsOfAResizeCountAsAbsent() throws {
    let x = Fact.tensor(.float32, [n, 3, h, 8])
    let nothing = Fact(constant: try f32([0], []))
    let sized = try infer(Resize(), x, nothing, nothing, Fact(constant: i64(1, 3, 16, 24)))
    #expect(sized.shape == [1, 3, 16, 24])
    #expect(try infer(Resize(), x, .tensor(.float32, [0]), .tensor(.float32, [0]), Fact(constant: i64(1, 3, 16, 24))).shape == [1, 3, 16, 24])
    let scaled = try infer(Resize(), x, nothing, Fact(constant: f32([4], [1, 1, 2, 2])), Fact(constant: Tensor.integers([])))
    #expect(scaled.shape == [n, 3, h * 2, 16])
    #expect(try infer(Resize(), x, nothing, Fact(constant: f32([4], [1, 1, 2, 2])), .tensor(.int64, [0])).shape == [n, 3, h * 2, 16])
  }

  @Test func furtherOperatorsKeepTheirSymbols() throws {
    let x = Fact.tensor(.float32, [n, 8, h, 64])
    #expect(try infer(Attention(), x, x, x).shape == [n, 8, h, 64])
    var attention = Attention()
    (attention.qHeads, attention.kvHeads) = (8, 2)
    let (q, k) = (Fact.tensor(.float32, [n, h, 512]), Fact.tensor(.float32, [n, h, 128]))
    #expect(try infer(attention, q, k, k).shape == [n, h, 512])
    #expect(try infer(LSTM(), .tensor(.float32, [h, n, 16]), .tensor(.float32, [1, 32, 16]), .tensor(.float32, [1, 32, 8])).shape == [h, 1, n, 8])
    #expect(throws: ModelError.self) { try infer(LSTM(), .tensor(.float32, [h, n, 12]), .tensor(.float32, [1, 32, 16]), .tensor(.float32, [1, 32, 8])) }
    #expect(try infer(STFT(), .tensor(.float32, [n, h]), Fact(constant: .scalar(160)), .tensor(.float32, [400])).shape?.count == 4)
    #expect(try infer(STFT(), .tensor(.float32, [n, h, 1]), Fact(constant: .scalar(160)), .tensor(.float32, [400])).shape
      == [n, (h - 400).floorDivided(by: 160) + 1, 201, 2])
    var einsum = Einsum()
    einsum.equation = "bij,bjk->bik"
    #expect(try infer(einsum, .tensor(.float32, [n, h, 4]), .tensor(.float32, [n, 4, 5])).shape == [n, h, 5])
  }

  @Test func sizesThatCannotFitAreRefused() throws {
    #expect(throws: ModelError.self) { try infer(Add(), .tensor(.float32, [2]), .tensor(.float32, [3])) }
    #expect(throws: ModelError.self) { try infer(Add(), .tensor(.float32, [2]), .tensor(.int64, [2])) }
    #expect(throws: ModelError.self) { try infer(MatMul(), .tensor(.float32, [2, 3]), .tensor(.float32, [4, 2])) }
    #expect(throws: ModelError.self) { try infer(Reshape(), .tensor(.float32, [2, 3]), Fact(constant: i64(4, -1))) }
  }
}
