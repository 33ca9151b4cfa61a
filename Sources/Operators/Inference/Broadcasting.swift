import Diagnostics
import GraphIR
import Tensors

/// The size that two sizes broadcast to. Throws `typeMismatch` when they are numbers that do not fit.
func broadcast(_ a: Dim, _ b: Dim) throws(ModelError) -> Dim {
  if a == b || b == 1 { return a }
  if a == 1 { return b }
  switch (a.number, b.number) {
  case (let x?, let y?): throw ModelError(.typeMismatch, "sizes \(x) and \(y) do not broadcast")
  case (_?, nil): return a
  case (nil, _?): return b
  case (nil, nil):
    // A size that cannot be 1 is the result, whatever the other is.
    if a.isNeverOne { return a }
    if b.isNeverOne { return b }
    if a.isAnonymous || b.isAnonymous { return .unknown }
    // Equal to the larger, except that 0 against 1 gives 0.
    let (low, high) = a.description < b.description ? (a, b) : (b, a)
    return .minimum(low * high, .maximum(low, high))
  }
}

/// The shape that shapes broadcast to, aligned at their last axes; `nil` when one is unknown.
func broadcast(_ shapes: [[Dim]?]) throws(ModelError) -> [Dim]? {
  var result: [Dim] = []
  for shape in shapes {
    guard let shape else { return nil }
    let (long, short) = shape.count > result.count ? (shape, result) : (result, shape)
    var merged = long
    let shift = long.count - short.count
    for (index, dim) in short.enumerated() { merged[shift + index] = try broadcast(long[shift + index], dim) }
    result = merged
  }
  return result
}

/// The shape that concrete shapes broadcast to.
func broadcast(_ shapes: [Shape]) throws(ModelError) -> Shape {
  var result: Shape = []
  for shape in shapes {
    let (long, short) = shape.count > result.count ? (shape, result) : (result, shape)
    var merged = long
    let shift = long.count - short.count
    for (index, size) in short.enumerated() where size != long[shift + index] {
      guard size == 1 || long[shift + index] == 1 else {
        throw ModelError(.typeMismatch, "shapes \(shape) and \(result) do not broadcast")
      }
      merged[shift + index] = size == 1 ? long[shift + index] : size
    }
    result = merged
  }
  return result
}

/// Shape, element type and elements of an element-wise operator with broadcasting.
///
/// `element` overrides the element type of the result; `combine` gives an element of the result, when it can be known.
func inferBroadcast(
  _ facts: [Fact?], element: ElementType? = nil, combine: (([Dim]) -> Dim?)? = nil
) throws(ModelError) -> Fact {
  let common = try commonElement(facts)
  guard let element = element ?? common else { return .unknown }
  let shape = try broadcast(facts.map { $0?.shape })
  let fact = Fact.tensor(element, shape)
  guard let combine, element.isInteger, let shape, shape.count <= 1 else { return fact }
  var vectors: [[Dim]] = []
  for operand in facts {
    guard let elements = operand?.expressions else { return fact }
    vectors.append(elements)
  }
  let count = shape.first?.number ?? 1
  guard shape.allSatisfy({ $0.number != nil }), count >= 0, count <= Fact.elementLimit else { return fact }
  guard vectors.allSatisfy({ $0.count == count || $0.count == 1 }) else { return fact }
  let combined = (0..<count).compactMap { index in combine(vectors.map { $0.count == 1 ? $0[0] : $0[index] }) }
  return combined.count == count ? fact.with(elements: combined) : fact
}
