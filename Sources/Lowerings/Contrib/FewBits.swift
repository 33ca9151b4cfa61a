import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Integers of few bits that a file keeps in bytes, as tensors of their own element type.
enum FewBits {
  /// The element type of so many unsigned bits.
  static func element(bits: Int) throws(NoMatch) -> ElementType {
    switch bits {
    case 2: return .uint2
    case 4: return .uint4
    case 8: return .uint8
    default: throw NoMatch("no element type has so many bits")
    }
  }

  /// The first `columns` of each of `rows` runs of integers, which begin at whole bytes. Computed when it is read.
  static func tensor(_ bytes: Tensor, rows: Int, columns: Int, bits: Int) throws(ModelError) -> Tensor {
    let element: ElementType = bits == 2 ? .uint2 : bits == 4 ? .uint4 : .uint8
    guard rows > 0, bytes.count % rows == 0, bytes.count / rows * 8 / bits >= columns else {
      throw ModelError(.notExpressible, "\(bytes.shape) for \(rows) rows of \(columns) integers")
    }
    let run = bytes.count / rows
    return try Tensor(deferring: element, [rows, columns]) { () throws(ModelError) in
      let source = try bytes.elements(as: UInt8.self)
      let (perByte, mask) = (8 / bits, UInt8(truncatingIfNeeded: (1 << bits) - 1))
      var values: [UInt8] = []
      values.reserveCapacity(rows * columns)
      for row in 0..<rows {
        for column in 0..<columns { values.append(source[row * run + column / perByte] >> UInt8(column % perByte * bits) & mask) }
      }
      return bits == 8 ? try Tensor(.uint8, [rows, columns], elements: values) : try Tensor(element, [rows, columns], packing: values)
    }
  }

  /// Half the range everywhere: the zero point where none is given.
  static func middle(rows: Int, columns: Int, bits: Int) throws(ModelError) -> Tensor {
    let values = [UInt8](repeating: UInt8(1 << (bits - 1)), count: rows * columns)
    if bits == 8 { return try Tensor(.uint8, [rows, columns], elements: values) }
    return try Tensor(bits == 2 ? .uint2 : .uint4, [rows, columns], packing: values)
  }
}
