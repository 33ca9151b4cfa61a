import Diagnostics
import GraphIR
import Tensors
import Testing

import Operators

/// Kernels held against another way of computing the same.
@Suite struct FurtherKernelTests {
  private func numbers(_ shape: Shape, _ seed: Int) throws -> Tensor {
    try f32(shape, (0..<shape.reduce(1, *)).map { Float(($0 * 7919 + seed * 104729) % 23) / 8 - 1.4 })
  }

  private func close(_ a: Tensor, _ b: Tensor, _ tolerance: Float = 1e-4) throws -> Bool {
    let (x, y) = (try a.floats(), try b.floats())
    return a.shape == b.shape && zip(x, y).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  private func einsum(_ equation: String, _ operands: Tensor...) throws -> Tensor {
    var op = Einsum()
    op.equation = equation
    return try op.evaluateTensors(operands, resultCount: 1)[0]
  }

  @Test func einsumSaysWhatOtherOperatorsDo() throws {
    let (a, b) = (try numbers([3, 4], 1), try numbers([4, 5], 2))
    #expect(try close(einsum("ij,jk->ik", a, b), MatMul().results(a, b)[0]))
    #expect(try close(einsum("ij->ji", a), Transpose().results(a)[0]))
    #expect(try close(einsum("ij->", a), ReduceSum().results(a)[0].reshaped(to: [])))
    #expect(try close(einsum("ij,jk,kl", a, b, numbers([5, 2], 3)), MatMul().results(MatMul().results(a, b)[0], numbers([5, 2], 3))[0]))
    let (p, q) = (try numbers([2, 1, 3, 4], 4), try numbers([6, 4, 5], 5))
    #expect(try close(einsum("...ij,...jk->...ik", p, q), MatMul().results(p, q)[0]))
    #expect(try close(einsum("bij,bjk->bik", numbers([1, 3, 4], 6), q), MatMul().results(numbers([1, 3, 4], 6), q)[0]))
    let square = try numbers([3, 3], 7)
    let values = try square.floats()
    #expect(try einsum("ii->i", square).floats() == [values[0], values[4], values[8]])
    #expect(try einsum(" i i ", square).shape == [])
    for bad in ["ij->k", "ij,jk", "i", "ij->ii", "i1", "ij->ij->ij", "......"] {
      #expect(throws: ModelError.self, "\(bad)") { try einsum(bad, a) }
    }
  }

  @Test(arguments: [1, 2, 3, 8, 12, 17, 64, 100]) func theFourierTransformAgreesWithItsDefinition(_ length: Int) throws {
    let x = try numbers([2, length, 2], length)
    let y = try DFT().results(x)[0]
    let (source, result) = (try x.doubles(), try y.doubles())
    let unit = Fourier(length: length)
    for row in 0..<2 {
      for k in 0..<length {
        let (real, imaginary) = unit.coefficient(k) { n in (source[(row * length + n) * 2], source[(row * length + n) * 2 + 1]) }
        #expect(abs(real - result[(row * length + k) * 2]) < 1e-3)
        #expect(abs(imaginary - result[(row * length + k) * 2 + 1]) < 1e-3)
      }
    }
    var inverse = DFT()
    inverse.inverse = true
    #expect(try close(inverse.results(y)[0], x))
  }

  @Test func wideAndManyAxedConvolutionsAgreeWithTheUsualOnes() throws {
    let (x, w, b) = (try numbers([2, 4, 9, 7], 1), try numbers([6, 2, 3, 2], 2), try numbers([6], 3))
    var conv = Conv()
    (conv.group, conv.strides, conv.pads, conv.dilations) = (2, [2, 1], [1, 0, 2, 1], [2, 1])
    let narrow = try conv.results(x, w, b)[0]
    let wide = try conv.results(x.converted(to: .float64), w.converted(to: .float64), b.converted(to: .float64))[0]
    #expect(try close(wide, narrow))
    var deep = conv
    (deep.strides, deep.pads, deep.dilations) = ([1, 1, 2, 1], [0, 0, 1, 0, 0, 0, 2, 1], [1, 1, 2, 1])
    let four = try deep.results(x.reshaped(to: [2, 4, 1, 1, 9, 7]), w.reshaped(to: [6, 2, 1, 1, 3, 2]), b)[0]
    #expect(try close(four.reshaped(to: narrow.shape), narrow))
    var back = ConvTranspose()
    (back.group, back.strides, back.pads) = (2, [2, 1], [1, 0, 0, 1])
    let kernel = try numbers([4, 3, 3, 2], 4)
    let wideBack = try back.results(x.converted(to: .float64), kernel.converted(to: .float64), b.converted(to: .float64))[0]
    #expect(try close(wideBack, back.results(x, kernel, b)[0]))
  }

  @Test func widePoolsAgreeWithTheUsualOnes() throws {
    let x = try numbers([2, 3, 9, 8], 5)
    var average = AveragePool()
    (average.kernelShape, average.strides, average.pads, average.ceilMode) = ([3, 2], [2, 2], [1, 0, 1, 1], true)
    for counts in [false, true] {
      average.countIncludePad = counts
      #expect(try close(average.results(x.converted(to: .float64))[0], average.results(x)[0]))
    }
    var largest = MaxPool()
    (largest.kernelShape, largest.strides, largest.pads) = ([3, 2], [2, 1], [1, 0, 1, 1])
    for order in [false, true] {
      largest.storageOrder = order
      let (wide, narrow) = (try largest.results(x.converted(to: .float64), count: 2), try largest.results(x, count: 2))
      #expect(try close(wide[0], narrow[0]))
      #expect(try wide[1].isIdentical(to: narrow[1]))
    }
  }

  @Test func deformingByNothingIsAConvolution() throws {
    let (x, w) = (try numbers([1, 4, 6, 5], 1), try numbers([2, 2, 3, 3], 2))
    var deformed = DeformConv()
    (deformed.convolution.group, deformed.offsetGroup, deformed.convolution.pads) = (2, 2, [1, 1, 1, 1])
    let offsets = try f32([1, 36, 6, 5], [Float](repeating: 0, count: 36 * 30))
    #expect(try close(deformed.results(x, w, offsets)[0], deformed.convolution.results(x, w)[0]))
  }

  @Test func integerProductsAreExact() throws {
    let x = try Tensor(.uint8, [2, 70_000], elements: [UInt8](repeating: 255, count: 140_000))
    let w = try Tensor(.int8, [70_000, 1], elements: [Int8](repeating: -128, count: 70_000))
    #expect(try MatMulInteger().results(x, w)[0].integers() == [-2_284_800_000, -2_284_800_000].map { Int(Int32(truncatingIfNeeded: $0)) })
    let small = try Tensor(.uint8, [2, 2], elements: [UInt8(3), 1, 200, 0])
    let zero = try Tensor(.uint8, [2], elements: [UInt8(1), 100])
    #expect(try MatMulInteger().results(small, small, zero, nil)[0].integers() == [6, 2, -19_700, 100])
  }
}

/// The transform by its definition.
private struct Fourier {
  let length: Int

  func coefficient(_ k: Int, _ x: (Int) -> (Double, Double)) -> (Double, Double) {
    var sum = (0.0, 0.0)
    for n in 0..<length {
      let angle = -2 * Double.pi * Double(k * n % length) / Double(length)
      let (c, s) = (cosine(angle), cosine(angle - .pi / 2))
      let (a, b) = x(n)
      sum = (sum.0 + a * c - b * s, sum.1 + a * s + b * c)
    }
    return sum
  }

  private func cosine(_ angle: Double) -> Double { Cos().apply(angle) }
}
