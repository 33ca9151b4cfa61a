import GraphIR
import LiteRTSchema
import Testing

/// What a file calls its ports, and says of itself, comes back from the metadata in which models of other formats carry it.
@Suite struct KeptNamesTests {
  private let graph = "graph main(%x: f32[2]) -> (%y) {\n  %y = Neg(%x)\n}"

  private func carried(_ key: String, _ value: [UInt8]) -> Carried { Carried(metadata: [(Array(key.utf8), value)]) }

  @Test func signaturesComeBack() throws {
    let signature = SignatureText(key: "run", inputs: [.init(tensor: "x", name: "audio")], outputs: [.init(tensor: "y", name: "score")])
    let text = try #require(signature.text)
    let file = try RoundTrip.written(graph, carried: carried(CarriedNames.signature, text)).file
    #expect(try RoundTrip.read(file).carried?.metadata.first?.value == text)
    #expect(try RoundTrip.read(RoundTrip.written(graph).file).carried == nil)
  }

  @Test func portsThatAreGoneAreNotNamed() throws {
    let signature = SignatureText(key: "run", inputs: [.init(tensor: "gone", name: "audio")], outputs: [])
    let file = try RoundTrip.written(graph, carried: carried(CarriedNames.signature, try #require(signature.text))).file
    let value = try #require(try RoundTrip.read(file).carried?.metadata.first?.value)
    #expect(SignatureText(value)?.inputs == [.init(tensor: "x", name: "x")])
  }

  @Test func descriptionsAreWrittenWhereTheyDescribeAsManyPorts() throws {
    let content = Array("what it says".utf8)
    func described(_ inputs: Int) throws -> Bool {
      let text = DescriptionText(inputs: inputs, outputs: 1, content: content).text
      let file = try RoundTrip.written(graph, carried: carried(CarriedNames.description, text)).file
      return file.indices.contains { file[$0...].starts(with: content) }
    }
    #expect(try described(1))
    #expect(try !described(2))
  }

  @Test func textsOfAnotherFormAreNotRead() {
    #expect(SignatureText(Array("run\ninput\tx".utf8)) == nil)
    #expect(SignatureText(Array("run\nport\tx\ty".utf8)) == nil)
    #expect(SignatureText(key: "run", inputs: [.init(tensor: "a\tb", name: "c")], outputs: []).text == nil)
    #expect(DescriptionText(Array("1 1 AAA".utf8)) == nil)
    #expect(DescriptionText(Array("1 1 A?==".utf8)) == nil)
    for count in 0..<7 {
      let content = (0..<count).map { UInt8(truncatingIfNeeded: 250 + 37 * $0) }
      if count > 0 { #expect(DescriptionText(DescriptionText(inputs: 1, outputs: 2, content: content).text)?.content == content) }
    }
  }
}
