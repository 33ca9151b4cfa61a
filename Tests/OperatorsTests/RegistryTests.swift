import Testing

@testable import Operators

@Suite struct RegistryTests {
  @Test func registryIsSorted() {
    let names = registeredOperators.map { "\($0)" }
    #expect(names == names.sorted())
  }
}
