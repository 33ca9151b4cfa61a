import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Rewriting
import Testing
import Evaluation

/// `ai.onnx.ml` in standard operators: what is left computes the same.
@Suite struct DecomposeMachineLearningTests {
  /// Expects that nothing of `ai.onnx.ml` is left, and the same results.
  private func expectSame(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var original = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &original)
    var graph = original
    try Pipeline([.rules(Decompositions.machineLearning)]).run(on: &graph, opsets: [:], trace: RewriteTrace(), sink: .init())
    #expect(!graph.nodeIDs.contains { graph[$0].op.domain == "ai.onnx.ml" }, "\(graph.text())", sourceLocation: sourceLocation)
    try inference.run(on: &graph)
    try graph.verify()
    for (seed, sizes) in [(UInt64(1), [7]), (4, [1])] {
      let inputs = try original.randomInputs(seed: seed, sizes: sizes)
      for (mine, theirs) in zip(try graph.evaluated(inputs), try original.evaluated(inputs)) {
        let agreement = try Tolerance().compare(mine, with: theirs, name: "output")
        #expect(agreement.isEqual, "\(agreement)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test(arguments: [
    "Scaler(%x) {offset: [0.5], scale: [2.0]}", "Scaler(%x) {offset: [0.5, -1.0, 0.1], scale: [2.0, 0.3, 1.0]}", "Normalizer(%x)",
    "Normalizer(%x) {norm: \"L1\"}", "Normalizer(%x) {norm: \"L2\"}", "Binarizer(%x) {threshold: 0.25}",
    "Imputer(%x) {imputed_value_floats: [9.0], replaced_value_float: nan}", "Imputer(%x) {imputed_value_floats: [9.0, 8.0, 7.0], replaced_value_float: 0.5}",
    "LinearRegressor(%x) {coefficients: [0.5, 1.0, -1.0], intercepts: [0.1]}",
    "LinearRegressor(%x) {coefficients: [0.5, 1.0, -1.0, 2.0, 0.2, 0.3], targets: 2, post_transform: \"SOFTMAX\"}",
  ]) func features(_ node: String) throws {
    try expectSame("graph main(%x: f32[N,3]) -> (%y) { %y = ai.onnx.ml::\(node) }")
  }

  @Test func integersAndVectors() throws {
    try expectSame("graph main(%x: i64[N,3]) -> (%y) { %y = ai.onnx.ml::Scaler(%x) {offset: [0.5], scale: [2.0]} }")
    try expectSame("graph main(%x: f32[3]) -> (%y) { %y = ai.onnx.ml::Scaler(%x) {offset: [0.5, 1.0, 2.0]} }")
    try expectSame("graph main(%x: i64[N]) -> (%y) { %y = ai.onnx.ml::OneHotEncoder(%x) {cats_int64s: [1, 0, 5]} }")
    try expectSame("graph main(%x: i64[N,2]) -> (%y) { %y = ai.onnx.ml::Imputer(%x) {imputed_value_int64s: [4, 5], replaced_value_int64: 1} }")
    try expectSame("graph main(%a: f32[N,3], %b: i64[N,2]) -> (%y) { %y = ai.onnx.ml::FeatureVectorizer(%a, %b) {inputdimensions: [3, 2]} }")
    try expectSame("graph main(%x: f32[N,4]) -> (%y) { %i = const i64[2] [3, 1] %y = ai.onnx.ml::ArrayFeatureExtractor(%x, %i) }")
    try expectSame("graph main(%x: f32[4]) -> (%y) { %i = const i64[1,2] [3, 1] %y = ai.onnx.ml::ArrayFeatureExtractor(%x, %i) }")
  }

  @Test(arguments: [
    ("i64", "keys_int64s: [3, 0, 1], values_floats: [0.5, 1.5, 2.5], default_float: 9.0"), ("i64", "keys_int64s: [0, 1], values_strings: [\"a\", \"b\"]"),
    ("f32", "keys_floats: [0.5, -1.0], values_int64s: [4, 5]"),
  ]) func tables(_ element: String, _ attributes: String) throws {
    try expectSame("graph main(%x: \(element)[N,2]) -> (%y) { %y = ai.onnx.ml::LabelEncoder(%x) {\(attributes)} }")
  }

