/// Field numbers of ONNX's messages.
enum WireFields {
  enum Model {
    static let irVersion = 1, producerName = 2, producerVersion = 3, domain = 4, modelVersion = 5, documentation = 6, graph = 7
    static let opset = 8, metadata = 14, function = 25
  }
  enum Graph {
    static let node = 1, name = 2, initializer = 5, documentation = 10, input = 11, output = 12, valueInfo = 13
    static let annotation = 14, sparseInitializer = 15, metadata = 16
  }
  enum Node {
    static let input = 1, output = 2, name = 3, type = 4, attribute = 5, documentation = 6, domain = 7, overload = 8, metadata = 9
  }
  enum Attribute {
    static let name = 1, float = 2, int = 3, string = 4, tensor = 5, graph = 6, floats = 7, ints = 8, strings = 9, tensors = 10
    static let graphs = 11, type = 14, types = 15, kind = 20, reference = 21, sparse = 22, sparses = 23
  }
  enum Function {
    static let name = 1, input = 4, output = 5, required = 6, node = 7, documentation = 8, opset = 9, domain = 10, attribute = 11
    static let valueInfo = 12, overload = 13, metadata = 14
  }
  enum Tensor {
    static let dims = 1, element = 2, strings = 6, name = 8, raw = 9, external = 13, location = 14
  }
  enum Sparse { static let values = 1, indices = 2, dims = 3 }
  /// Of sequences and optionals.
  enum Held { static let name = 1, kind = 2, tensor = 3, sparse = 4, sequence = 5, map = 6, optional = 7 }
  enum Map { static let name = 1, keyType = 2, keys = 3, stringKeys = 4, values = 5 }
  enum ValueInfo { static let name = 1, type = 2, documentation = 3, metadata = 4 }
  enum Entry { static let key = 1, value = 2 }
  enum Opset { static let domain = 1, version = 2 }
  enum TypeKind { static let tensor = 1, sequence = 4, map = 5, denotation = 6, opaque = 7, sparse = 8, optional = 9 }
  enum TypeField { static let element = 1, shape = 2, item = 1, mapValue = 2, dim = 1, opaqueDomain = 1, opaqueName = 2 }
  enum Dimension { static let value = 1, parameter = 2, denotation = 3 }
}
