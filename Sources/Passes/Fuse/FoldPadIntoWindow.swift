import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Lets a convolution, an average or a maximum pad itself. Exact.
///
///     %p = Pad(%x, [0, 0, 1, 1, 0, 0, 1, 1])
///     %y = Conv(%p, W)                         →   %y = Conv(%x, W) {pads: [1, 1, 1, 1]}
///
/// Zeros are added to spatial axes only, and the window's own padding is explicit. An average counts what was added: that is
/// `count_include_pad`, which must be set when it pads already. A maximum leaves out what it adds itself: that does as well where negative
/// infinity was added, or zeros to values that are not negative, as behind a rectifier.
package struct FoldPadIntoWindow: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Conv.self, AveragePool.self, MaxPool.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let pad = try root.operand(0).soleProducer(Pad.self)
    let (x, added) = try added(pad)
    if !(root.op is MaxPool) { try require(try value(pad) == 0, "not zeros are added") }
    var operands = root.operands.map { $0?.id }
    operands[0] = x.id
    let op: any Operator
    switch root.op {
    case var conv as Conv:
      conv.pads = try sum(added, conv.pads, conv.autoPad)
      conv.autoPad = .notSet
      op = conv
    case var pool as AveragePool:
      let own = pool.pads?.contains { $0 != 0 } ?? false
      try require(!own || pool.countIncludePad, "the average leaves its own padding out")
      try require(!pool.ceilMode, "the average may reach beyond the padding")
      pool.pads = try sum(added, pool.pads, pool.autoPad)
      (pool.autoPad, pool.countIncludePad) = (.notSet, true)
      try require(fits(pool.kernelShape, pool.pads), "the padding is as large as the window")
      op = pool
    case var pool as MaxPool:
      let number = try value(pad)
      try require(number == -.infinity || number == 0 && isNonNegative(x), "what is added may be the largest")
      try require(root.isUnused(result: 1), "positions are in use")
      try require(!pool.ceilMode && pool.dilations?.allSatisfy { $0 == 1 } ?? true, "a window may lie on padding alone")
      pool.pads = try sum(added, pool.pads, pool.autoPad)
      pool.autoPad = .notSet
      try require(fits(pool.kernelShape, pool.pads), "the padding is as large as the window")
      op = pool
    default: throw NoMatch("another operator")
    }
    try edit.replace(root.result, withSameShape: edit.emit(op, operands: operands)[0])
  }

  /// The number that is added.
  private func value(_ pad: Matched<Pad>) throws(NoMatch) -> Double {
    try require(pad.op.mode == .constant, "not zeros are added")
    return try pad.ifPresent(.value)?.number() ?? 0
  }

  private func isNonNegative(_ x: MatchedValue) -> Bool {
    guard let op = try? x.anyProducer().op else { return false }
    return op is Relu || op is Sigmoid || op is Abs || op is HardSigmoid || op is Softplus
  }

  /// What elements are added to, and how many to each spatial axis: begins, then ends.
  private func added(_ pad: Matched<Pad>) throws(NoMatch) -> (MatchedValue, [Int]) {
    let x = try pad[.data]
    let (rank, amounts) = try (x.rank(), pad[.pads].integers())
    let axes = try pad.ifPresent(.axes)?.integers().map { $0 < 0 ? $0 + rank : $0 } ?? Array(0..<rank)
    try require(amounts.count == 2 * axes.count && rank >= 3 && axes.allSatisfy((0..<rank).contains), "the pads do not fit")
    var all = [Int](repeating: 0, count: 2 * rank)
    for (index, axis) in axes.enumerated() { (all[axis], all[rank + axis]) = (amounts[index], amounts[axes.count + index]) }
    try require(all.allSatisfy { (0...1 << 20).contains($0) }, "elements are cut off")
    try require([0, 1, rank, rank + 1].allSatisfy { all[$0] == 0 }, "images or channels are added")
    return (x, Array(all[2..<rank] + all[(rank + 2)...]))
  }

  private func sum(_ added: [Int], _ pads: [Int]?, _ autoPad: AutoPad) throws(NoMatch) -> [Int] {
    try require(autoPad == .notSet || autoPad == .valid, "the window's padding follows from the size")
    guard autoPad == .notSet, let pads else { return added }
    try require(pads.count == added.count, "the pads do not fit")
    return zip(added, pads).map { $0 &+ $1 }
  }

  /// Runtimes refuse a pool whose padding is not smaller than its window.
  private func fits(_ kernel: [Int]?, _ pads: [Int]?) -> Bool {
    guard let kernel, let pads else { return false }
    return pads.indices.allSatisfy { pads[$0] < kernel[$0 % kernel.count] }
  }
}
