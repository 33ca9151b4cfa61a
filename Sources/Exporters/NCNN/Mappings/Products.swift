import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

extension Tensor {
  /// A matrix with rows and columns exchanged.
  func exchanged() throws(ModelError) -> Tensor { try deferredResults(Transpose(perm: [1, 0]), [self], resultCount: 1)[0] }

  fileprivate func scaled(by factor: Float) throws(ModelError) -> Tensor {
    if factor == 1 { return self }
    let number = try Tensor.scalar(factor).converted(to: element)
    return try deferredResults(Mul(), [self, number], resultCount: 1)[0]
  }
}

extension LayerWriter {
  /// `x` `[K]` or `[M, K]` times the rows of a constant `[N, K]`, plus `bias` `[N]`: `[N]` or `[M, N]`.
  func product(_ x: Blob, withRowsOf weight: Tensor, bias: Tensor? = nil) -> Blob {
    let (count, inner) = (weight.shape[0], weight.shape[1])
    if x.sizes.count == 1 {
      let parameters: [(key: Int, value: Parameter)] = [(0, .int(count)), (1, .int(bias == nil ? 0 : 1)), (2, .int(weight.count))]
      return layer("InnerProduct", [x], parameters, weights: [.tagged(weight)] + (bias.map { [.plain($0)] } ?? []), sizes: [.number(count)])
    }
    var parameters: [(key: Int, value: Parameter)] = [(3, .int(1)), (5, .int(1)), (6, .int(1)), (8, .int(count)), (9, .int(inner))]
    parameters.append((10, .int(bias == nil ? -1 : 4)))
    return layer(
      "Gemm", [x], parameters, weights: [.tagged(weight)] + (bias.map { [.tagged($0)] } ?? []), sizes: [x.sizes[0], .number(count)])
  }
}

extension LayerWriter {
  /// `x` `[K]` or `[M, K]` times the rows of 8-bit integers.
  fileprivate func product(_ x: Blob, withRowsOf form: IntegerForm, bias: Tensor? = nil) throws(ModelError) -> Blob {
    let count = form.weight.shape[0]
    let parameters: [(key: Int, value: Parameter)] = [(0, .int(count)), (1, .int(bias == nil ? 0 : 1)), (2, .int(form.weight.count)), (8, .int(1))]
    let addend: [Weight] = bias.map { [.plain($0)] } ?? []
    let weights = [Weight.bytes(form.weight)] + addend + (try form.scaleWeights())
    return layer("InnerProduct", [x], parameters, weights: weights, sizes: x.sizes.dropLast() + [.number(count)])
  }
}

extension MatMul: NCNNWritable {
  /// Sizes of both operands and of the result as Mats: the axes that are not 1 on both sides, rows, columns.
  private struct Stacks {
    var a: [Dim] = []
    var b: [Dim] = []
    var result: [Dim] = []

    init(_ a: [Dim], _ b: [Dim]) {
      let (outerA, outerB) = (Array(a.dropLast(2)), Array(b.dropLast(2)))
      let count = max(outerA.count, outerB.count)
      let axes = Array(0..<count)
      for (x, y) in zip(outerA.aligned(to: axes, ofRank: count), outerB.aligned(to: axes, ofRank: count)) where count > 0 && !(x == 1 && y == 1) {
        self.a.append(x)
        self.b.append(y)
        result.append(x == 1 ? y : x)
      }
      let (rows, columns) = (a.count > 1 ? a[a.count - 2] : 1, b.count > 1 ? b[b.count - 1] : 1)
      self.a += [rows, a.last ?? 1]
      self.b += [b.count > 1 ? b[b.count - 2] : b.last ?? 1, columns]
      result += [rows, columns]
    }
  }

