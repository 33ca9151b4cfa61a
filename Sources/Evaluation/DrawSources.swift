import GraphIR
import Operators

/// Where the nodes of one run draw from: each from a source of its own, another one every time that it runs.
///
/// A source follows from the node's name, so that the nodes of one name in two graphs draw the same.
struct DrawSources {
  private var counts: [String: UInt64] = [:]

  mutating func next(_ name: String, else id: NodeID, seed: UInt64) -> SplitMix {
    let key = name.isEmpty ? "\(id.index)" : name
    let count = counts[key, default: 0]
    counts[key] = count + 1
    // FNV-1a.
    let hash = key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    var mixed = SplitMix(seed: hash ^ count &* 0x9e37_79b9_7f4a_7c15)
    return SplitMix(seed: mixed.next() &+ seed)
  }
}
