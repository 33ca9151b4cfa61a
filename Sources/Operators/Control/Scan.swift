import Diagnostics
import GraphIR
import Tensors

/// Runs `body` once for each slice of the scanned operands, which are the last `num_scan_inputs`; those before are states.
///
/// The body takes the states and one slice of each scanned operand, and gives the next states and the slices of the scanned
/// results. Trailing operands are what the body captures.
public struct Scan: ControlFlow {
  public enum Operand: Int, OperandSlot {
    case inputs
    public var arity: Arity { .variadic(minimum: 1) }
  }
  public static let name = "Scan"
  public static let since = 25
  public static let results: [Arity] = [.variadic(minimum: 1)]
  public static let attributes: [AttributeSpec<Self>] = [
    .graph("body", \.body), .int("num_scan_inputs", \.numScanInputs), .ints("scan_input_axes", \.scanInputAxes),
    .ints("scan_input_directions", \.scanInputDirections), .ints("scan_output_axes", \.scanOutputAxes),
    .ints("scan_output_directions", \.scanOutputDirections),
  ]
  public var body = Graph(name: "body")
  public var numScanInputs = 1
  /// The axis along which each scanned operand is sliced; absent means 0.
  public var scanInputAxes: [Int]?
  /// 1 for operands scanned from the end.
  public var scanInputDirections: [Int]?
  public var scanOutputAxes: [Int]?
  public var scanOutputDirections: [Int]?
  public init() {}

  public var graphs: [Graph] {
    get { [body] }
    set { if let graph = newValue.first { body = graph } }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    [Fact](repeating: .unknown, count: operands.resultCount)
  }

  private func stateCount(_ operands: [Fact?]) throws(ModelError) -> Int {
    guard numScanInputs > 0, numScanInputs <= operands.count else {
      throw ModelError(.invalidGraph, "\(numScanInputs) of \(operands.count) operands", at: Place(attribute: "num_scan_inputs"))
    }
    return operands.count - numScanInputs
  }

  private func axis(_ axes: [Int]?, _ index: Int, rank: Int) throws(ModelError) -> Int {
    guard let axes else { return try normalizedAxis(0, rank: rank) }
    guard index < axes.count else { throw ModelError(.invalidGraph, "\(axes.count) scan axes", at: Place(attribute: "scan_input_axes")) }
    return try normalizedAxis(axes[index], rank: rank)
  }

  public func inputFacts(ofGraph index: Int, operands: [Fact?]) throws(ModelError) -> [Fact] {
    let states = try stateCount(operands)
    var facts = operands.prefix(states).map { Fact(type: $0?.type) }
    for (index, operand) in operands.dropFirst(states).enumerated() {
      guard var shape = operand?.shape, let fact = operand else {
        facts.append(try operand?.reshaped(nil) ?? .unknown)
        continue
      }
      shape.remove(at: try axis(scanInputAxes, index, rank: shape.count))
      facts.append(try fact.reshaped(shape))
    }
    return facts
  }

  public func resultFacts(graphOutputs: [[Fact]], operands: [Fact?], resultCount: Int) throws(ModelError) -> [Fact] {
    let states = try stateCount(operands)
    guard let outputs = graphOutputs.first, outputs.count == resultCount, resultCount >= states else {
      throw ModelError(.invalidGraph, "the body and the node differ in the number of results")
    }
    var length = Dim.unknown
    if let shape = operands[states]?.shape { length = shape[try axis(scanInputAxes, 0, rank: shape.count)] }
    var facts: [Fact] = []
    for (index, output) in outputs.enumerated() {
      guard index >= states else {
        facts.append(Fact(type: output.type ?? operands[index]?.type))
        continue
      }
      guard var shape = output.shape else {
        facts.append(try output.reshaped(nil))
        continue
      }
      shape.insert(length, at: try axis(scanOutputAxes, index - states, rank: shape.count + 1))
      facts.append(try output.reshaped(shape))
    }
    return facts
  }
}
