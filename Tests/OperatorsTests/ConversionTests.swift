import Diagnostics
import Tensors
import Testing

@Suite struct ConversionTests {
  private func patterns(_ values: [Float], _ target: ElementType, saturating: Bool = true) throws -> [UInt8] {
    let tensor = try Tensor(.float32, [values.count], elements: values).converted(to: target, saturating: saturating)
    return target.bitWidth == 8 ? try tensor.elements(as: UInt8.self) : try tensor.unpacked()
  }

  /// Anchors from the tables of ONNX's `Cast` and the formats' definitions.
  @Test func smallFloatsRoundAndSaturate() throws {
    let values: [Float] = [0, -0.0, 1, 448, 449, 480, 1e9, .infinity, -.infinity, 0.0009765625, 0.0019531250]
    #expect(try patterns(values, .float8e4m3fn) == [0, 0x80, 0x38, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0xfe, 0, 1])
    #expect(try patterns(values, .float8e4m3fn, saturating: false) == [0, 0x80, 0x38, 0x7e, 0x7e, 0x7f, 0x7f, 0x7f, 0xff, 0, 1])
    #expect(try patterns([0, -0.0, 1, 240, 1e9, -.infinity], .float8e4m3fnuz) == [0, 0, 0x40, 0x7f, 0x7f, 0xff])
    #expect(try patterns([1e9, .nan], .float8e4m3fnuz, saturating: false) == [0x80, 0x80])
    #expect(try patterns([1, 57344, 1e9, .infinity], .float8e5m2) == [0x3c, 0x7b, 0x7b, 0x7b])
    #expect(try patterns([1e9, .infinity, -.infinity], .float8e5m2, saturating: false) == [0x7c, 0x7c, 0xfc])
    #expect(try patterns([0, 0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 7, -7], .float4e2m1) == [0, 0, 2, 2, 4, 4, 6, 6, 7, 15])
    #expect(try patterns([0, -0.0, 0.0625, 0.125, 1, 7.25, 7.4, 100, -.infinity], .float6e2m3) == [0, 32, 0, 1, 8, 30, 31, 31, 63])
    #expect(try patterns([0, -0.0, 0.03125, 0.0625, 1, 26, 27, 100, -.infinity], .float6e3m2) == [0, 32, 0, 1, 12, 30, 31, 31, 63])
    #expect(try patterns([1, 1.1, 3, 0], .float8e8m0) == [127, 128, 129, 0])
  }

  /// Every pattern becomes a number and that number the same pattern again, NaN apart.
  @Test(arguments: [ElementType.float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float6e2m3, .float6e3m2, .float4e2m1])
  func everyPatternSurvives(_ element: ElementType) throws {
    let all = (0..<(1 << element.bitWidth)).map { UInt8($0) }
    let tensor =
      element.bitWidth == 8 ? try Tensor(element, [all.count], elements: all) : try Tensor(element, [all.count], packing: all)
    let numbers = try tensor.floats()
    let back = try patterns(numbers, element, saturating: false)
    for index in all.indices where !numbers[index].isNaN { #expect(back[index] == all[index], "\(numbers[index])") }
    let nans: [ElementType: Int] = [.float8e4m3fn: 2, .float8e4m3fnuz: 1, .float8e5m2: 6, .float8e5m2fnuz: 1, .float8e8m0: 1, .float4e2m1: 0, .float6e2m3: 0, .float6e3m2: 0]
    #expect(numbers.count { $0.isNaN } == nans[element])
  }

  /// As the ONNX specification lays them out: four elements in three bytes, the first in the lowest bits.
  @Test func sixBitsCrossBytes() throws {
    let tensor = try Tensor(.float6e2m3, [5], packing: [0b000001, 0b110010, 0b101011, 0b011100, 0b111111])
    #expect(try tensor.withUnsafeBytes { Array($0) } == [0b10_000001, 0b1011_1100, 0b011100_10, 0b00_111111])
    #expect(try tensor.unpacked() == [0b000001, 0b110010, 0b101011, 0b011100, 0b111111])
  }

  /// Every half-precision pattern survives, and what lies halfway goes to the even one.
  @Test(arguments: [ElementType.float16, .bfloat16]) func everyHalfSurvives(_ element: ElementType) throws {
    let all = (0...UInt16.max).map { $0 }
    let numbers = try Tensor(element, [all.count], elements: all).floats()
    let back = try Tensor(.float32, [all.count], elements: numbers).converted(to: element).elements(as: UInt16.self)
    for index in all.indices where !numbers[index].isNaN { #expect(back[index] == all[index]) }
    let unit: Float = element == .float16 ? 1.0 / 1024 : 1.0 / 128
    let halfway = try Tensor(.float32, [2], elements: [1 + unit / 2, 1 + unit * 1.5]).converted(to: element).floats()
    #expect(halfway == [1, 1 + 2 * unit])
  }

  @Test func doublesAreRoundedOnce() throws {
    // Just above halfway between 1 and the next half: a float in between would fall on the tie.
    let value = 1.0 + 1.0 / 2048 + 1e-12
    let half = try Tensor(.float64, [1], elements: [value]).converted(to: .float16).floats()
    #expect(half == [1 + 1.0 / 1024])
  }

  @Test func integersLoseHighBitsAndFloatsAreTruncated() throws {
    #expect(try Tensor(.int16, [1], elements: [Int16(200)]).converted(to: .int8).elements(as: Int8.self) == [-56])
    #expect(try Tensor(.float32, [3], elements: [2.9, -2.9, .nan] as [Float]).converted(to: .int32).elements(as: Int32.self) == [2, -2, 0])
    #expect(try Tensor(.int32, [3], elements: [7, 8, -9] as [Int32]).converted(to: .int4).integersOfSmallType() == [7, -8, 7])
    #expect(try Tensor(.float32, [2], elements: [0, .nan] as [Float]).converted(to: .bool).elements(as: UInt8.self) == [0, 1])
  }

  @Test func stringsAreReadAndWritten() throws {
    let words = try Tensor(strings: ["3.5", "-inf", "NaN", "1e3"].map { Array($0.utf8) }, shape: [4])
    let numbers = try words.floats()
    #expect(numbers[0] == 3.5 && numbers[1] == -.infinity && numbers[2].isNaN && numbers[3] == 1000)
    #expect(throws: ModelError.self) { try Tensor(strings: [Array("x".utf8)], shape: [1]).floats() }
  }
}

extension Tensor {
  fileprivate func integersOfSmallType() throws -> [Int8] { try converted(to: .int8).elements(as: Int8.self) }
}
