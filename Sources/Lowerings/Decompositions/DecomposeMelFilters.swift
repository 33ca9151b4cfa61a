import GraphIR
import Operators
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Triangular filters whose number or edges are computed.
let filterDecompositions: [Decomposition] = [
  Decomposition(MelWeightMatrix.self) { (op, context) throws(NotRepresentable) in [try context.melFilters(op)] }
]

extension StepContext {
  /// Rising from the first edge to the second, 1 there, and falling to the third; edges are evenly spaced on the mel scale.
  fileprivate mutating func melFilters(_ op: MelWeightMatrix) throws(NotRepresentable) -> ValueID {
    var operands: [ValueID] = []
    for index in 0..<5 { operands.append(try scalar(cast(required(index), to: .float64))) }
    let (bins, length, rate) = (operands[0], operands[1], operands[2])
    let (low, high) = (try mel(operands[3]), try mel(operands[4]))
    let step = try emit(Div(), emit(Sub(), high, low), emit(Add(), bins, double(2)))
    let column = try counted(bins)
    var edges: [ValueID] = []
    for offset in 0..<3 {
      let place = try emit(Add(), emit(Mul(), emit(Add(), column, double(Double(offset))), step), low)
      let power = try emit(Sub(), emit(Exp(), emit(Mul(), place, double(log(10) / 2595))), double(1))
      let scaled = try emit(Mul(), emit(Mul(), emit(Add(), length, double(1)), double(700)), power)
      edges.append(try emit(Floor(), emit(Div(), scaled, rate)))
    }
    let rows = try emit(Add(), emit(Floor(), emit(Mul(), length, double(0.5))), double(1))
    let row = try unsqueeze(counted(rows), at: [1])
    let rising = try share(of: emit(Sub(), row, edges[0]), emit(Sub(), edges[1], edges[0]), where: emit(Less(), row, edges[1]))
    let falling = try share(of: emit(Sub(), edges[2], row), emit(Sub(), edges[2], edges[1]), where: emit(Greater(), row, edges[1]))
    let peak = try cast(emit(Equal(), row, edges[1]), to: .float64)
    return try cast(emit(Add(), emit(Add(), rising, falling), peak), to: op.outputDatatype)
  }

  private mutating func double(_ number: Double) throws(NotRepresentable) -> ValueID { try self.number(number, .float64) }

  private mutating func mel(_ hertz: ValueID) throws(NotRepresentable) -> ValueID {
    let octaves = try emit(Log(), emit(Add(), double(1), emit(Div(), hertz, double(700))))
    return try emit(Mul(), octaves, double(2595 / log(10)))
  }

  /// 0, 1, … as doubles.
  private mutating func counted(_ count: ValueID) throws(NotRepresentable) -> ValueID {
    try cast(emit(RangeOf(), constant(scalar: 0), cast(count, to: .int64), constant(scalar: 1)), to: .float64)
  }

  /// `distance / whole`, on one side of the peak and where the distance is not negative; 0 elsewhere.
  private mutating func share(of distance: ValueID, _ whole: ValueID, where isOnSide: ValueID) throws(NotRepresentable) -> ValueID {
    let divisor = try emit(Add(), whole, cast(emit(Not(), emit(Greater(), whole, double(0))), to: .float64))
    let isInside = try emit(And(), isOnSide, emit(Greater(), distance, double(0)))
    return try emit(Mul(), emit(Div(), distance, divisor), cast(isInside, to: .float64))
  }
}
