import Testing

/// Integers, booleans and what is only known when the graph runs, said in sets whose operators take neither.
@Suite struct OlderNumberTests {
  @Test(arguments: kinds + axes + spectra + states + scans + sizes)
  func givesTheSame(_ sample: OlderSetCase) throws { try sample.expectTheSame() }

  static let kinds = [
    OlderSetCase(
      name: "Pow of integers", inputs: "%x: f32[4]",
      body: "%a = const i64[4] [-3, 2, 7, 0]\n%b = const i64[4] [3, 10, 0, 5]\n%i = Cast(%x) {to: i64}\n%s = Add(%a, %i)\n%y = Pow(%s, %b)", opsets: [7, 11]),
    OlderSetCase(
      name: "TopK of integers", inputs: "%x: f32[3,5]",
      body: """
        %hundred = const f32 100.0
        %m = Mul(%x, %hundred)
        %i = Cast(%m) {to: i64}
        %k = const i64[1] [3]
        %v, %y = TopK(%i, %k) {axis: 1}
        %w, %z = TopK(%i, %k) {axis: 1, largest: 0}
        """, outputs: "%v, %y, %w, %z", opsets: [7, 10]),
    OlderSetCase(
      name: "largest and smallest of booleans", inputs: "%x: bool[2,3,4]",
      body: """
        %a = const i64[1] [1]
        %y = ReduceMax(%x, %a) {keepdims: 0}
        %z = ReduceMin(%x, %a)
        """, outputs: "%y, %z", opsets: [9, 13, 18]),
    OlderSetCase(
      name: "largest and smallest of no booleans", inputs: "%x: bool[2,0,4]",
      body: """
        %a = const i64[1] [1]
        %y = ReduceMax(%x, %a) {keepdims: 0}
        %z = ReduceMin(%x, %a)
        """, outputs: "%y, %z", opsets: [9, 13, 18]),
    OlderSetCase(
      name: "Pad of integers with a number", inputs: "%u: f32[2,3]",
      body: """
        %four = const f32 4.0
        %m = Mul(%u, %four)
        %x = Cast(%m) {to: i32}
        %p = const i64[4] [0, 1, 1, 0]
        %one = const i32 1
        %y = Pad(%x, %p, %one)
        """, opsets: [7, 10]),
    OlderSetCase(name: "Hardmax", inputs: "%x: f32[2,3,4]", body: "%y = Hardmax(%x) {axis: 1}\n%z = Hardmax(%x)", outputs: "%y, %z", opsets: [7, 11]),
    OlderSetCase(
      name: "TfIdfVectorizer", inputs: "%u: f32[2,6]",
      body: """
        %four = const f32 4.0
        %m = Mul(%u, %four)
        %x = Cast(%m) {to: i32}
        %y = TfIdfVectorizer(%x) {max_gram_length: 2, max_skip_count: 1, min_gram_length: 1, mode: "TFIDF", ngram_counts: [0, 3], ngram_indexes: [2, 0, 1, 4, 3], pool_int64s: [0, 1, 2, 1, 1, 0, 2], weights: [0.5, 1.0, 2.0, 4.0, 8.0]}
        """, opsets: [7, 8]),
  ]

  static let axes = [
    OlderSetCase(
      name: "CumSum along a computed axis", inputs: "%x: f32[2,3,N], %u: f32[3]",
      body: "%a = ArgMax(%u) {axis: 0, keepdims: 0}\n%y = CumSum(%x, %a)\n%z = CumSum(%x, %a) {exclusive: 1, reverse: 1}", outputs: "%y, %z", opsets: [9, 10]),
    OlderSetCase(
      name: "CumProd along a computed axis", inputs: "%x: f32[2,3,4], %u: f32[3]",
      body: "%a = ArgMax(%u) {axis: 0, keepdims: 0}\n%y = CumProd(%x, %a)\n%z = CumProd(%x, %a) {exclusive: 1}", outputs: "%y, %z", opsets: [13, 25]),
    OlderSetCase(
      name: "DFT along a computed axis", inputs: "%x: f32[2,5,4,1], %u: f32[2]",
      body: "%o = const i64 1\n%i = ArgMax(%u) {axis: 0, keepdims: 0}\n%a = Add(%i, %o)\n%y = DFT(%x, _, %a)", opsets: [13, 17]),
    OlderSetCase(
      name: "Hardmax of any size", inputs: "%x: f32[2,N]", body: "%y = Hardmax(%x)", opsets: [11]),
  ]

