/// The cheapest way to divide the points of a network into two sides, some points being bound to one of them.
///
/// Dinic's algorithm: blocking flows in layers of equal distance. Points and edges are added first, then `solve` is called once.
struct MinimumCut {
  /// The points to which whatever must be on a side is bound.
  static let near = 0
  static let far = 1
  static let unlimited = Int.max / 4

  private var heads: [[Int]] = [[], []]
  private var targets: [Int] = []
  private var capacities: [Int] = []

  mutating func addPoint() -> Int {
    heads.append([])
    return heads.count - 1
  }

  /// Paid when `a` is on the near side and `b` on the far one.
  mutating func addEdge(_ a: Int, _ b: Int, _ capacity: Int) {
    guard a != b, capacity > 0 else { return }
    heads[a].append(targets.count)
    targets.append(b)
    capacities.append(capacity)
    heads[b].append(targets.count)
    targets.append(a)
    capacities.append(0)
  }

  /// True for every point that is on the far side.
  mutating func solve() -> [Bool] {
    while let levels = distances(), levels[Self.far] >= 0 {
      var next = [Int](repeating: 0, count: heads.count)
      while augment(levels, &next) {}
    }
    return (distances() ?? []).map { $0 < 0 }
  }

  private func distances() -> [Int]? {
    var levels = [Int](repeating: -1, count: heads.count)
    levels[Self.near] = 0
    var queue = [Self.near]
    var first = 0
    while first < queue.count {
      let point = queue[first]
      first += 1
      for edge in heads[point] where capacities[edge] > 0 && levels[targets[edge]] < 0 {
        levels[targets[edge]] = levels[point] + 1
        queue.append(targets[edge])
      }
    }
    return levels
  }

  /// Sends as much as one path takes; false when no path is left in these layers.
  private mutating func augment(_ levels: [Int], _ next: inout [Int]) -> Bool {
    var path: [Int] = []
    var point = Self.near
    while point != Self.far {
      if next[point] < heads[point].count {
        let edge = heads[point][next[point]]
        if capacities[edge] > 0, levels[targets[edge]] == levels[point] + 1 {
          path.append(edge)
          point = targets[edge]
        } else {
          next[point] += 1
        }
      } else {
        guard let last = path.popLast() else { return false }
        point = targets[last ^ 1]
        next[point] += 1
      }
    }
    let amount = path.map { capacities[$0] }.min() ?? 0
    for edge in path {
      capacities[edge] -= amount
      capacities[edge ^ 1] += amount
    }
    return amount > 0
  }
}
