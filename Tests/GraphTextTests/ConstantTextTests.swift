import Diagnostics
import GraphIR
import GraphText
import Tensors
import Testing

@Suite struct ConstantTextTests {
  private func constant(_ text: String) throws -> Tensor {
    let graph = try Graph(parsing: "graph() -> (%c) { %c = const \(text) }")
    return try #require(graph.constant(graph.outputs[0]))
  }

  @Test func literalsAreRowMajor() throws {
    #expect(try constant("i64[2,2] [1, 2, 3, -4]").integers() == [1, 2, 3, -4])
    #expect(try constant("f32[2] [1, 0.5]").elements(as: Float.self) == [1, 0.5])
    #expect(try constant("bool[3] [true, false, 1]").integers() == [1, 0, 1])
    #expect(try constant("i8 -128").integers() == [-128])
    #expect(try constant("i4[3] [-8, 7, 1]").withUnsafeBytes { Array($0) } == [0x78, 0x01])
    #expect(try constant("bf16[2] [1.0, 1.01]").elements(as: UInt16.self) == [0x3f80, 0x3f81])
  }

  @Test func randomElementsNeverChange() throws {
    #expect(try constant("i64[6] random(1)").integers() == constant("i64[6] random(1)").integers())
    #expect(try constant("f32[2] random(1)").elements(as: UInt32.self) == [0x3e08_5168, 0x3efb_ae34])
    #expect(try constant("i64[4] random(1)").integers() == [-7, -5, -1, 7])
    #expect(try constant("f32[1000] random(3)").elements(as: Float.self).allSatisfy { (-1..<1).contains($0) })
    #expect(try constant("f16[1000] random(3)").elements(as: Float16.self).allSatisfy { (-1..<1).contains($0) })
    #expect(try constant("u8[1000] random(3)").integers().allSatisfy { (0...15).contains($0) })
    #expect(try constant("i64[1000] random(3)").integers().allSatisfy { (-8...7).contains($0) })
  }

  @Test func equalElementsPrintAsOne() throws {
    let graph = try Graph(parsing: "graph() -> () { %c = const f32[4,100] splat(-0.5) }")
    #expect(graph.text().contains("const f32[4,100] splat(-0.5)"))
    #expect(graph.text(.full) == graph.text())
  }

  @Test func dumpNamesLargeConstantsByHash() throws {
    let one = try Graph(parsing: "graph() -> () { %c = const f32[17] random(1) %d = const f32[17] random(1) %e = const f32[17] random(2) }").text()
    let hashes = one.split(separator: "\n").compactMap { $0.split(separator: "#").dropFirst().first }
    #expect(hashes.count == 3)
    #expect(hashes[0] == hashes[1])
    #expect(hashes[0] != hashes[2])
  }

  @Test func deferredConstantIsNotComputedForADump() throws {
    let tensor = try Tensor(deferred: .uint8, [100], eagerBelow: 0) { () throws(ModelError) in throw ModelError(.io, "computed") }
    var graph = Graph(name: "")
    graph.addConstant("c", tensor)
    #expect(graph.text().contains("const u8[100] #deferred"))
    #expect(graph.text(.full).contains("#unreadable"))
  }

  @Test func referencesAreResolved() throws {
    var asked: [ConstantReference] = []
    let graph = try Graph(parsing: "graph() -> (%a) { %a = const i64[2] @model.onnx+4096 %b = const u8 @\"a b\"+0 %c = const f32[17] #0123abcd }") {
      (reference) throws(ModelError) in
      asked.append(reference)
      return try Tensor(reference.element, reference.shape, bytes: OwnedBytes(zeroed: reference.byteCount))
    }
    #expect(asked.map(\.source) == [.file(path: "model.onnx", offset: 4096), .file(path: "a b", offset: 0), .hash("0123abcd")])
    #expect(asked.map(\.byteCount) == [16, 1, 68])
    #expect(graph.constant(graph.outputs[0])?.shape == [2])
  }

  @Test(arguments: [
    "f32[4] [1.0]", "i8 128", "i8[1] [1.0]", "u8 -1", "f32 \"x\"", "f32[99999999999] random(1)", "f32[99999999] splat(0)",
    "i64[4611686018427387904,4] []", "i64[-1] []", "f32[2] hex \"00\"", "f32 hex \"0000000g\"", "c128 0x0", "c128[17] random(1)", "str[2] [\"a\"]",
    "str 1", "f32 @m+0", "f32 #00", "f32", "f99 1", "bool 2", "u8 0x100", "f32 0x", "f32 random(-1)", "f32 -0x1",
  ])
  func whatIsNoConstantIsRefused(_ text: String) {
    #expect(throws: ModelError.self) { try constant(text) }
  }

  @Test func generatedConstantsAreBounded() {
    let error = #expect(throws: ModelError.self) { try constant("u8[268435457] splat(0)") }
    #expect(error?.code == .limitExceeded)
  }
}