  static let spectra = [
    OlderSetCase(
      name: "STFT of a signal of two axes", inputs: "%x: f32[2,16], %w: f32[6]", body: "%s = const i64 4\n%y = STFT(%x, %s, %w)", opsets: [13, 16]),
    OlderSetCase(
      name: "STFT of a computed step", inputs: "%x: f32[2,16,1], %w: f32[6], %u: f32[3]",
      body: "%o = const i64 2\n%i = ArgMax(%u) {axis: 0, keepdims: 0}\n%s = Add(%i, %o)\n%n = const i64 6\n%y = STFT(%x, %s, %w, %n)", opsets: [13, 16]),
    OlderSetCase(
      name: "STFT of computed frames", inputs: "%x: f32[2,16,1], %c: f32[2,N,2], %u: f32[3], %r: f32[8]",
      body: """
        %o = const i64 2
        %i = ArgMax(%u) {axis: 0, keepdims: 0}
        %n = Add(%i, %o)
        %y = STFT(%x, %o, _, %n)
        %z = const i64[1] [0]
        %v = Unsqueeze(%n, %z)
        %w = Slice(%r, %z, %v, %z)
        %t = STFT(%x, %n, %w)
        %f = STFT(%c, %n, _, %o) {onesided: 0}
        """, outputs: "%y, %t, %f", opsets: [7, 13, 16]),
    OlderSetCase(
      name: "STFT of any signal", inputs: "%x: f32[2,N,1], %w: f32[2]",
      body: "%s = const i64 1\n%y = STFT(%x, %s, %w)\n%z = STFT(%x, %s)", outputs: "%y, %z", opsets: [7, 16]),
    OlderSetCase(
      name: "DFT of any length", inputs: "%x: f32[2,N,3,1], %c: f64[N,2,2], %u: f32[5]",
      body: """
        %a = const i64 1
        %b = const i64 0
        %o = const i64 3
        %i = ArgMax(%u) {axis: 0, keepdims: 0}
        %n = Add(%i, %o)
        %y = DFT(%x, _, %a)
        %z = DFT(%x, %n, %a) {onesided: 1}
        %v = DFT(%c, %n, %b) {inverse: 1}
        %w = DFT(%c, _, %b) {inverse: 1, onesided: 1}
        %t = DFT(%c, %n, %b) {inverse: 1, onesided: 1}
        """, outputs: "%y, %z, %v, %w, %t", opsets: [7, 16]),
    OlderSetCase(
      name: "MelWeightMatrix", inputs: "%u: f32[3]",
      body: """
        %eight = const i64 8
        %i = ArgMax(%u) {axis: 0, keepdims: 0}
        %b = Add(%i, %eight)
        %n = const i64 64
        %r = const i64 8000
        %l = const f32 0.0
        %h = const f32 4000.0
        %y = MelWeightMatrix(%b, %n, %r, %l, %h)
        """, opsets: [13, 16]),
  ]

