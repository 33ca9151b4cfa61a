import GraphIR

extension Model {
  /// The operator set versions, including the first of the standard set where the model asks for none, as old ones may.
  package var opsetsInForce: [(domain: String, version: Int)] {
    opsets.standardVersion == nil ? opsets + [("", 1)] : opsets
  }
}
