// Written by Formats/generate from Formats/litert/schema.fbs. Do not edit.

extension Schema {
  package enum Int32Vector {
    package static let values = IntsField(0, .int32)
    package static let code = 1
    package static let layout = TableLayout("Int32Vector", [values])
  }
  package enum Uint16Vector {
    package static let values = IntsField(0, .uint16)
    package static let code = 2
    package static let layout = TableLayout("Uint16Vector", [values])
  }
  package enum Uint8Vector {
    package static let values = IntsField(0, .uint8)
    package static let code = 3
    package static let layout = TableLayout("Uint8Vector", [values])
  }
  package enum DimensionMetadata {
    package static let format = IntField(0, .int8)
    package static let denseSize = IntField(1, .int32)
    package static let arraySegments = UnionField(3, SparseIndexVector.members)
    package static let arrayIndices = UnionField(5, SparseIndexVector.members)
    package static let layout = TableLayout("DimensionMetadata", [format, denseSize, arraySegments, arrayIndices])
  }
  package enum SparsityParameters {
    package static let traversalOrder = IntsField(0, .int32)
    package static let blockMap = IntsField(1, .int32)
    package static let dimMetadata = TablesField(2, DimensionMetadata.layout)
    package static let layout = TableLayout("SparsityParameters", [traversalOrder, blockMap, dimMetadata])
  }
  package enum QuantizationParameters {
    package static let min = FloatsField(0)
    package static let max = FloatsField(1)
    package static let scale = FloatsField(2)
    package static let zeroPoint = IntsField(3, .int64)
    package static let quantizedDimension = IntField(6, .int32)
    package static let layout = TableLayout("QuantizationParameters", [min, max, scale, zeroPoint, quantizedDimension])
  }
  package enum Tensor {
    package static let shape = IntsField(0, .int32)
    package static let type = IntField(1, .int8)
    package static let buffer = IntField(2, .uint32)
    package static let name = TextField(3)
    package static let quantization = TableField(4, QuantizationParameters.layout)
    package static let isVariable = BoolField(5)
    package static let sparsity = TableField(6, SparsityParameters.layout)
    package static let shapeSignature = IntsField(7, .int32)
    package static let hasRank = BoolField(8)
    package static let externalBuffer = IntField(10, .uint32)
    package static let layout = TableLayout("Tensor", [shape, type, buffer, name, quantization, isVariable, sparsity, shapeSignature, hasRank, externalBuffer])
  }
  package enum OperatorCode {
    package static let deprecatedBuiltinCode = IntField(0, .int8)
    package static let customCode = TextField(1)
    package static let version = IntField(2, .int32, 1)
    package static let builtinCode = IntField(3, .int32)
    package static let layout = TableLayout("OperatorCode", [deprecatedBuiltinCode, customCode, version, builtinCode])
  }
  package enum Operator {
    package static let opcodeIndex = IntField(0, .uint32)
    package static let inputs = IntsField(1, .int32)
    package static let outputs = IntsField(2, .int32)
    package static let builtinOptions = UnionField(4, BuiltinOptions.members)
    package static let customOptions = IntsField(5, .uint8)
    package static let customOptionsFormat = IntField(6, .int8)
    package static let mutatingVariableInputs = IntsField(7, .uint8)
    package static let intermediates = IntsField(8, .int32)
    package static let largeCustomOptionsOffset = IntField(9, .uint64)
    package static let largeCustomOptionsSize = IntField(10, .uint64)
    package static let debugMetadataIndex = IntField(13, .int32, -1)
    package static let layout = TableLayout("Operator", [opcodeIndex, inputs, outputs, builtinOptions, customOptions, customOptionsFormat, mutatingVariableInputs, intermediates, largeCustomOptionsOffset, largeCustomOptionsSize, debugMetadataIndex])
  }
  package enum SubGraph {
    package static let tensors = TablesField(0, Tensor.layout)
    package static let inputs = IntsField(1, .int32)
    package static let outputs = IntsField(2, .int32)
    package static let operators = TablesField(3, Operator.layout)
    package static let name = TextField(4)
    package static let debugMetadataIndex = IntField(5, .int32, -1)
    package static let layout = TableLayout("SubGraph", [tensors, inputs, outputs, operators, name, debugMetadataIndex])
  }
  package enum Buffer {
    package static let data = IntsField(0, .uint8)
    package static let offset = IntField(1, .uint64)
    package static let size = IntField(2, .uint64)
    package static let layout = TableLayout("Buffer", [data, offset, size])
  }
  package enum Metadata {
    package static let name = TextField(0)
    package static let buffer = IntField(1, .uint32)
    package static let layout = TableLayout("Metadata", [name, buffer])
  }
  package enum TensorMap {
    package static let name = TextField(0)
    package static let tensorIndex = IntField(1, .uint32)
    package static let layout = TableLayout("TensorMap", [name, tensorIndex])
  }
  package enum SignatureDef {
    package static let inputs = TablesField(0, TensorMap.layout)
    package static let outputs = TablesField(1, TensorMap.layout)
    package static let signatureKey = TextField(2)
    package static let subgraphIndex = IntField(4, .uint32)
    package static let layout = TableLayout("SignatureDef", [inputs, outputs, signatureKey, subgraphIndex])
  }
  package enum Model {
    package static let version = IntField(0, .uint32)
    package static let operatorCodes = TablesField(1, OperatorCode.layout)
    package static let subgraphs = TablesField(2, SubGraph.layout)
    package static let description = TextField(3)
    package static let buffers = TablesField(4, Buffer.layout)
    package static let metadataBuffer = IntsField(5, .int32)
    package static let metadata = TablesField(6, Metadata.layout)
    package static let signatureDefs = TablesField(7, SignatureDef.layout)
    package static let layout = TableLayout("Model", [version, operatorCodes, subgraphs, description, buffers, metadataBuffer, metadata, signatureDefs])
  }
}
