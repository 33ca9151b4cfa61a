#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What `ai.onnx.ml` models do with the scores of one row at the end.
public enum PostTransform: String, CaseIterable, Sendable {
  case none = "NONE"
  case softmax = "SOFTMAX"
  case logistic = "LOGISTIC"
  /// Softmax that keeps zeros.
  case softmaxZero = "SOFTMAX_ZERO"
  case probit = "PROBIT"

  /// The transform by the number that `TreeEnsemble` gives it.
  init?(code: Int) {
    let codes: [PostTransform] = [.none, .softmax, .logistic, .softmaxZero, .probit]
    guard codes.indices.contains(code) else { return nil }
    self = codes[code]
  }

  /// The transformed scores of two classes or more.
  func callAsFunction(_ scores: [Double]) -> [Double] {
    switch self {
    case .none: return scores
    case .logistic: return scores.map(Self.logistic)
    case .probit: return scores.map(Self.probit)
    case .softmax:
      let largest = scores.max() ?? 0
      let powers = scores.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    case .softmaxZero:
      let largest = scores.max() ?? 0
      let powers = scores.map { abs($0) > 1e-7 ? exp($0 - largest) : $0 * exp(-largest) }
      let sum = scores.indices.reduce(0.0) { abs(scores[$1]) > 1e-7 ? $0 + powers[$1] : $0 }
      return powers.map { $0 / sum }
    }
  }

  static func logistic(_ x: Double) -> Double {
    let y = 1 / (1 + exp(-abs(x)))
    return x < 0 ? 1 - y : y
  }

  /// The quantile of the normal distribution, by Winitzki's approximation of the inverse error function (2008) with a = 0.147,
  /// which is what runtimes compute.
  static func probit(_ x: Double) -> Double {
    let z = 2 * x - 1
    let logarithm = log((1 - z) * (1 + z))
    let half = 2 / (3.14159 * 0.147) + 0.5 * logarithm
    let inverse = (-half + (half * half - logarithm / 0.147).squareRoot()).squareRoot()
    return 2.0.squareRoot() * (z < 0 ? -inverse : inverse)
  }
}

/// How the only score of a model for two classes becomes two.
enum SecondScore {
  /// It stays alone.
  case absent
  /// `1 - s`, `s`.
  case complement
  /// The same, of s through the logistic function when that is the transform.
  case probability
  /// `-s`, `s`, each through the logistic function when that is the transform.
  case negative
}

extension PostTransform {
  /// The transformed scores of a row. One score alone is transformed by `probit` only, or becomes two.
  func callAsFunction(_ scores: [Double], second: SecondScore) -> [Double] {
    guard scores.count == 1 else { return self(scores) }
    if self == .probit { return self(scores) }
    switch second {
    case .absent: return scores
    case .complement: return [1 - scores[0], scores[0]]
    case .probability:
      let score = self == .logistic ? Self.logistic(scores[0]) : scores[0]
      return [1 - score, score]
    case .negative: return self == .logistic ? [Self.logistic(-scores[0]), Self.logistic(scores[0])] : [-scores[0], scores[0]]
    }
  }
}
