import Glibc

/// `y = x + w` with a `w` of any size, whose zeros are a hole in the file: reading it costs time, keeping it costs nothing.
enum SparseModel {
  static func write(to path: String, mebibytes: Int) throws {
    let (columns, rows) = (1 << 12, (mebibytes << 20) >> 14)
    let payload = rows * columns * 4
    let dims = [Int64(rows), Int64(columns)]
    let start = dims.flatMap { WireBytes.number(1, $0) } + WireBytes.number(2, 1) + WireBytes.text(8, "w") + WireBytes.head(9, length: payload)
    let tensor = WireBytes.head(5, length: start.count + payload) + start
    let nodes = WireBytes.message(1, HostileModel.node("Add", ["x", "w"], ["y"], name: "sum")) + WireBytes.text(2, "main")
    let ports = WireBytes.message(11, HostileModel.port("x", dims)) + WireBytes.message(12, HostileModel.port("y", dims))
    let graph = nodes + ports + tensor
    let head = WireBytes.number(1, 8) + WireBytes.message(8, WireBytes.text(1, "") + WireBytes.number(2, 17))
      + WireBytes.head(7, length: graph.count + payload) + graph
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { throw Child.Failure(description: "\(path) cannot be created") }
    defer { close(file) }
    guard Glibc.write(file, head, head.count) == head.count, ftruncate(file, head.count + payload) == 0 else {
      throw Child.Failure(description: "\(path) cannot be written")
    }
  }
}
