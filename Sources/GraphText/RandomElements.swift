import Tensors

/// The elements behind `random(seed)`: splitmix64, one draw an element. Its output is part of the text form.
struct RandomElements {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func draw() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// The bits of the next element, which has at most 64.
  mutating func next(_ element: ElementType) -> UInt64 {
    let bits = draw()
    switch element {
    case .float64: return (Double(bits >> 11) * 0x1p-52 - 1).bitPattern
    case .float32: return UInt64(single(bits >> 40).bitPattern)
    case .float16: return UInt64(Float16(Float(bits >> 53) * 0x1p-10 - 1).bitPattern)
    case .bfloat16: return UInt64((Float(bits >> 56) * 0x1p-7 - 1).bitPattern >> 16)
    case .complex64: return UInt64(single(bits >> 40).bitPattern) | UInt64(single(bits & 0xff_ffff).bitPattern) << 32
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz: return (bits >> 57 & 0x37) | ((bits >> 63) << 7)
    case .float8e8m0: return 120 + bits >> 61
    case .bool: return bits >> 63
    case let element where element.isSignedInteger:
      return UInt64(bitPattern: Int64(bitPattern: bits) >> Int64(64 - min(4, element.bitWidth))) & ElementText.mask(element.bitWidth)
    default: return bits >> UInt64(64 - min(4, element.bitWidth))
    }
  }

  private func single(_ bits: UInt64) -> Float { Float(bits) * 0x1p-23 - 1 }
}