  static let states = [
    OlderSetCase(
      name: "LinearAttention", inputs: "%q: f32[2,5,8], %k: f32[2,5,8], %v: f32[2,5,6], %p: f32[2,2,4,3]",
      body: "%y, %s = LinearAttention(%q, %k, %v, %p) {kv_num_heads: 2, q_num_heads: 2, update_rule: \"linear\"}", outputs: "%y, %s", opsets: [13, 26]),
    OlderSetCase(
      name: "LinearAttention that decays and corrects itself",
      inputs: "%q: f32[2,5,8], %k: f32[2,5,4], %v: f32[2,5,3], %d: f32[2,5,4], %b: f32[2,5,1]",
      body: "%y, %s = LinearAttention(%q, %k, %v, _, %d, %b) {kv_num_heads: 1, q_num_heads: 2}", outputs: "%y, %s", opsets: [13, 26]),
    OlderSetCase(
      name: "SequenceMap", inputs: "%x: f32[2,3], %z: f32[2,3], %v: f32[3]",
      body: """
        %a = SequenceConstruct(%x, %z)
        %b = SequenceMap(%a, %v) { body: graph (%e: f32[2,3], %t: f32[3]) -> (%s) { %m = Mul(%e, %t)  %s = Exp(%m) } }
        %y = ConcatFromSequence(%b) {axis: 0}
        """, opsets: [13, 16]),
  ]

  static let scans = [
    OlderSetCase(
      name: "Scan without a state", inputs: "%x: f32[3,N], %z: f32[N,3]",
      body: """
        %y, %w = Scan(%x, %z) {
          body: graph body(%a: f32[3], %b: f32[3]) -> (%n, %m) { %n = Add(%a, %b)  %m = Mul(%n, %b) },
          num_scan_inputs: 2, scan_input_axes: [1, 0], scan_input_directions: [0, 1], scan_output_axes: [1, 0]
        }
        """, outputs: "%y, %w", opsets: [7, 8]),
    OlderSetCase(
      name: "Scan of scans", inputs: "%s: f32[2,3], %x: f32[2,5,3]",
      body: """
        %t, %y = Scan(%s, %x) {
          body: graph outer(%a: f32[3], %b: f32[5,3]) -> (%n, %m) {
            %n, %m = Scan(%a, %b) {
              body: graph inner(%c: f32[3], %d: f32[3]) -> (%e, %f) { %e = Add(%c, %d)  %f = Exp(%e) },
              num_scan_inputs: 1, scan_input_directions: [1]
            }
          },
          num_scan_inputs: 2
        }
        """, outputs: "%t, %y", opsets: [7, 8]),
  ]

