import GraphIR

/// Every operator, in alphabetical order. A test names whoever is missing.
let registeredOperators: [any Operator.Type] = [
  Constant.self,
  Conv.self,
  Identity.self,
  Relu.self,
]
