import Diagnostics
import GraphIR
import Tensors
import Testing

import Operators

@Suite struct RecurrentTests {
  private func numbers(_ shape: Shape, _ seed: Int) throws -> Tensor {
    try f32(shape, (0..<shape.reduce(1, *)).map { Float(($0 * 7919 + seed * 104729) % 23) / 16 - 0.7 })
  }

  /// Weights of one direction, for inputs of 3 and a state of 2.
  private func weights(gates: Int) throws -> (Tensor, Tensor, Tensor) {
    (try numbers([1, gates * 2, 3], 1), try numbers([1, gates * 2, 2], 2), try numbers([1, gates * 4], 3))
  }

  private func reversed(_ x: Tensor) throws -> Tensor {
    var gather = Gather()
    gather.axis = 0
    return try gather.results(x, Tensor.integers(Array((0..<x.shape[0]).reversed())))[0]
  }

  /// Stepping through a sequence by hand, with the state carried over, is running through it at once.
  @Test func stepsMakeUpASequence() throws {
    let (w, r, b) = try weights(gates: 4)
    let x = try numbers([4, 2, 3], 4)
    let whole = try LSTM().results(x, w, r, b, count: 3)
    var state: (Tensor?, Tensor?) = (nil, nil)
    for step in 0..<4 {
      let slice = try Slice().results(x, i64(step), i64(step + 1))[0]
      let results = try LSTM().results(slice, w, r, b, nil, state.0, state.1, count: 3)
      state = (results[1], results[2])
    }
    #expect(try state.0?.isIdentical(to: whole[1]) == true)
    #expect(try state.1?.isIdentical(to: whole[2]) == true)
  }

  @Test func backwardsIsForwardsOfTheReversedSequence() throws {
    let (w, r, b) = try weights(gates: 3)
    let x = try numbers([5, 2, 3], 5)
    var gru = GRU()
    for isLinear in [false, true] {
      gru.linearBeforeReset = isLinear
      gru.direction = .forward
      let forwards = try gru.results(reversed(x), w, r, b, count: 2)
      gru.direction = .reverse
      let backwards = try gru.results(x, w, r, b, count: 2)
      #expect(try reversed(backwards[0]).isIdentical(to: forwards[0]))
      #expect(try backwards[1].isIdentical(to: forwards[1]))
    }
  }

  @Test func shortSequencesEndEarly() throws {
    let (w, r, b) = try weights(gates: 1)
    let x = try numbers([4, 2, 3], 6)
    let lengths = try Tensor(.int32, [2], elements: [Int32(2), 4])
    let results = try RNN().results(x, w, r, b, lengths, count: 2)
    let short = try RNN().results(Slice().results(x, i64(0), i64(2))[0], w, r, b, count: 2)
    let (all, last) = (try results[0].floats(), try results[1].floats())
    #expect(Array(last[0..<2]) == Array(try short[1].floats()[0..<2]))
    // Two directions of two units each: steps, directions, batch, hidden.
    #expect(Array(all[8..<10]) == [0, 0] && Array(all[12..<14]) == [0, 0])
    #expect(throws: ModelError.self) { try RNN().results(x, w, r, b, Tensor(.int32, [2], elements: [Int32(5), 4])) }
  }

  @Test func layoutsDifferInTheOrderOfAxesOnly() throws {
    let (w, r, b) = try weights(gates: 4)
    let x = try numbers([4, 2, 3], 7)
    var transpose = Transpose()
    transpose.perm = [1, 0, 2]
    var lstm = LSTM()
    let usual = try lstm.results(x, w, r, b, count: 3)
    lstm.batchFirst = true
    let other = try lstm.results(transpose.results(x)[0], w, r, b, count: 3)
    transpose.perm = [2, 0, 1, 3]
    #expect(try transpose.results(usual[0])[0].isIdentical(to: other[0]))
    #expect(other[2].shape == [2, 1, 2])
  }

  @Test func impossibleWeightsAreRefused() throws {
    let (w, r, b) = try weights(gates: 4)
    #expect(throws: ModelError.self) { try GRU().results(numbers([4, 2, 3], 1), w, r, b) }
    var lstm = LSTM()
    lstm.activations = [Array("Nothing".utf8)]
    #expect(throws: ModelError.self) { try lstm.results(numbers([4, 2, 3], 1), w, r, b) }
  }
}
