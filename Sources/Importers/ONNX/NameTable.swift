/// What names of one file stand for. The names stay where they are.
///
/// Half of what a dictionary's look-up of a name costs is its hash function, which has to withstand chosen names; so does this one:
/// words are folded by a 128-bit product with secrets drawn for each table (as in wyhash, Wang Yi 2019).
struct NameTable<Value> {
  private var names: [FieldBytes] = []
  private var values: [Value] = []
  private var hashes: [UInt32] = []
  /// Index of a name and one, at or behind its hash's place; 0: free. Twice as many as names, or more; a power of two.
  private var slots: [UInt32] = []
  private let secrets: (UInt64, UInt64) = (.random(in: .min ... .max), .random(in: .min ... .max) | 1)

  mutating func reserveCapacity(_ count: Int) {
    names.reserveCapacity(count)
    values.reserveCapacity(count)
    hashes.reserveCapacity(count)
    resize(to: count)
  }

  subscript(name: FieldBytes) -> Value? {
    slots.isEmpty ? nil : find(name, hash(name)).index.map { values[$0] }
  }

  /// Keeps what the name stands for already. Returns false then.
  @discardableResult
  mutating func define(_ name: FieldBytes, as value: Value) -> Bool {
    if 2 * (names.count + 1) > slots.count { resize(to: 2 * names.count + 8) }
    let hash = hash(name)
    let (index, slot) = find(name, hash)
    if index != nil { return false }
    names.append(name)
    values.append(value)
    hashes.append(hash)
    slots[slot] = UInt32(names.count)
    return true
  }

  private func find(_ name: FieldBytes, _ hash: UInt32) -> (index: Int?, slot: Int) {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if hashes[index] == hash, names[index] == name { return (index, slot) }
      slot = (slot + 1) & mask
    }
    return (nil, slot)
  }

  private mutating func resize(to count: Int) {
    var size = 16
    while size < 2 * count { size *= 2 }
    guard size > slots.count else { return }
    slots = [UInt32](repeating: 0, count: size)
    for (index, hash) in hashes.enumerated() {
      var slot = Int(hash) & (size - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = UInt32(index + 1)
    }
  }

  private func hash(_ name: FieldBytes) -> UInt32 {
    let bytes = UnsafeRawBufferPointer(name.bytes)
    var state = secrets.0 ^ UInt64(bytes.count)
    var offset = 0
    while offset + 8 <= bytes.count {
      state = fold(state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
      rest = rest << 8 | UInt64(bytes[offset])
      offset += 1
    }
    return UInt32(truncatingIfNeeded: fold(fold(state ^ rest) ^ secrets.0))
  }

  private func fold(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: secrets.1)
    return product.high ^ product.low
  }
}
