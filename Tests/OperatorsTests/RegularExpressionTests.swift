import Diagnostics
import GraphIR
import Tensors
import Testing

import Operators

/// What is expected of each case is what RE2's documentation says.
@Suite struct RegularExpressionTests {
  private func matches(_ pattern: String, _ text: String) throws -> Bool {
    var op = RegexFullMatch()
    op.pattern = pattern
    return try op.results(Tensor(strings: [Array(text.utf8)], shape: [1]))[0].integers() == [1]
  }

  @Test(arguments: [
    ("www.[\\w.-]+\\.\\bcom\\b", "www.google.com", true), ("www.[\\w.-]+\\.\\bcom\\b", "www.facebook.org", false), ("a|bc|", "", true),
    ("a|bc|", "bc", true), ("a|bc|", "abc", false), ("(?:ab){2,3}", "abab", true), ("(?:ab){2,3}", "ab", false), ("x{2}", "xxx", false),
    ("x{2,}", "xxxxx", true), ("x{,2}", "x{,2}", true), ("[^a-c]+", "xyz", true), ("[^a-c]+", "xaz", false), ("[]a]+", "a]a", true),
    ("(?i)straße", "STRAßE", true), ("(?i:a)b", "Ab", true), ("(?i:a)b", "AB", false), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true),
    ("[[:alpha:]]+[[:^alpha:]]", "abc1", true), ("\\d+\\s\\D", "12 x", true), ("\\x41\\x{1F600}", "A\u{1F600}", true), ("\\Qa.b\\E", "a.b", true),
    ("\\Qa.b\\E", "axb", false), ("^(?P<name>a+?)b*$", "aab", true), ("a*?b", "aaab", true), ("(?m)a$\n^b", "a\nb", true), ("a\\Bb", "ab", true),
  ])
  func aPatternMatchesAllOfATextOrNot(_ pattern: String, _ text: String, _ expected: Bool) throws {
    #expect(try matches(pattern, text) == expected, "\(pattern) and \(text)")
  }

  @Test(arguments: ["(a", "a)", "[a", "*a", "a{2,1}", "\\", "\\p{L}", "(?x)a", "[[:nothing:]]", "a{1001}", "(((a{1000}){1000}){1000})"])
  func aMalformedPatternIsRefused(_ pattern: String) {
    #expect(throws: ModelError.self) { try matches(pattern, "a") }
  }

  /// Backtracking would take exponential time.
  @Test func nestedRepetitionsTakeLinearTime() throws {
    #expect(try !matches("(a*)*(a|a)*(a|aa)+b", String(repeating: "a", count: 2000)))
  }
}
