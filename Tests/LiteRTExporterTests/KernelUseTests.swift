import LiteRTExport
import LiteRTSchema
import Testing

/// The versions of operators, by what they are used on.
@Suite struct KernelUseTests {
  private func versions(_ text: String) throws -> [String] {
    try RoundTrip.written(text).file.withUnsafeBytes { bytes in
      let root = FlatTable(root: bytes)
      let kinds = root[Schema.Model.operatorCodes].map {
        "\(Schema.operatorNames[$0[Schema.OperatorCode.builtinCode]] ?? "?") \($0[Schema.OperatorCode.version])"
      }
      return root[Schema.Model.subgraphs].first?[Schema.SubGraph.operators].map { kinds[$0[Schema.Operator.opcodeIndex]] } ?? []
    }
  }

  private func quantized(_ element: String, _ step: String, zero: Int = 0) -> String {
    """
    graph main(%x: f32[1,4,4,3], %z: f32[1,4,4,3]) -> (%y) {
      %s = const f32 0.05
      %o = const \(element) \(zero)
      %w = const i8[3,3] random(1)
      %ws = const f32 0.01
      %wr = DequantizeLinear(%w, %ws)
      %xq = QuantizeLinear(%x, %s, %o)
      %xr = DequantizeLinear(%xq, %s, %o)
      %zq = QuantizeLinear(%z, %s, %o)
      %zr = DequantizeLinear(%zq, %s, %o)
      %c = \(step)
      %q = QuantizeLinear(%c, %s, %o)
      %y = DequantizeLinear(%q, %s, %o)
    }
    """
  }

  @Test func floatsNeedTheFirst() throws {
    #expect(try versions("graph main(%x: f32[2,3]) -> (%y) { %a = Add(%x, %x)  %y = Softmax(%a) }") == ["ADD 1", "SOFTMAX 1"])
  }

  @Test func integersOfEightBits() throws {
    #expect(try versions(quantized("i8", "Add(%xr, %zr)")) == ["QUANTIZE 1", "QUANTIZE 1", "ADD 2", "DEQUANTIZE 2"])
    let product = try versions(quantized("i8", "MatMul(%xr, %wr)"))
    #expect(product.filter { $0.hasPrefix("FULLY") } == ["FULLY_CONNECTED 5"])
    #expect(try versions(quantized("i8", "Mul(%xr, %zr)")).contains("MUL 2"))
  }

  @Test func integersOfSixteenBitsHaveAnyScale() throws {
    let text = quantized("i16", "Add(%xr, %zr)")
    #expect(try versions(text) == ["QUANTIZE 2", "QUANTIZE 2", "ADD 3", "DEQUANTIZE 3"])
    let isSet = try RoundTrip.written(text).file.withUnsafeBytes { bytes in
      let steps = FlatTable(root: bytes)[Schema.Model.subgraphs].first?[Schema.SubGraph.operators] ?? []
      let options = steps.map { $0[Schema.Operator.builtinOptions] }.filter { $0.tag == Schema.AddOptions.code }
      return options.map { $0.table?[Schema.AddOptions.potScaleInt16] }
    }
    #expect(isSet == [false])
  }

  @Test func moreThanFourAxes() throws {
    #expect(try versions("graph main(%x: f32[1,2,1,3,2]) -> (%y) { %y = Transpose(%x) {perm: [4, 3, 2, 1, 0]} }") == ["TRANSPOSE 4"])
  }
}
