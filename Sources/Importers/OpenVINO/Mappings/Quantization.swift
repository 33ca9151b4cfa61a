import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  /// `FakeQuantize`, written out: onto `levels` steps of the input range, then into the output range.
  func readQuantization() throws(ModelError) -> [ValueID]? {
    guard type == "FakeQuantize" else { return nil }
    let steps = try integer("levels", 256) - 1
    guard steps >= 1 else { throw layer.fault("\(steps + 1) levels") }
    let (low, high, first, last) = (try input(1), try input(2), try input(3), try input(4))
    let count = try scalar(Double(steps), like: 0)
    let clipped = network.one(Min(), [network.one(Max(), [try input(0), low]), high])
    let share = network.one(Div(), [network.one(Sub(), [clipped, low]), network.one(Sub(), [high, low])])
    let step = network.one(Round(), [network.one(Mul(), [share, count])])
    let scaled = network.one(Mul(), [network.one(Div(), [step, count]), network.one(Sub(), [last, first])])
    return try make(Add(), [scaled, first])
  }
}
