import Diagnostics
import Evaluation
import GraphIR
import LiteRTImport
import LiteRTSchema
import Tensors
import Testing

/// MediaPipe's operators that look closer at a part of an image.
@Suite struct LandmarksTests {
  private static func crop(_ subset: [Int32], scale: Float) -> [UInt8] {
    FlexBytes.map([
      ("left_rotation_idx", .integer(0)), ("output_height", .integer(4)), ("output_width", .integer(2)), ("right_rotation_idx", .integer(1)),
      ("scale_x", .number(scale)), ("scale_y", .number(scale)), ("subset_idxs", .integers(subset)), ("target_rotation_radians", .number(0)),
    ])
  }

  private func matrix(_ points: [Float], _ options: [UInt8], version: Int = 2) throws -> Model {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [1, points.count / 3, 3]), y = file.tensor("y", .float32, [1, 4, 4])
    file.customStep("Landmarks2TransformMatrix", version: version, [x], [y], options: options)
    return try readModel(file.bytes(inputs: [x], outputs: [y]))
  }

  private func values(_ model: Model, _ inputs: [Tensor]) throws -> [Float] {
    try model.graph.verify()
    return try Executor(model.graph).run(inputs)[0].floats()
  }

  @Test func aCropHoldsTheLandmarks() throws {
    let points: [Float] = [1, 2, 9, 3, 2, 9, 3, 6, 9, 1, 6, 9]
    let model = try matrix(points, Self.crop([0, 1, 2, 3], scale: 1.5))
    let result = try values(model, [Tensor(.float32, [1, 4, 3], elements: points)])
    #expect(result == [1.5, 0, 0, 0.5, 0, 1.5, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1])
  }

  /// Left and right lie one above the other: the crop is turned by a quarter.
  @Test func aCropIsTurned() throws {
    let points: [Float] = [0, 0, 0, 0, 2, 0]
    let result = try values(matrix(points, Self.crop([0, 1], scale: 1)), [Tensor(.float32, [1, 2, 3], elements: points)])
    #expect(result == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
  }

  @Test func landmarksInOnePlaceHaveNoDirection() throws {
    let points: [Float] = [5, 7, 0, 5, 7, 0]
    let result = try values(matrix(points, Self.crop([0, 1], scale: 1)), [Tensor(.float32, [1, 2, 3], elements: points)])
    #expect(result == [0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 1])
  }

  @Test func landmarksAreMoved() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [1, 2, 3]), m = file.tensor("m", .float32, [1, 4, 4]), y = file.tensor("y", .float32, [1, 2, 3])
    file.customStep("TransformLandmarks", version: 2, [x, m], [y])
    let model = try readModel(file.bytes(inputs: [x, m], outputs: [y]))
    let matrix = try Tensor(.float32, [1, 4, 4], elements: [Float(2), 1, 0, 3, 0, 4, 0, 5, 0, 0, 1, 0, 0, 0, 0, 1])
    #expect(try values(model, [Tensor(.float32, [1, 2, 3], elements: [Float(1), 2, 7, 0, 0, 8]), matrix]) == [7, 13, 7, 3, 5, 8])
  }

  /// Half a pixel to the right: means of neighbours, and nothing where there is no neighbour.
  @Test func pixelsAreWeighed() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [1, 2, 2, 1]), m = file.tensor("m", .float32, [1, 4, 4]), y = file.tensor("y", .float32, [1, 2, 2, 1])
    let options = FlexBytes.map([("output_height", .integer(2)), ("output_width", .integer(2))])
    file.customStep("TransformTensorBilinear", version: 2, [x, m], [y], options: options)
    let model = try readModel(file.bytes(inputs: [x, m], outputs: [y]))
    func shifted(by places: Float) throws -> [Float] {
      let matrix = try Tensor(.float32, [1, 4, 4], elements: [Float(1), 0, 0, places, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
      return try values(model, [Tensor(.float32, [1, 2, 2, 1], elements: [Float(4), 8, 12, 20]), matrix])
    }
    #expect(try shifted(by: 0) == [4, 8, 12, 20])
    #expect(try shifted(by: 0.5) == [6, 0, 16, 0])
  }

  @Test func firstVersionsAreCarried() throws {
    let model = try matrix([0, 0, 0, 1, 0, 0], Self.crop([0, 1], scale: 1), version: 1)
    #expect(model.graph.nodeIDs.compactMap { model.graph[$0].op as? ForeignOperator }.map(\.name) == ["Landmarks2TransformMatrix"])
  }

  @Test func optionsOutOfRangeAreRefused() {
    #expect(throws: ModelError.self) { try matrix([0, 0, 0, 1, 0, 0], Self.crop([0, 2], scale: 1)) }
    #expect(throws: ModelError.self) { try matrix([0, 0, 0, 1, 0, 0], Self.crop([0, -1], scale: 1)) }
    #expect(throws: ModelError.self) { try matrix([0, 0, 0, 1, 0, 0], FlexBytes.map([("scale_x", .number(1))])) }
  }

  /// Whatever stands in a byte, and wherever the bytes end, reading them ends with a value or an error.
  @Test func damagedOptionsAreRefusedOrRead() throws {
    let whole = Self.crop([0, 1], scale: 1)
    #expect(try FlexMap(whole).integers("subset_idxs") == [0, 1])
    var refused = 0
    for place in whole.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var bytes = whole
        bytes[place] = value
        do {
          let map = try FlexMap(bytes)
          _ = (map.integer("output_width"), map.number("scale_x"), map.integers("subset_idxs"))
        } catch { refused += error.code == .malformed ? 1 : 0 }
      }
      #expect(throws: ModelError.self) { try FlexMap(whole.dropLast(place + 1)) }
    }
    #expect(refused > 0)
  }
}
