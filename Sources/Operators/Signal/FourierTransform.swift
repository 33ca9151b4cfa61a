#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Discrete Fourier transforms of one length, in 64-bit floats. Powers of two by Cooley and Tukey's method; other lengths by
/// Bluestein's, which is a convolution of a power of two.
struct FourierTransform {
  let length: Int
  private let cosines: [Double]
  private let sines: [Double]

  init(length: Int) {
    self.length = length
    let angles = (0..<max(length, 1)).map { 2 * Double.pi * Double($0) / Double(max(length, 1)) }
    cosines = angles.map { cos($0) }
    sines = angles.map { sin($0) }
  }

  /// `Σ xₙ e^(∓2πi·kn/N)`; not divided by the length when `inverse`.
  func transform(_ real: inout [Double], _ imaginary: inout [Double], inverse: Bool) {
    guard length > 1 else { return }
    if length & (length - 1) == 0 { transformPowerOfTwo(&real, &imaginary, inverse) } else { convolve(&real, &imaginary, inverse) }
  }

  private func transformPowerOfTwo(_ real: inout [Double], _ imaginary: inout [Double], _ inverse: Bool) {
    var reversed = 0
    for index in 1..<length {
      var bit = length >> 1
      while reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
      if index < reversed {
        real.swapAt(index, reversed)
        imaginary.swapAt(index, reversed)
      }
    }
    var half = 1
    while half < length {
      let step = length / (2 * half)
      for start in stride(from: 0, to: length, by: 2 * half) {
        for offset in 0..<half {
          let (c, s) = (cosines[offset * step], inverse ? sines[offset * step] : -sines[offset * step])
          let (a, b) = (start + offset, start + offset + half)
          let (x, y) = (real[b] * c - imaginary[b] * s, real[b] * s + imaginary[b] * c)
          (real[b], imaginary[b]) = (real[a] - x, imaginary[a] - y)
          (real[a], imaginary[a]) = (real[a] + x, imaginary[a] + y)
        }
      }
      half *= 2
    }
  }

  /// With `kn = (k² + n² - (k - n)²) / 2`, the transform is a convolution with a chirp.
  private func convolve(_ real: inout [Double], _ imaginary: inout [Double], _ inverse: Bool) {
    var size = 1
    while size < 2 * length - 1 { size *= 2 }
    // The square is reduced before it becomes an angle, for accuracy.
    let angles = (0..<length).map { Double.pi * Double($0 * $0 % (2 * length)) / Double(length) * (inverse ? -1 : 1) }
    let (c, s) = (angles.map { cos($0) }, angles.map { sin($0) })
    var (x, y) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
    var (u, v) = (x, y)
    for n in 0..<length {
      x[n] = real[n] * c[n] + imaginary[n] * s[n]
      y[n] = imaginary[n] * c[n] - real[n] * s[n]
      (u[n], v[n]) = (c[n], s[n])
      if n > 0 { (u[size - n], v[size - n]) = (c[n], s[n]) }
    }
    let inner = FourierTransform(length: size)
    inner.transform(&x, &y, inverse: false)
    inner.transform(&u, &v, inverse: false)
    for k in 0..<size { (x[k], y[k]) = (x[k] * u[k] - y[k] * v[k], x[k] * v[k] + y[k] * u[k]) }
    inner.transform(&x, &y, inverse: true)
    for k in 0..<length {
      let (a, b) = (x[k] / Double(size), y[k] / Double(size))
      real[k] = a * c[k] + b * s[k]
      imaginary[k] = b * c[k] - a * s[k]
    }
  }
}
