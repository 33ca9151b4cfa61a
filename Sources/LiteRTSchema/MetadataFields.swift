/// Fields of the format in which a file describes itself to apps, kept in its buffer of metadata named `name`.
package enum MetadataFields {
  package static let name = "TFLITE_METADATA"
  package static let identifier = "M001"

  private static let open = TableLayout("metadata", [])

  /// Of the whole, of a subgraph, and of an input or output alike.
  package static let title = TextField(0), description = TextField(1)
  package static let version = TextField(2)
  package static let subgraphs = TablesField(3, open)
  package static let inputs = TablesField(2, open), outputs = TablesField(3, open)
}
