/// The tables of the format, generated from Formats/litert/schema.fbs.
package enum Schema {
  /// What bytes 4 to 7 of every file say.
  package static let identifier: [UInt8] = Array("TFL3".utf8)
}

/// Width and sign of a stored integer.
package enum IntWidth: Int, Sendable {
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64
  package var bytes: Int { 1 << (rawValue / 2) }
}

/// One field of a table: its number, and the shape of what it holds, for the verifier.
package protocol FlatField: Sendable {
  var id: Int { get }
  var content: FlatContent { get }
}

/// What a field holds.
package enum FlatContent: Sendable {
  case scalar(bytes: Int)
  case text
  case vector(bytes: Int)
  case table(TableLayout)
  case tables(TableLayout)
  /// The tag is the field before; the members count from 1.
  case union([TableLayout])
}

/// The fields of one kind of table.
package struct TableLayout: Sendable {
  package let name: String
  package let fields: [any FlatField]

  package init(_ name: String, _ fields: [any FlatField]) {
    self.name = name
    self.fields = fields
  }
}

package struct IntField: FlatField {
  package let id: Int
  package let width: IntWidth
  package let fallback: Int
  init(_ id: Int, _ width: IntWidth, _ fallback: Int = 0) { (self.id, self.width, self.fallback) = (id, width, fallback) }
  package var content: FlatContent { .scalar(bytes: width.bytes) }
}

package struct BoolField: FlatField {
  package let id: Int
  package let fallback: Bool
  init(_ id: Int, _ fallback: Bool = false) { (self.id, self.fallback) = (id, fallback) }
  package var content: FlatContent { .scalar(bytes: 1) }
}

package struct FloatField: FlatField {
  package let id: Int
  init(_ id: Int) { self.id = id }
  package var content: FlatContent { .scalar(bytes: 4) }
}

package struct TextField: FlatField {
  package let id: Int
  init(_ id: Int) { self.id = id }
  package var content: FlatContent { .text }
}

package struct IntsField: FlatField {
  package let id: Int
  package let width: IntWidth
  init(_ id: Int, _ width: IntWidth) { (self.id, self.width) = (id, width) }
  package var content: FlatContent { .vector(bytes: width.bytes) }
}

package struct FloatsField: FlatField {
  package let id: Int
  init(_ id: Int) { self.id = id }
  package var content: FlatContent { .vector(bytes: 4) }
}

package struct TableField: FlatField {
  package let id: Int
  package let layout: TableLayout
  init(_ id: Int, _ layout: TableLayout) { (self.id, self.layout) = (id, layout) }
  package var content: FlatContent { .table(layout) }
}

package struct TablesField: FlatField {
  package let id: Int
  package let layout: TableLayout
  init(_ id: Int, _ layout: TableLayout) { (self.id, self.layout) = (id, layout) }
  package var content: FlatContent { .tables(layout) }
}

package struct UnionField: FlatField {
  package let id: Int
  package let members: [TableLayout]
  init(_ id: Int, _ members: [TableLayout]) { (self.id, self.members) = (id, members) }
  package var content: FlatContent { .union(members) }
}