  @Test(arguments: [
    "coefficients: [0.5, 1.0, -1.0, 1.0, 0.0, 0.2, -0.3, 0.4, 0.1], intercepts: [0.1, 0.0, -0.2], classlabels_ints: [0, 1, 2], post_transform: \"SOFTMAX\"",
    "coefficients: [0.5, 1.0, -1.0, 1.0, 0.0, 0.2], intercepts: [0.1, 0.0], classlabels_ints: [7, 3], post_transform: \"LOGISTIC\"",
    "coefficients: [0.5, 1.0, -1.0], intercepts: [0.1], classlabels_ints: [7, 3], post_transform: \"LOGISTIC\"",
    "coefficients: [0.5, 1.0, -1.0], intercepts: [0.1], classlabels_strings: [\"no\", \"yes\"]",
    "coefficients: [0.5, 1.0, -1.0], intercepts: [0.1], classlabels_ints: [4]",
  ]) func linearClassifiers(_ attributes: String) throws {
    try expectSame("graph main(%x: f32[N,3]) -> (%l, %y) { %l, %y = ai.onnx.ml::LinearClassifier(%x) {\(attributes)} }")
  }

  /// Two trees: one of two branches, one of one; leaves 2, 3, 4 and 1, 2.
  private func nodes(_ mode: String = "BRANCH_LEQ", other: String = "BRANCH_LEQ", missing: String = "0, 0, 0, 0, 0, 1, 0, 0") -> String {
    """
    nodes_treeids: [0, 0, 0, 0, 0, 1, 1, 1], nodes_nodeids: [0, 1, 2, 3, 4, 0, 1, 2],
    nodes_featureids: [0, 1, 0, 0, 0, 2, 0, 0], nodes_values: [0.1, -0.2, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0],
    nodes_modes: ["\(mode)", "\(other)", "LEAF", "LEAF", "LEAF", "\(mode)", "LEAF", "LEAF"],
    nodes_truenodeids: [1, 2, 0, 0, 0, 1, 0, 0], nodes_falsenodeids: [4, 3, 0, 0, 0, 2, 0, 0], nodes_missing_value_tracks_true: [\(missing)]
    """
  }

  private func leaves(_ prefix: String, _ ids: String) -> String {
    "\(prefix)_treeids: [0, 0, 0, 1, 1], \(prefix)_nodeids: [2, 3, 4, 1, 2], \(prefix)_ids: [\(ids)], \(prefix)_weights: [0.5, -1.0, 2.0, 0.25, -0.5]"
  }

