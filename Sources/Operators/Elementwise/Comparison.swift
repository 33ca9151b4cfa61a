import Diagnostics
import GraphIR
import Tensors

/// A relation between two elements; the result is boolean.
protocol ComparisonBinary: ElementwiseBinary {
  var relation: Relation { get }
}

extension ComparisonBinary {
  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    [try inferBroadcast([operands.one(.a), operands.one(.b)], element: .bool)]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try compare(relation, operands.one(.a), operands.one(.b))]
  }
}

/// `a == b`, of numbers, booleans or strings.
public struct Equal: ComparisonBinary {
  public static let name = "Equal"
  public static let since = 19
  public static let isCommutative = true
  public init() {}
  var relation: Relation { .equal }
}

/// `a > b`.
public struct Greater: ComparisonBinary {
  public static let name = "Greater"
  public static let since = 13
  public init() {}
  var relation: Relation { .greater }
}

/// `a ≥ b`.
public struct GreaterOrEqual: ComparisonBinary {
  public static let name = "GreaterOrEqual"
  public static let since = 16
  public init() {}
  var relation: Relation { .greaterOrEqual }
}

/// `a < b`.
public struct Less: ComparisonBinary {
  public static let name = "Less"
  public static let since = 13
  public init() {}
  var relation: Relation { .less }
}

/// `a ≤ b`.
public struct LessOrEqual: ComparisonBinary {
  public static let name = "LessOrEqual"
  public static let since = 16
  public init() {}
  var relation: Relation { .lessOrEqual }
}
