import Diagnostics
import GraphIR
import Tensors
import Testing

import Operators

@Suite struct KernelTests {
  @Test func broadcastingAddsAlongAxesOfSizeOne() throws {
    let y = try Add().results(f32([2, 1], [1, 2]), f32([3], [10, 20, 30]))[0]
    #expect(y.shape == [2, 3])
    #expect(try y.floats() == [11, 21, 31, 12, 22, 32])
  }

  @Test func integersWrapAndRefuseDivisionByZero() throws {
    let least = try Tensor(.int8, [1], elements: [Int8.min])
    let minusOne = try Tensor(.int8, [1], elements: [Int8(-1)])
    #expect(try Div().results(least, minusOne)[0].elements(as: Int8.self) == [Int8.min])
    #expect(throws: ModelError.self) { try Div().results(least, Tensor(.int8, [1], elements: [Int8(0)])) }
    #expect(throws: ModelError.self) { try Mod().results(least, Tensor(.int8, [1], elements: [Int8(0)])) }
  }

  @Test func emptyTensorsAndScalarsAreOrdinary() throws {
    #expect(try Relu().results(f32([0, 3], []))[0].shape == [0, 3])
    #expect(try Exp().results(f32([], [0]))[0].floats() == [1])
    #expect(try ReduceSum().results(f32([2, 0], []), i64(1))[0].floats() == [0, 0])
    #expect(try MatMul().results(f32([2, 0], []), f32([0, 2], []))[0].floats() == [0, 0, 0, 0])
    #expect(try Concat().results(f32([0], []), f32([2], [1, 2]))[0].floats() == [1, 2])
  }

  @Test func convolutionAgreesWithItsDefinition() throws {
    for (groups, stride, dilation, kernel) in [(1, 1, 1, 3), (1, 2, 1, 3), (2, 1, 2, 3), (4, 1, 1, 3), (4, 2, 1, 5), (1, 1, 1, 1)] {
      var conv = Conv()
      conv.group = groups
      conv.strides = [stride, stride]
      conv.dilations = [dilation, dilation]
      conv.pads = [1, 0, 2, 1]
      let x = try f32([2, 4, 19, 23], (0..<2 * 4 * 19 * 23).map { Float($0 * 7919 % 13) - 6 })
      let w = try f32([8, 4 / groups, kernel, kernel], (0..<8 * (4 / groups) * kernel * kernel).map { Float($0 * 104729 % 7) - 3 })
      let b = try f32([8], (0..<8).map { Float($0) })
      let y = try conv.results(x, w, b)[0]
      #expect(try y.floats() == direct(x, w, b, y.shape, groups, stride, dilation, kernel), "\(groups) \(stride) \(dilation) \(kernel)")
    }
  }

  private func direct(
    _ x: Tensor, _ w: Tensor, _ b: Tensor, _ shape: Shape, _ groups: Int, _ stride: Int, _ dilation: Int, _ kernel: Int
  ) throws -> [Float] {
    let (source, weights, bias) = (try x.floats(), try w.floats(), try b.floats())
    let (perGroup, outputs) = (x.shape[1] / groups, shape[1] / groups)
    var result: [Float] = []
    for n in 0..<shape[0] { for m in 0..<shape[1] { for i in 0..<shape[2] { for j in 0..<shape[3] {
      var sum = bias[m]
      for c in 0..<perGroup { for p in 0..<kernel { for q in 0..<kernel {
        let (row, column) = (i * stride - 1 + p * dilation, j * stride + q * dilation)
        guard row >= 0, row < x.shape[2], column >= 0, column < x.shape[3] else { continue }
        let channel = m / outputs * perGroup + c
        sum += source[((n * x.shape[1] + channel) * x.shape[2] + row) * x.shape[3] + column] * weights[((m * perGroup + c) * kernel + p) * kernel + q]
      } } }
      result.append(sum)
    } } } }
    return result
  }

  @Test func indicesOutOfRangeAreErrors() throws {
    #expect(throws: ModelError.self) { try Gather().results(f32([2], [1, 2]), i64(2)) }
    #expect(throws: ModelError.self) { try Gather().results(f32([2], [1, 2]), i64(.min)) }
    #expect(throws: ModelError.self) { try ScatterND().results(f32([2], [1, 2]), Tensor(.int64, [1, 1], elements: [Int64(5)]), f32([1], [0])) }
  }

  @Test func slicesClampTheirBounds() throws {
    let x = try f32([5], [0, 1, 2, 3, 4])
    #expect(try Slice().results(x, i64(-1), i64(.min), i64(0), i64(-2))[0].floats() == [4, 2, 0])
    #expect(try Slice().results(x, i64(1), i64(.max), i64(0), i64(3))[0].floats() == [1, 4])
    #expect(try Slice().results(x, i64(4), i64(2), i64(0), nil)[0].count == 0)
    #expect(try Slice().results(x, i64(0), i64(5), i64(0), i64(.max))[0].floats() == [0])
  }

  @Test func whatNoMachineCanHoldIsRefused() throws {
    #expect(throws: ModelError.self) { try Expand().evaluateTensors([f32([1], [1]), i64(1 << 40, 1 << 10)], resultCount: 1) }
    #expect(throws: ModelError.self) { try ConstantOfShape().evaluateTensors([i64(1 << 36)], resultCount: 1) }
    #expect(throws: ModelError.self) { try Tile().evaluateTensors([f32([2], [1, 2]), i64(.max)], resultCount: 1) }
    #expect(throws: ModelError.self) { try Pad().evaluateTensors([f32([2], [1, 2]), i64(.max, .max)], resultCount: 1) }
  }

  @Test func coercedSoftmaxNormalisesAllAxesBehind() throws {
    var softmax = Softmax()
    softmax.axis = 1
    softmax.coerced = true
    let y = try softmax.results(f32([1, 2, 2], [0, 0, 0, 0]))[0]
    #expect(try y.floats() == [0.25, 0.25, 0.25, 0.25])
  }

  @Test func movementServesEveryElementType() throws {
    let packed = try Tensor(.int4, [2, 3], packing: [1, 2, 3, 4, 5, 6])
    #expect(try Transpose().results(packed)[0].unpacked() == [1, 4, 2, 5, 3, 6])
    let strings = try Tensor(strings: ["a", "b", "c", "d"].map { Array($0.utf8) }, shape: [2, 2])
    let moved = try Transpose().results(strings)[0]
    #expect(moved.strings?.map { String(decoding: $0, as: UTF8.self) } == ["a", "c", "b", "d"])
  }
}
