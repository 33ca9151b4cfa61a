import Diagnostics
import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The functions that recurrent layers apply to their gates, by their names in ONNX (which count regardless of case).
package struct GateFunction: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case relu, tanh, sigmoid, affine, leakyrelu, thresholdedrelu, scaledtanh, hardsigmoid, elu, softsign, softplus
  }
  package var kind: Kind
  package var alpha: Double
  package var beta: Double

  func callAsFunction(_ x: Double) -> Double {
    switch kind {
    case .relu: max(x, 0)
    case .tanh: tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .affine: alpha * x + beta
    case .leakyrelu: x >= 0 ? x : alpha * x
    case .thresholdedrelu: x >= alpha ? x : 0
    case .scaledtanh: alpha * tanh(beta * x)
    case .hardsigmoid: min(max(alpha * x + beta, 0), 1)
    case .elu: x >= 0 ? x : alpha * expm1(x)
    case .softsign: x / (1 + abs(x))
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    }
  }

  /// The functions of that name, with parameters taken from the front of the lists by those that have some, else at the
  /// defaults of the operators of the same name. Throws `invalidGraph` for a name that is not known.
  static func list(_ names: [[UInt8]], _ alphas: [Float], _ betas: [Float]) throws(ModelError) -> [GateFunction] {
    var (alphas, betas) = (alphas[...], betas[...])
    var functions: [GateFunction] = []
    for name in names {
      let text = String(decoding: name, as: UTF8.self)
      guard let kind = Kind(rawValue: text.lowercased()) else {
        throw ModelError(
          .invalidGraph, "the function \"\(text)\" is not known", at: Place(attribute: "activations"),
          notes: ["expected, whatever the case, " + Kind.allCases.map(\.rawValue).joined(separator: ", ")])
      }
      let (alpha, beta) = kind.defaults
      let takenAlpha = alpha == nil ? nil : alphas.popFirst().map(Double.init)
      let takenBeta = beta == nil ? nil : betas.popFirst().map(Double.init)
      functions.append(GateFunction(kind: kind, alpha: takenAlpha ?? alpha ?? 0, beta: takenBeta ?? beta ?? 0))
    }
    return functions
  }
}

extension LSTM {
  /// The functions of each direction. Throws `invalidGraph` for names that are not known, or too few.
  package func gateFunctions() throws(ModelError) -> [[GateFunction]] { try functions() }
}
extension GRU {
  package func gateFunctions() throws(ModelError) -> [[GateFunction]] { try functions() }
}
extension RNN {
  package func gateFunctions() throws(ModelError) -> [[GateFunction]] { try functions() }
}

extension GateFunction.Kind {
  /// `nil` for a parameter that the function does not have.
  fileprivate var defaults: (alpha: Double?, beta: Double?) {
    switch self {
    case .relu, .tanh, .sigmoid, .softsign, .softplus: (nil, nil)
    case .affine, .scaledtanh: (1, self == .affine ? 0 : 1)
    case .leakyrelu: (0.01, nil)
    case .thresholdedrelu, .elu: (1, nil)
    case .hardsigmoid: (0.2, 0.5)
    }
  }
}