  private func shapes(_ node: SubjectNode) -> ([Dim], [Dim])? {
    guard let a = node.operand(0)?.shape, let b = node.operand(1)?.shape, !a.isEmpty, !b.isEmpty else { return nil }
    return (a, b)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let (a, b) = shapes(node) else { return Rejection(.dynamicShape, "a product of unknown rank") }
    let stacks = Stacks(a, b)
    guard stacks.result.count <= 4 else { return Rejection(.rank, "products stacked along \(stacks.result.count - 2) axes; ncnn has two") }
    guard let from = node.layout(ofOperand: 0)?.sizes, let other = node.layout(ofOperand: 1)?.sizes, let to = node.layout(ofResult: 0)?.sizes else { return nil }
    return node.reshapeLimits(from, stacks.a) ?? node.reshapeLimits(other, stacks.b) ?? node.reshapeLimits(stacks.result, to)
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (a, b) = shapes(node) else { throw ModelError(.notExpressible, "no shapes") }
    let goal = try out.sizes(of: node.result(0))
    if let tensor = node.tensor(1), tensor.rank == 2, node.operand(0)?.constant == nil {
      let x = try out.operand(0)
      let rows = x.sizes.dropLast().reduce(Dim.number(1), *)
      let columns = Dim.number(tensor.shape[1])
      if x.sizes.count <= 2, x.sizes.last == a.last, let form = IntegerForm(node, outputsAreColumns: true) {
        return [try out.reshape(out.product(try out.value(form.source), withRowsOf: form), to: goal)]
      }
      if x.sizes.count <= 2, x.sizes.last == a.last { return [try out.reshape(out.product(x, withRowsOf: tensor.exchanged()), to: goal)] }
      if x.sizes.last == a.last, case .sizes? = ReshapePlan(from: [rows, columns], to: goal) {
        let flat = try out.reshape(x, to: [rows, .number(tensor.shape[0])])
        return [try out.reshape(out.product(flat, withRowsOf: tensor.exchanged()), to: goal)]
      }
    }
    let stacks = Stacks(a, b)
    let product = out.layer("MatMul", [try out.operand(0, as: stacks.a), try out.operand(1, as: stacks.b)], sizes: stacks.result)
    return [try out.reshape(product, to: goal)]
  }
}

extension Gemm: NCNNWritable {
  /// A constant addend with one number for each column.
  private func columnBias(_ node: SubjectNode, _ count: Int) throws(ModelError) -> Tensor? {
    guard let tensor = node.tensor(2), tensor.count == 1 || tensor.shape.last == count && tensor.count == count else { return nil }
    let scaled = try tensor.scaled(by: beta)
    return tensor.count == count ? try scaled.reshaped(to: [count]) : try Tensor(.float32, [count], elements: [Float](repeating: scaled.floats()[0], count: count))
  }

  /// A product of 8-bit integers, and what is added to it.
  private func integerProduct(_ node: SubjectNode, _ form: IntegerForm, _ out: LayerWriter) throws(ModelError) -> Blob {
    let bias = try columnBias(node, form.weight.shape[0])
    let product = try out.product(try out.value(form.source), withRowsOf: form, bias: bias)
    guard bias == nil, let addend = node.operand(2)?.shape, let layout = node.layout(ofResult: 0) else { return product }
    let other = try out.operand(2, as: addend.aligned(to: layout.axes, ofRank: 2))
    return out.binary(.add, product, beta == 1 ? other : out.binary(.mul, other, beta))
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let a = node.operand(0)?.shape, let b = node.operand(1)?.shape, let result = node.result(0).shape, a.count == 2, b.count == 2 else {
      throw ModelError(.notExpressible, "no matrices")
    }
    let goal = try out.sizes(of: node.result(0))
    var product: Blob
    var isBiased = false
    if !transA, alpha == 1, let form = IntegerForm(node, outputsAreColumns: !transB) {
      return [try integerProduct(node, form, out)]
    }
    if let tensor = node.tensor(1), !transA {
      let rows = try (transB ? tensor : tensor.exchanged()).scaled(by: alpha)
      let bias = try columnBias(node, rows.shape[0])
      product = out.product(try out.operand(0), withRowsOf: rows, bias: bias)
      isBiased = bias != nil
    } else {
      let codes: [(key: Int, value: Parameter)] = [
        (0, .float(alpha)), (2, .int(transA ? 1 : 0)), (3, .int(transB ? 1 : 0)), (6, .int(1)), (10, .int(-1)),
      ]
      product = out.layer("Gemm", [try out.operand(0, as: a), try out.operand(1, as: b)], codes, sizes: result)
    }
    product = try out.reshape(product, to: goal)
    guard !isBiased, let addend = node.operand(2)?.shape, let layout = node.layout(ofResult: 0) else { return [product] }
    var other = try out.operand(2, as: addend.aligned(to: layout.axes, ofRank: 2))
    if beta != 1 { other = out.binary(.mul, other, beta) }
    return [out.binary(.add, product, other)]
  }
}
