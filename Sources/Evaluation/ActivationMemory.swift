import Diagnostics
import GraphIR
import Operators
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The most memory that a graph's values take at one time, in the order in which they are computed, and which one it is that
/// is computed then. Values of unknown size count as nothing.
struct ActivationMemory {
  private(set) var peakBytes = 0
  private(set) var valueAtPeak: ValueID?
  /// Values whose size is not known.
  private(set) var unknownValues = 0

  init(_ plan: Plan, symbols: [String: Int]) {
    let graph = plan.graph
    var sizes: [ValueID: Int] = [:]
    func size(_ value: ValueID) -> Int { sizes[value] ?? 0 }
    for input in graph.inputs { sizes[input] = Self.bytes(graph[input].type, symbols) }
    var live = graph.inputs.reduce(0) { $0.saturatingAdd(size($1)) }
    peakBytes = live
    for step in plan.steps {
      for result in step.nodes.flatMap({ graph[$0].results }) where !graph[result].name.isEmpty {
        guard let bytes = Self.bytes(graph[result].type, symbols) else {
          unknownValues += 1
          continue
        }
        sizes[result] = bytes
        live = live.saturatingAdd(bytes)
        guard live > peakBytes else { continue }
        peakBytes = live
        valueAtPeak = result
      }
      if live < .max { for value in step.expiring { live -= size(value) } }
    }
  }

  private static func bytes(_ type: ValueType?, _ symbols: [String: Int]) -> Int? {
    guard let type = type?.tensorType, let shape = type.shape else { return nil }
    var product = 1
    for dim in shape {
      guard let size = dim.evaluated(with: symbols), size >= 0 else { return nil }
      product = product.saturatingMultiply(size)
    }
    return product.saturatingMultiply(max(type.element.bitWidth, 64 * (type.element == .string ? 1 : 0))) / 8
  }

  /// Bytes that this process may have: of the machine, or fewer where its limits say so.
  static let available: Int = {
    var limit = max(sysconf(Int32(_SC_PHYS_PAGES)), 1).saturatingMultiply(max(sysconf(Int32(_SC_PAGESIZE)), 1))
    #if os(Linux)
      for resource in [RLIMIT_AS, RLIMIT_DATA] {
        var given = rlimit()
        if getrlimit(__rlimit_resource_t(resource.rawValue), &given) == 0 { limit = min(limit, Int(clamping: given.rlim_cur)) }
      }
    #endif
    return limit
  }()
}

extension Executor {
  /// Refuses inputs of a size at which the intermediate results would not fit memory. Types must have been inferred.
  ///
  /// Throws `limitExceeded`, naming the value that would be computed when it does not fit.
  public func requireMemory(for inputs: [RuntimeValue?]) throws(ModelError) {
    let graph = plan.graph
    let estimate = ActivationMemory(plan, symbols: graph.symbols(boundBy: inputs))
    guard estimate.peakBytes > ActivationMemory.available, let value = estimate.valueAtPeak else { return }
    var place = graph.producer(of: value).map(graph.place) ?? graph.place(of: value)
    place.value = graph[value].name
    let type = graph[value].type.map { " (\($0))" } ?? ""
    throw ModelError(
      .limitExceeded, "with this result\(type) \(estimate.peakBytes) bytes are needed, there are \(ActivationMemory.available)", at: place)
  }
}

extension Graph {
  /// Numbers for the symbols that are a whole size of an input, from the inputs given.
  func symbols(boundBy inputs: [RuntimeValue?]) -> [String: Int] {
    var symbols: [String: Int] = [:]
    for (value, input) in zip(self.inputs, inputs) {
      guard let tensor = input?.tensor, let shape = self[value].type?.tensorType?.shape, shape.count == tensor.rank else { continue }
      for (dim, size) in zip(shape, tensor.shape) {
        for name in dim.symbols where dim == .symbol(name) { symbols[name] = size }
      }
    }
    return symbols
  }
}

extension Int {
  /// Sums and products of hostile sizes stop at the largest number.
  func saturatingAdd(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  func saturatingMultiply(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
