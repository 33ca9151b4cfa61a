import Diagnostics
import GraphIR
import Operators
import Tensors
import Testing

/// Attributes and operands that make no sense are errors, and end.
@Suite struct MalformedOperatorTests {
  private let features = [Float](arrayLiteral: 1, 2)

  private func row() throws -> Tensor { try Tensor(.float32, [1, 2], elements: features) }

  private func tree(_ change: (inout TreeEnsembleRegressor) -> Void) throws -> [Tensor] {
    var op = TreeEnsembleRegressor()
    op.nTargets = 1
    op.nodes.treeids = [0, 0, 0]
    op.nodes.nodeids = [0, 1, 2]
    op.nodes.featureids = [0, 0, 0]
    op.nodes.modes = ["BRANCH_LEQ", "LEAF", "LEAF"].map { Array($0.utf8) }
    op.nodes.truenodeids = [1, 0, 0]
    op.nodes.falsenodeids = [2, 0, 0]
    op.nodes.values = [0, 0, 0]
    (op.targetTreeids, op.targetNodeids, op.targetIds, op.targetWeights) = ([0, 0], [1, 2], [0, 0], [5, 6])
    change(&op)
    return try op.evaluateTensors([row()], resultCount: 1)
  }

  @Test func aSoundTreeDecides() throws {
    #expect(try tree { _ in }[0].floats() == [6])
  }

  @Test func aTreeThatGoesRoundInACircleEnds() throws {
    #expect(throws: ModelError.self) {
      try tree {
        $0.nodes.modes = ["BRANCH_LEQ", "BRANCH_LEQ", "BRANCH_LEQ"].map { Array($0.utf8) }
        $0.nodes.truenodeids = [1, 2, 1]
        $0.nodes.falsenodeids = [1, 2, 1]
        ($0.targetTreeids, $0.targetNodeids, $0.targetIds, $0.targetWeights) = ([], [], [], [])
      }
    }
  }

  @Test func treesThatLeadOutsideAreRefused() throws {
    #expect(throws: ModelError.self) { try tree { $0.nodes.truenodeids = [9, 0, 0] } }
    #expect(throws: ModelError.self) { try tree { $0.nodes.featureids = [2, 0, 0] } }
    #expect(throws: ModelError.self) { try tree { $0.nodes.featureids = [-1, 0, 0] } }
    #expect(throws: ModelError.self) { try tree { $0.targetIds = [0, 1] } }
    #expect(throws: ModelError.self) { try tree { $0.targetNodeids = [1, 0] } }
    #expect(throws: ModelError.self) { try tree { $0.nodes.values = [0] } }
    #expect(throws: ModelError.self) { try tree { $0.nodes.nodeids = [0, 1, 1] } }
    #expect(throws: ModelError.self) { try tree { $0.nTargets = .max } }
    #expect(throws: ModelError.self) { try tree { $0.nodes.modes = ["?", "LEAF", "LEAF"].map { Array($0.utf8) } } }
  }

  @Test func sizesThatNoFileJustifiesAreRefused() throws {
    var product = MatMulNBits()
    (product.rows, product.columns, product.blockSize) = (.max, .max, .max)
    let bytes = try Tensor(.uint8, [1, 1, 1], elements: [UInt8(0)])
    let scale = try Tensor(.float32, [1], elements: [Float(1)])
    #expect(throws: ModelError.self) { try product.evaluateTensors([row(), bytes, scale], resultCount: 1) }
    (product.rows, product.columns, product.blockSize) = (2, 1 << 30, 16)
    #expect(throws: ModelError.self) { try product.evaluateTensors([row(), bytes, scale], resultCount: 1) }
    product.bits = 0
    #expect(throws: ModelError.self) { try product.evaluateTensors([row(), bytes, scale], resultCount: 1) }
    var machine = SVMClassifier()
    machine.classlabelsInts = [0, 1]
    machine.vectorsPerClass = [.max, .max]
    machine.rho = [0]
    #expect(throws: ModelError.self) { try machine.evaluateTensors([row()], resultCount: 2) }
    var vectors = FeatureVectorizer()
    vectors.inputdimensions = [.max]
    #expect(throws: ModelError.self) { try vectors.evaluateTensors([row()], resultCount: 1) }
  }

  @Test func indicesOutsideAreErrors() throws {
    let index = try Tensor(.int64, [1], elements: [Int64(2)])
    #expect(throws: ModelError.self) { try ArrayFeatureExtractor().evaluateTensors([row(), index], resultCount: 1) }
    var rotary = ContribRotaryEmbedding()
    rotary.interleaved = 0
    let heads = try Tensor(.float32, [1, 1, 2], elements: features)
    let angles = try Tensor(.float32, [1, 1], elements: [Float(1)])
    #expect(throws: ModelError.self) { try rotary.evaluateTensors([heads, index, angles, angles], resultCount: 1) }
    let huge = try Tensor(.int64, [1], elements: [Int64.max])
    #expect(throws: ModelError.self) { try rotary.evaluateTensors([heads, huge, angles, angles], resultCount: 1) }
  }

  @Test func headsThatDoNotDivideAreRefused() throws {
    var attention = MultiHeadAttention()
    let query = try Tensor(.float32, [1, 1, 2], elements: features)
    for heads in [0, -1, 3, .max] {
      attention.numHeads = heads
      #expect(throws: ModelError.self) { try attention.evaluateTensors([query, query, query], resultCount: 1) }
    }
    var grouped = GroupQueryAttention()
    (grouped.numHeads, grouped.kvNumHeads) = (.max, 1)
    let lengths = try Tensor(.int32, [1], elements: [Int32(0)])
    let total = try Tensor(.int32, [1], elements: [Int32(1)])
    #expect(throws: ModelError.self) {
      try grouped.evaluateTensors([query, query, query, nil, nil, lengths, total], resultCount: 3)
    }
    (grouped.numHeads, grouped.kvNumHeads) = (1, 1)
    let beyond = try Tensor(.int32, [1], elements: [Int32.max])
    #expect(throws: ModelError.self) {
      try grouped.evaluateTensors([query, query, query, nil, nil, beyond, total], resultCount: 3)
    }
  }
}
