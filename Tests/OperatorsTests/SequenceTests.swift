import Diagnostics
import GraphIR
import Tensors
import Testing

import Operators

@Suite struct SequenceTests {
  private func run(_ op: some StructuredEvaluable, _ values: RuntimeValue?...) throws -> RuntimeValue {
    try op.evaluateValues(values, resultCount: 1)[0]
  }

  private func tensors(_ value: RuntimeValue) throws -> [[Float]] {
    guard case .sequence(let items) = value else { throw ModelError(.different, "a \(value.kind)") }
    return try items.map { try $0.requireTensor().floats() }
  }

  private func sequence(_ values: Float...) throws -> RuntimeValue { .sequence(try values.map { .tensor(try f32([1], [$0])) }) }

  @Test func positionsCountFromBothEnds() throws {
    let items = try sequence(1, 2, 3)
    #expect(try run(SequenceAt(), items, .tensor(.scalar(-1))).requireTensor().floats() == [3])
    #expect(try tensors(run(SequenceErase(), items, .tensor(.scalar(0)))) == [[2], [3]])
    #expect(try tensors(run(SequenceErase(), items)) == [[1], [2]])
    #expect(try tensors(run(SequenceInsert(), items, .tensor(f32([1], [9])), .tensor(.scalar(-3)))) == [[9], [1], [2], [3]])
    #expect(try tensors(run(SequenceInsert(), items, .tensor(f32([1], [9])))) == [[1], [2], [3], [9]])
    #expect(throws: ModelError.self) { try run(SequenceAt(), items, .tensor(.scalar(3))) }
    #expect(throws: ModelError.self) { try run(SequenceInsert(), items, .tensor(i64(1))) }
    #expect(throws: ModelError.self) { try run(SequenceErase(), .sequence([])) }
  }

  @Test func splittingAndConcatenatingAreInverse() throws {
    let x = try f32([5, 2], (0..<10).map { Float($0) })
    let parts = try run(SplitToSequence(), .tensor(x), .tensor(.scalar(2)))
    #expect(try tensors(parts).map(\.count) == [4, 4, 2])
    #expect(try run(ConcatFromSequence(), parts).requireTensor().isIdentical(to: x))
    var slices = SplitToSequence()
    slices.keepdims = false
    var stack = ConcatFromSequence()
    stack.newAxis = true
    #expect(try run(stack, run(slices, .tensor(x))).requireTensor().isIdentical(to: x))
  }

  @Test func optionalsHoldSomethingOrNothing() throws {
    let x = RuntimeValue.tensor(try f32([1], [4]))
    let some = try run(OptionalOf(), x)
    #expect(try run(OptionalGetElement(), some).requireTensor().floats() == [4])
    #expect(try run(OptionalGetElement(), x).requireTensor().floats() == [4])
    for (value, expected) in [(some, 1), (x, 1), (RuntimeValue.optional(nil), 0)] {
      #expect(try run(OptionalHasElement(), value).requireTensor().integers() == [expected])
    }
    #expect(throws: ModelError.self) { try run(OptionalGetElement(), .optional(nil)) }
  }

  @Test func typesOfItemsFollow() throws {
    let n = Dim.symbol("N")
    let x = Fact.tensor(.float32, [n, 4])
    let list = try SequenceConstruct().inferFacts([x, .tensor(.float32, [n, 5])], resultCount: 1)[0]
    #expect(list.type == .sequence(.tensor(.float32, [n, .unknown])))
    #expect(try SequenceAt().inferFacts([list, nil], resultCount: 1)[0].shape == [n, .unknown])
    #expect(throws: ModelError.self) { try SequenceLength().inferFacts([x], resultCount: 1) }
  }
}