  @Test(arguments: ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"], ["SUM", "AVERAGE", "MIN", "MAX"])
  func regressors(_ mode: String, _ aggregation: String) throws {
    try expectSame(
      """
      graph main(%x: f32[N,3]) -> (%y) {
        %y = ai.onnx.ml::TreeEnsembleRegressor(%x) {\(nodes(mode)), \(leaves("target", "0, 0, 0, 0, 0")), n_targets: 1, base_values: [0.5],
          aggregate_function: "\(aggregation)"}
      }
      """)
  }

  @Test func missingValuesAndTwoTargets() throws {
    try expectSame(
      """
      graph main(%x: f32[N,3]) -> (%y) {
        %zero = const f32 0.0 %n = Div(%zero, %zero) %m = Max(%x, %n)
        %y = ai.onnx.ml::TreeEnsembleRegressor(%m) {\(nodes(other: "BRANCH_GT")), \(leaves("target", "0, 1, 0, 1, 1")), n_targets: 2}
      }
      """)
  }

  @Test(arguments: [
    ("0, 0, 0, 0, 0", "classlabels_int64s: [0, 1], post_transform: \"LOGISTIC\""), ("0, 0, 0, 0, 0", "classlabels_int64s: [5, 6], base_values: [0.2]"),
    ("1, 1, 1, 1, 1", "classlabels_int64s: [5, 6], post_transform: \"SOFTMAX\""), ("1, 1, 1, 1, 1", "classlabels_strings: [\"a\", \"b\"]"),
    ("0, 0, 0, 1, 1", "classlabels_int64s: [5, 6]"), ("0, 0, 0, 1, 1", "classlabels_strings: [\"a\", \"b\"], post_transform: \"LOGISTIC\""),
  ]) func classifiersOfTwo(_ ids: String, _ attributes: String) throws {
    try expectSame(
      "graph main(%x: f32[N,3]) -> (%l, %y) { %l, %y = ai.onnx.ml::TreeEnsembleClassifier(%x) {\(nodes()), \(leaves("class", ids)), \(attributes)} }")
  }

  @Test func classifiersOfThree() throws {
    let single = "nodes_treeids: [0, 0, 0], nodes_nodeids: [0, 1, 2], nodes_featureids: [1, 0, 0], nodes_values: [0.0, 0.0, 0.0], nodes_modes: [\"BRANCH_LT\", \"LEAF\", \"LEAF\"], nodes_truenodeids: [1, 0, 0], nodes_falsenodeids: [2, 0, 0]"
    try expectSame(
      """
      graph main(%x: f32[N,3]) -> (%l, %y) {
        %l, %y = ai.onnx.ml::TreeEnsembleClassifier(%x) {\(single), class_treeids: [0, 0, 0, 0, 0, 0], class_nodeids: [1, 1, 1, 2, 2, 2],
          class_ids: [0, 1, 2, 0, 1, 2], class_weights: [0.2, 0.7, 0.1, 0.3, 0.3, 0.4], classlabels_int64s: [10, 20, 30], post_transform: "SOFTMAX"}
      }
      """)
  }

  /// Where a class may be given nothing, it is not chosen, whatever the others' scores are.
  @Test func aClassThatMayBeGivenNothingStays() throws {
    try expectUnchanged(
      DecomposeTreeEnsembles(),
      "graph main(%x: f32[N,3]) -> (%l, %y) { %l, %y = ai.onnx.ml::TreeEnsembleClassifier(%x) {\(nodes()), \(leaves("class", "0, 1, 2, 0, 1")), classlabels_int64s: [0, 1, 2]} }",
      because: "a class that some rows are given nothing for")
  }

  @Test func sortedBranchesOfTheNewerOperator() throws {
    try expectSame(
      """
      graph main(%x: f64[N,3]) -> (%y) {
        %y = ai.onnx.ml::TreeEnsemble(%x) {n_targets: 2, aggregate_function: 1, post_transform: 0, tree_roots: [0], nodes_featureids: [0, 2],
          nodes_splits: const f64[2] [0.1, -0.3], nodes_modes: const u8[2] [0, 3], nodes_truenodeids: [1, 0], nodes_falsenodeids: [2, 1],
          nodes_trueleafs: [0, 1], nodes_falseleafs: [1, 1], leaf_targetids: [0, 1, 0], leaf_weights: const f64[3] [1.5, 2.5, -3.0]}
      }
      """)
  }

  @Test func membersOfASetStay() throws {
    try expectUnchanged(
      DecomposeTreeEnsembles(),
      """
      graph main(%x: f32[N,3]) -> (%y) {
        %y = ai.onnx.ml::TreeEnsemble(%x) {n_targets: 1, aggregate_function: 1, post_transform: 0, tree_roots: [0], nodes_featureids: [0],
          nodes_splits: const f32[1] [0.0], nodes_modes: const u8[1] [6], membership_values: const f32[2] [1.0, nan], nodes_truenodeids: [0],
          nodes_falsenodeids: [1], nodes_trueleafs: [1], nodes_falseleafs: [1], leaf_targetids: [0, 0], leaf_weights: const f32[2] [1.0, 2.0]}
      }
      """, because: "a node tests for a member of a set")
  }
}
