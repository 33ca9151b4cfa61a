import GraphIR

/// What is known of an operator set beside the standard one: when its operators changed, and what they require.
struct OtherSet: Sendable {
  let newestVersion: Int
  /// Versions that define an operator anew, for those that are not as they were in version 1.
  let versions: [String: [Int]]
  let steps: [OpsetStep]
  /// Attributes that are written even when they equal the struct's initial value.
  let requiredAttributes: [String: [String]]

  static let all: [String: OtherSet] = ["ai.onnx.ml": machineLearning, "com.microsoft": contrib]

  func exists(_ name: String, at version: Int) -> Bool { versions[name].map { $0[0] <= version } ?? true }

  /// The steps from a version of the set to the newest, ascending.
  func stepsUp(from name: String, at version: Int) -> [OpsetStep] {
    steps.filter { $0.version > version && $0.operators.contains(name) }
  }

  private static let contrib = OtherSet(
    newestVersion: 1, versions: [:], steps: [],
    requiredAttributes: [
      "Attention": ["num_heads"],
      "BiasSoftmax": ["is_inner_broadcast"],
      "GroupQueryAttention": ["kv_num_heads", "num_heads"],
      "MatMulNBits": ["K", "N", "block_size"],
      "MultiHeadAttention": ["num_heads"],
      "NhwcMaxPool": ["kernel_shape"],
      "QAttention": ["num_heads"],
      "QLinearAveragePool": ["kernel_shape"],
      "QLinearConcat": ["axis"],
      "QLinearSoftmax": ["opset"],
    ])

  private static let machineLearning = OtherSet(
    newestVersion: 5,
    versions: [
      "LabelEncoder": [1, 2, 4], "TreeEnsemble": [5], "TreeEnsembleClassifier": [1, 3, 5], "TreeEnsembleRegressor": [1, 3, 5],
    ],
    steps: machineLearningSteps,
    requiredAttributes: [
      "LinearClassifier": ["coefficients"],
      "TreeEnsemble": [
        "leaf_targetids", "leaf_weights", "nodes_falseleafs", "nodes_falsenodeids", "nodes_featureids", "nodes_modes", "nodes_splits",
        "nodes_trueleafs", "nodes_truenodeids", "tree_roots",
      ],
    ])
}
