import Diagnostics
import GraphIR
import Testing

@Suite struct DimTests {
  let h = Dim.symbol("h")
  let w = Dim.symbol("w")

  @Test func equalFormsCompareEqual() {
    #expect((h + 1) * (h - 1) == h * h - 1)
    #expect(h + w == w + h)
    #expect(h - h == 0)
    #expect((h + w) * 2 == 2 * w + 2 * h)
    #expect((2 * h + 4).floorDivided(by: 2) == h + 2)
    #expect((h * w).floorDivided(by: w) == h)
  }

  @Test func termsThatTheDivisorDividesLeaveTheQuotient() {
    #expect((4 * h + w).floorDivided(by: 2) == 2 * h + w.floorDivided(by: 2))
    #expect((2 * h + 1).ceilDivided(by: 2) == h + 1)
  }

  @Test func remainingNumberIsDivided() {
    #expect((2 * h + 1).floorDivided(by: 2) == h)
    #expect((2 * h - 1).floorDivided(by: 2) == h - 1)
  }

  @Test func addingZeroChangesNothing() {
    var wide = w
    for index in 0..<62 { wide = wide + .symbol("s\(index)") }
    let divided = wide.floorDivided(by: h)
    #expect(divided + 0 == divided)
    #expect(divided * 1 == divided)
  }

  @Test func oddNamesDoNotPassForExpressions() {
    let name = Dim.symbol("floor(h, 2)")
    #expect(name != h.floorDivided(by: 2))
    #expect(name.description != h.floorDivided(by: 2).description)
    let sum = name + h.floorDivided(by: 2) + .symbol("g") + .symbol("z z")
    let other = Dim.symbol("z z") + .symbol("g") + h.floorDivided(by: 2) + name
    #expect(sum == other)
    #expect(sum.description == other.description)
  }

  @Test(arguments: [
    "0", "-9223372036854775808", "-9223372036854775808*h", "2*h+1", "-h", "h*h-3*h+7", "floor(h, 2)", "max(h, w)*3",
    "min(floor(h+1, 2), 7)", "?3", "?3+1", "\"a b\"", "\"\"*\"?\"", "\"2*h\"", "\"?a b\"", "_", "N.1", "floor(h, w)-1", "floor(1, 0)",
    "floor", "\"\\xc3\\xa9\"",
  ])
  func whatIsReadPrintsToTheSameExpression(_ text: String) throws {
    let dim = try Dim(parsing: text)
    #expect(try Dim(parsing: dim.description) == dim)
  }

  @Test(arguments: ["", "h+", "2 h", "floor(h)", "floor(h,2", "99999999999999999999", "-", "(h", "h)", "\"a", "%", "\"\\xff\"", "?.x", "//"])
  func whatIsNoDimensionIsRefused(_ text: String) {
    #expect(throws: ModelError.self) { try Dim(parsing: text) }
  }

  @Test func depthIsLimited() {
    let text = String(repeating: "(", count: 100_000) + "h" + String(repeating: ")", count: 100_000)
    #expect(throws: ModelError.self) { try Dim(parsing: text) }
  }

  @Test func bareQuestionMarksAreSizesOfTheirOwn() throws {
    let product = try Dim(parsing: "?*?+?4")
    #expect(product == .symbol("?5") * .symbol("?6") + .symbol("?4"))
    #expect(product.symbols.count == 3)
  }

  @Test func aSizeThatCannotBeOneIsKnownByItsRemainders() {
    let half = h.floorDivided(by: 2)
    for dim in [h * 2, half * 2 + 2, h * 4 + half * 6 - 4, h * 3 + 2, 0, 7] {
      #expect(dim.isNeverOne, "\(dim)")
      for value in -9...9 { #expect(dim.evaluated(with: ["h": value]) != 1, "\(dim)") }
    }
    for dim in [h, h * 2 + 1, half * 2 - 3, h * 3 + 1, h * 2 + half, 1, h * 3 - 2] { #expect(!dim.isNeverOne, "\(dim)") }
  }

  @Test func overflowNeverTraps() {
    let extremes: [Dim] = [
      .number(.min), .number(.max), 0, -1, 1, h, h * .number(.max), h * .number(.min), h + .number(.max), h + .number(.min), h * h * .number(.min),
    ]
    for a in extremes {
      for b in extremes {
        for c in [a + b, a - b, a * b, a.floorDivided(by: b), a.ceilDivided(by: b), a.modulo(b), .maximum(a, b), .minimum(a, b)] {
          _ = c.evaluated(with: ["h": .max])
          _ = c.evaluated(with: ["h": .min])
          _ = c.substituting(["h": .number(.min)])
          _ = c.description
          _ = c.isNeverOne
        }
      }
    }
  }
}