  static let sizes = [
    OlderSetCase(
      name: "Col2Im of a computed image", inputs: "%x: f32[N,8,6], %u: f32[1,1,4,5]",
      body: """
        %f = Shape(%u) {start: 2}
        %r = const i64[2] [1, 0]
        %i = Gather(%f, %r)
        %b = const i64[2] [2, 2]
        %y = Col2Im(%x, %i, %b) {strides: [2, 1], pads: [0, 0, 0, 0]}
        """, opsets: [7, 9, 17]),
    OlderSetCase(
      name: "Col2Im of computed blocks", inputs: "%x: f32[2,12,N], %u: f32[2]",
      body: """
        %k = ArgMax(%u) {axis: 0}
        %o = const i64[1] [2]
        %b = Add(%k, %o)
        %n = Shape(%x) {start: 2}
        %t = const i64[1] [3]
        %d = Mul(%k, %t)
        %i = Add(%n, %d)
        %m = const f32 9.0
        %f = Mul(%x, %m)
        %j = Cast(%f) {to: i16}
        %y = Col2Im(%j, %i, %b) {dilations: [3], pads: [1, 2]}
        """, opsets: [7, 12, 17]),
    OlderSetCase(
      name: "antialiased Resize of computed sizes", inputs: "%x: f32[1,2,6,5], %u: f32[5]",
      body: """
        %k = ArgMax(%u) {axis: 0}
        %o = const i64[1] [2]
        %a = Add(%k, %o)
        %c = const i64[1] [7]
        %b = Sub(%c, %k)
        %s = Concat(%a, %b) {axis: 0}
        %p = Resize(%x, _, _, %s) {antialias: 1, axes: [2, 3], mode: "linear"}
        %q = Resize(%x, _, _, %s) {antialias: 1, axes: [2, 3], mode: "cubic"}
        %r = Resize(%x, _, _, %s) {antialias: 1, axes: [3, 2], mode: "cubic", exclude_outside: 1, cubic_coeff_a: -0.5}
        %t = Resize(%x, _, _, %s) {antialias: 1, axes: [2, 3], mode: "linear", coordinate_transformation_mode: "align_corners"}
        %v = Resize(%x, _, _, %s) {axes: [2, 3], mode: "linear", exclude_outside: 1, coordinate_transformation_mode: "asymmetric"}
        %w = Resize(%x, _, _, %s) {antialias: 1, axes: [2, 3], mode: "nearest"}
        """, outputs: "%p, %q, %r, %t, %v, %w", opsets: [8, 11, 17]),
    OlderSetCase(
      name: "antialiased Resize by computed scales", inputs: "%x: f64[1,N,6,5], %u: f32[2]",
      body: """
        %h = const f32[2] [0.6, 1.5]
        %i = ArgMax(%u) {axis: 0}
        %f = Cast(%i) {to: f32}
        %q = const f32 0.2
        %d = Mul(%f, %q)
        %s = Add(%h, %d)
        %y = Resize(%x, _, %s) {antialias: 1, axes: [2, 3], mode: "linear"}
        %z = Resize(%x, _, %s) {antialias: 1, axes: [2, 3], mode: "cubic", coordinate_transformation_mode: "half_pixel_symmetric"}
        """, outputs: "%y, %z", opsets: [10, 17]),
    OlderSetCase(
      name: "antialiased Resize of a region", inputs: "%x: f32[1,1,6,7], %r: f32[4]",
      body: """
        %s = const i64[2] [3, 4]
        %y = Resize(%x, %r, _, %s) {antialias: 1, axes: [2, 3], mode: "linear", coordinate_transformation_mode: "tf_crop_and_resize", extrapolation_value: 9.0}
        """, opsets: [10, 17]),
    OlderSetCase(
      name: "MaxUnpool to a size", inputs: "%x: f32[2,2,2,2], %t: f32[1,1,3,N]",
      body: """
        %i = const i64[2,2,2,2] [0, 3, 9, 15, 16, 20, 25, 31, 32, 38, 41, 47, 48, 52, 57, 63]
        %s = const i64[4] [2, 2, 5, 5]
        %y = MaxUnpool(%x, %i, %s) {kernel_shape: [2, 2], strides: [2, 2]}
        %e = Shape(%t)
        %f = Add(%e, %e)
        %z = MaxUnpool(%x, %i, %f) {kernel_shape: [2, 2], strides: [2, 2]}
        """, outputs: "%y, %z", opsets: [7, 9, 10]),
    OlderSetCase(name: "Max of unknown sizes", inputs: "%x: f32[N,M], %z: f32[M]", body: "%y = Max(%x, %z)\n%w = Min(%z, %x)", outputs: "%y, %w", opsets: [7]),
    OlderSetCase(
      name: "Expand to a computed size", inputs: "%x: f32[1,M], %z: f32[N,M]", body: "%s = Shape(%z)\n%y = Expand(%x, %s)", opsets: [7]),
    OlderSetCase(
      name: "Resize that keeps the proportions", inputs: "%x: f32[1,2,4,6]",
      body: """
        %s = const i64[2] [7, 9]
        %a = Resize(%x, _, _, %s) {axes: [2, 3], keep_aspect_ratio_policy: "not_larger", mode: "linear"}
        %b = Resize(%x, _, _, %s) {axes: [2, 3], keep_aspect_ratio_policy: "not_smaller", mode: "nearest"}
        """, outputs: "%a, %b", opsets: [8, 11, 17]),
  ]
}
