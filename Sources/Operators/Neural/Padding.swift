import Diagnostics
import GraphIR

/// How a sliding window treats the borders, in ONNX's terms.
public enum AutoPad: String, CaseIterable, Sendable {
  case notSet = "NOTSET"
  case sameUpper = "SAME_UPPER"
  case sameLower = "SAME_LOWER"
  case valid = "VALID"
}
