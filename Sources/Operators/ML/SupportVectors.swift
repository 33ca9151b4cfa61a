import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a support vector machine compares a sample with a support vector.
public enum SupportVectorKernel: String, CaseIterable, Sendable {
  case linear = "LINEAR"
  /// `(gamma · a·b + coef0)^degree`
  case polynomial = "POLY"
  /// `exp(-gamma · |a - b|²)`
  case radial = "RBF"
  /// `tanh(gamma · a·b + coef0)`
  case sigmoid = "SIGMOID"
}

/// Support vectors, row by row, with their kernel.
struct SupportVectors {
  let kernel: SupportVectorKernel
  let gamma: Double
  let offset: Double
  let degree: Double
  let vectors: [Float]
  let count: Int

  /// `parameters` are gamma, coef0 and degree, or nothing. Throws `invalidGraph`.
  init(_ kernel: SupportVectorKernel, parameters: [Float]?, vectors: [Float], count: Int) throws(ModelError) {
    let parameters = parameters ?? []
    guard parameters.isEmpty || parameters.count == 3 else {
      throw ModelError(.invalidGraph, "\(parameters.count) numbers where 3 are expected", at: Place(attribute: "kernel_params"))
    }
    self.kernel = kernel
    (gamma, offset, degree) = parameters.isEmpty ? (0, 0, 0) : (Double(parameters[0]), Double(parameters[1]), Double(parameters[2]))
    self.vectors = vectors
    self.count = count
  }

  /// The kernel of each row of `x` with each support vector, row by row. Throws `typeMismatch`.
  func compared(with x: FeatureRows) throws(ModelError) -> [Float] {
    guard kernel == .radial else {
      return try x.products(with: vectors, count: count).map { Float(value(ofProduct: Double($0))) }
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: x.columns)
    guard !overflow, vectors.count == size else {
      throw ModelError(.typeMismatch, "\(vectors.count) numbers in \(count) support vectors for \(x.columns) features")
    }
    var result: [Float] = []
    for row in 0..<x.rows {
      for vector in 0..<count {
        var distance = 0.0
        for column in 0..<x.columns {
          let difference = Double(x.values[row * x.columns + column]) - Double(vectors[vector * x.columns + column])
          distance += difference * difference
        }
        result.append(Float(exp(-gamma * distance)))
      }
    }
    return result
  }

  private func value(ofProduct product: Double) -> Double {
    switch kernel {
    case .linear, .radial: product
    case .polynomial: pow(gamma * product + offset, degree)
    case .sigmoid: tanh(gamma * product + offset)
    }
  }
}
