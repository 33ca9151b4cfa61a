import FerryTestSupport
import GraphIR
import GraphText
import Passes
import Rewriting
import Testing

@Suite struct RemoveExporterNotesTests {
  private let noted = """
    graph main(%x: f32[N]) -> (%y) {
      %y = Abs(%x) carrying {metadata: {"namespace": "m", "pkg.torch.onnx.stack_trace": "File", "mine": "kept"}}
    }
    """

  @Test func removesStackTraces() throws {
    try expectRewrite(RemoveExporterNotes(), noted, becomes: "graph main(%x: f32[N]) -> (%y) { %y = Abs(%x) }")
  }

  @Test func keepsWhatSomebodyElseAttached() throws {
    var graph = try verified(noted)
    try Pipeline([.pass(RemoveExporterNotes())]).run(on: &graph, opsets: ["": 18], trace: RewriteTrace())
    let text = graph.text()
    #expect(text.contains("\"mine\": \"kept\""))
    #expect(!text.contains("namespace") && !text.contains("stack_trace"))
  }

  @Test func leavesANameSpaceThatNoExporterMarked() throws {
    try expectUnchanged(
      RemoveExporterNotes(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %y = Abs(%x) carrying {metadata: {"namespace": "m"}}
        }
        """)
  }
}
