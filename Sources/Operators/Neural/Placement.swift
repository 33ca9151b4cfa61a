import Diagnostics
import GraphIR
import Tensors

/// A sliding window on concrete spatial sizes.
package struct Placement: Sendable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  /// Padding before and after each axis; what is negative is cut off.
  package var before: [Int]
  package var after: [Int]
  /// Sizes of the result.
  package var output: Shape
}

/// An operator that slides a window over spatial axes.
package protocol Sliding: Operator {
  /// `weight` is the weights' shape, of an operator that has weights. Throws as `infer` does.
  func placement(on input: Shape, weight: Shape?) throws(ModelError) -> Placement
}

extension Window {
  /// The placement of a window whose results are each of one window of the input.
  func placement(on input: Shape) throws(ModelError) -> Placement {
    let (output, before) = try placed(on: input)
    let after = input.indices.map { axis -> Int in
      let exact = (output[axis] - 1) * strides[axis] + extent(axis) - input[axis] - before[axis]
      // Input that no window reaches counts as inside.
      return min(max(exact, 0), exact + strides[axis] - 1)
    }
    return Placement(kernel: kernel, strides: strides, dilations: dilations, before: before, after: after, output: output)
  }
}

extension Conv: Sliding {
  package func placement(on input: Shape, weight: Shape?) throws(ModelError) -> Placement {
    try window(weight: weight ?? []).placement(on: input)
  }
}

extension ConvTranspose: Sliding {
  package func placement(on input: Shape, weight: Shape?) throws(ModelError) -> Placement {
    let (window, output) = try placed(on: input, kernel: Array((weight ?? []).dropFirst(2)))
    let after = input.indices.map { axis in
      (input[axis] - 1) * window.strides[axis] + window.extent(axis) - window.pads[axis] - output[axis]
    }
    return Placement(
      kernel: window.kernel, strides: window.strides, dilations: window.dilations, before: Array(window.pads.prefix(input.count)),
      after: after, output: output)
  }
}

extension AveragePool: Sliding {
  package func placement(on input: Shape, weight: Shape?) throws(ModelError) -> Placement { try window().placement(on: input) }
}

extension MaxPool: Sliding {
  package func placement(on input: Shape, weight: Shape?) throws(ModelError) -> Placement { try window().placement(on: input) }
}
