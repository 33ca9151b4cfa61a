// Written by Formats/generate from Formats/litert/schema.fbs. Do not edit.

extension Schema {
  package enum Conv2DOptions {
    package static let padding = IntField(0, .int8)
    package static let strideW = IntField(1, .int32)
    package static let strideH = IntField(2, .int32)
    package static let fusedActivationFunction = IntField(3, .int8)
    package static let dilationWFactor = IntField(4, .int32, 1)
    package static let dilationHFactor = IntField(5, .int32, 1)
    package static let quantizedBiasType = IntField(6, .int8)
    package static let code = 1
    package static let layout = TableLayout("Conv2DOptions", [padding, strideW, strideH, fusedActivationFunction, dilationWFactor, dilationHFactor, quantizedBiasType])
  }
  package enum DepthwiseConv2DOptions {
    package static let padding = IntField(0, .int8)
    package static let strideW = IntField(1, .int32)
    package static let strideH = IntField(2, .int32)
    package static let depthMultiplier = IntField(3, .int32)
    package static let fusedActivationFunction = IntField(4, .int8)
    package static let dilationWFactor = IntField(5, .int32, 1)
    package static let dilationHFactor = IntField(6, .int32, 1)
    package static let code = 2
    package static let layout = TableLayout("DepthwiseConv2DOptions", [padding, strideW, strideH, depthMultiplier, fusedActivationFunction, dilationWFactor, dilationHFactor])
  }
  package enum ConcatEmbeddingsOptions {
    package static let numChannels = IntField(0, .int32)
    package static let numColumnsPerChannel = IntsField(1, .int32)
    package static let embeddingDimPerChannel = IntsField(2, .int32)
    package static let code = 3
    package static let layout = TableLayout("ConcatEmbeddingsOptions", [numChannels, numColumnsPerChannel, embeddingDimPerChannel])
  }
  package enum LSHProjectionOptions {
    package static let type = IntField(0, .int8)
    package static let code = 4
    package static let layout = TableLayout("LSHProjectionOptions", [type])
  }
  package enum Pool2DOptions {
    package static let padding = IntField(0, .int8)
    package static let strideW = IntField(1, .int32)
    package static let strideH = IntField(2, .int32)
    package static let filterWidth = IntField(3, .int32)
    package static let filterHeight = IntField(4, .int32)
    package static let fusedActivationFunction = IntField(5, .int8)
    package static let code = 5
    package static let layout = TableLayout("Pool2DOptions", [padding, strideW, strideH, filterWidth, filterHeight, fusedActivationFunction])
  }
  package enum SVDFOptions {
    package static let rank = IntField(0, .int32)
    package static let fusedActivationFunction = IntField(1, .int8)
    package static let asymmetricQuantizeInputs = BoolField(2)
    package static let code = 6
    package static let layout = TableLayout("SVDFOptions", [rank, fusedActivationFunction, asymmetricQuantizeInputs])
  }
  package enum RNNOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let asymmetricQuantizeInputs = BoolField(1)
    package static let code = 7
    package static let layout = TableLayout("RNNOptions", [fusedActivationFunction, asymmetricQuantizeInputs])
  }
  package enum FullyConnectedOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let weightsFormat = IntField(1, .int8)
    package static let keepNumDims = BoolField(2)
    package static let asymmetricQuantizeInputs = BoolField(3)
    package static let quantizedBiasType = IntField(4, .int8)
    package static let quantSpec = IntsField(5, .uint8)
    package static let code = 8
    package static let layout = TableLayout("FullyConnectedOptions", [fusedActivationFunction, weightsFormat, keepNumDims, asymmetricQuantizeInputs, quantizedBiasType, quantSpec])
  }
  package enum SoftmaxOptions {
    package static let beta = FloatField(0)
    package static let code = 9
    package static let layout = TableLayout("SoftmaxOptions", [beta])
  }
  package enum ConcatenationOptions {
    package static let axis = IntField(0, .int32)
    package static let fusedActivationFunction = IntField(1, .int8)
    package static let code = 10
    package static let layout = TableLayout("ConcatenationOptions", [axis, fusedActivationFunction])
  }
  package enum AddOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let potScaleInt16 = BoolField(1, true)
    package static let code = 11
    package static let layout = TableLayout("AddOptions", [fusedActivationFunction, potScaleInt16])
  }
  package enum L2NormOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let code = 12
    package static let layout = TableLayout("L2NormOptions", [fusedActivationFunction])
  }
  package enum LocalResponseNormalizationOptions {
    package static let radius = IntField(0, .int32)
    package static let bias = FloatField(1)
    package static let alpha = FloatField(2)
    package static let beta = FloatField(3)
    package static let code = 13
    package static let layout = TableLayout("LocalResponseNormalizationOptions", [radius, bias, alpha, beta])
  }
  package enum LSTMOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let cellClip = FloatField(1)
    package static let projClip = FloatField(2)
    package static let kernelType = IntField(3, .int8)
    package static let asymmetricQuantizeInputs = BoolField(4)
    package static let code = 14
    package static let layout = TableLayout("LSTMOptions", [fusedActivationFunction, cellClip, projClip, kernelType, asymmetricQuantizeInputs])
  }
  package enum ResizeBilinearOptions {
    package static let alignCorners = BoolField(2)
    package static let halfPixelCenters = BoolField(3)
    package static let code = 15
    package static let layout = TableLayout("ResizeBilinearOptions", [alignCorners, halfPixelCenters])
  }
  package enum CallOptions {
    package static let subgraph = IntField(0, .uint32)
    package static let code = 16
    package static let layout = TableLayout("CallOptions", [subgraph])
  }
  package enum ReshapeOptions {
    package static let newShape = IntsField(0, .int32)
    package static let code = 17
    package static let layout = TableLayout("ReshapeOptions", [newShape])
  }
  package enum SkipGramOptions {
    package static let ngramSize = IntField(0, .int32)
    package static let maxSkipSize = IntField(1, .int32)
    package static let includeAllNgrams = BoolField(2)
    package static let code = 18
    package static let layout = TableLayout("SkipGramOptions", [ngramSize, maxSkipSize, includeAllNgrams])
  }
  package enum SpaceToDepthOptions {
    package static let blockSize = IntField(0, .int32)
    package static let code = 19
    package static let layout = TableLayout("SpaceToDepthOptions", [blockSize])
  }
  package enum EmbeddingLookupSparseOptions {
    package static let combiner = IntField(0, .int8)
    package static let code = 20
    package static let layout = TableLayout("EmbeddingLookupSparseOptions", [combiner])
  }
  package enum MulOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let code = 21
    package static let layout = TableLayout("MulOptions", [fusedActivationFunction])
  }
  package enum PadOptions {
    package static let code = 22
    package static let layout = TableLayout("PadOptions", [])
  }
  package enum GatherOptions {
    package static let axis = IntField(0, .int32)
    package static let batchDims = IntField(1, .int32)
    package static let code = 23
    package static let layout = TableLayout("GatherOptions", [axis, batchDims])
  }
  package enum BatchToSpaceNDOptions {
    package static let code = 24
    package static let layout = TableLayout("BatchToSpaceNDOptions", [])
  }
  package enum SpaceToBatchNDOptions {
    package static let code = 25
    package static let layout = TableLayout("SpaceToBatchNDOptions", [])
  }
  package enum TransposeOptions {
    package static let code = 26
    package static let layout = TableLayout("TransposeOptions", [])
  }
  package enum ReducerOptions {
    package static let keepDims = BoolField(0)
    package static let code = 27
    package static let layout = TableLayout("ReducerOptions", [keepDims])
  }
  package enum SubOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let potScaleInt16 = BoolField(1, true)
    package static let code = 28
    package static let layout = TableLayout("SubOptions", [fusedActivationFunction, potScaleInt16])
  }
  package enum DivOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let code = 29
    package static let layout = TableLayout("DivOptions", [fusedActivationFunction])
  }
  package enum SqueezeOptions {
    package static let squeezeDims = IntsField(0, .int32)
    package static let code = 30
    package static let layout = TableLayout("SqueezeOptions", [squeezeDims])
  }
  package enum SequenceRNNOptions {
    package static let timeMajor = BoolField(0)
    package static let fusedActivationFunction = IntField(1, .int8)
    package static let asymmetricQuantizeInputs = BoolField(2)
    package static let code = 31
    package static let layout = TableLayout("SequenceRNNOptions", [timeMajor, fusedActivationFunction, asymmetricQuantizeInputs])
  }
  package enum StridedSliceOptions {
    package static let beginMask = IntField(0, .int32)
    package static let endMask = IntField(1, .int32)
    package static let ellipsisMask = IntField(2, .int32)
    package static let newAxisMask = IntField(3, .int32)
    package static let shrinkAxisMask = IntField(4, .int32)
    package static let offset = BoolField(5)
    package static let code = 32
    package static let layout = TableLayout("StridedSliceOptions", [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask, offset])
  }
  package enum ExpOptions {
    package static let code = 33
    package static let layout = TableLayout("ExpOptions", [])
  }
  package enum TopKV2Options {
    package static let code = 34
    package static let layout = TableLayout("TopKV2Options", [])
  }
  package enum SplitOptions {
    package static let numSplits = IntField(0, .int32)
    package static let code = 35
    package static let layout = TableLayout("SplitOptions", [numSplits])
  }
  package enum LogSoftmaxOptions {
    package static let code = 36
    package static let layout = TableLayout("LogSoftmaxOptions", [])
  }
  package enum CastOptions {
    package static let inDataType = IntField(0, .int8)
    package static let outDataType = IntField(1, .int8)
    package static let code = 37
    package static let layout = TableLayout("CastOptions", [inDataType, outDataType])
  }
  package enum DequantizeOptions {
    package static let code = 38
    package static let layout = TableLayout("DequantizeOptions", [])
  }
  package enum MaximumMinimumOptions {
    package static let code = 39
    package static let layout = TableLayout("MaximumMinimumOptions", [])
  }
  package enum ArgMaxOptions {
    package static let outputType = IntField(0, .int8)
    package static let code = 40
    package static let layout = TableLayout("ArgMaxOptions", [outputType])
  }
  package enum LessOptions {
    package static let code = 41
    package static let layout = TableLayout("LessOptions", [])
  }
  package enum NegOptions {
    package static let code = 42
    package static let layout = TableLayout("NegOptions", [])
  }
  package enum PadV2Options {
    package static let code = 43
    package static let layout = TableLayout("PadV2Options", [])
  }
  package enum GreaterOptions {
    package static let code = 44
    package static let layout = TableLayout("GreaterOptions", [])
  }
  package enum GreaterEqualOptions {
    package static let code = 45
    package static let layout = TableLayout("GreaterEqualOptions", [])
  }
  package enum LessEqualOptions {
    package static let code = 46
    package static let layout = TableLayout("LessEqualOptions", [])
  }
  package enum SelectOptions {
    package static let code = 47
    package static let layout = TableLayout("SelectOptions", [])
  }
  package enum SliceOptions {
    package static let code = 48
    package static let layout = TableLayout("SliceOptions", [])
  }
  package enum TransposeConvOptions {
    package static let padding = IntField(0, .int8)
    package static let strideW = IntField(1, .int32)
    package static let strideH = IntField(2, .int32)
    package static let fusedActivationFunction = IntField(3, .int8)
    package static let quantizedBiasType = IntField(4, .int8)
    package static let code = 49
    package static let layout = TableLayout("TransposeConvOptions", [padding, strideW, strideH, fusedActivationFunction, quantizedBiasType])
  }
  package enum SparseToDenseOptions {
    package static let validateIndices = BoolField(0)
    package static let code = 50
    package static let layout = TableLayout("SparseToDenseOptions", [validateIndices])
  }
  package enum TileOptions {
    package static let code = 51
    package static let layout = TableLayout("TileOptions", [])
  }
  package enum ExpandDimsOptions {
    package static let code = 52
    package static let layout = TableLayout("ExpandDimsOptions", [])
  }
  package enum EqualOptions {
    package static let code = 53
    package static let layout = TableLayout("EqualOptions", [])
  }
  package enum NotEqualOptions {
    package static let code = 54
    package static let layout = TableLayout("NotEqualOptions", [])
  }
  package enum ShapeOptions {
    package static let outType = IntField(0, .int8)
    package static let code = 55
    package static let layout = TableLayout("ShapeOptions", [outType])
  }
  package enum PowOptions {
    package static let code = 56
    package static let layout = TableLayout("PowOptions", [])
  }
  package enum ArgMinOptions {
    package static let outputType = IntField(0, .int8)
    package static let code = 57
    package static let layout = TableLayout("ArgMinOptions", [outputType])
  }
  package enum FakeQuantOptions {
    package static let min = FloatField(0)
    package static let max = FloatField(1)
    package static let numBits = IntField(2, .int32)
    package static let narrowRange = BoolField(3)
    package static let code = 58
    package static let layout = TableLayout("FakeQuantOptions", [min, max, numBits, narrowRange])
  }
  package enum PackOptions {
    package static let valuesCount = IntField(0, .int32)
    package static let axis = IntField(1, .int32)
    package static let code = 59
    package static let layout = TableLayout("PackOptions", [valuesCount, axis])
  }
  package enum LogicalOrOptions {
    package static let code = 60
    package static let layout = TableLayout("LogicalOrOptions", [])
  }
  package enum OneHotOptions {
    package static let axis = IntField(0, .int32)
    package static let code = 61
    package static let layout = TableLayout("OneHotOptions", [axis])
  }
  package enum LogicalAndOptions {
    package static let code = 62
    package static let layout = TableLayout("LogicalAndOptions", [])
  }
  package enum LogicalNotOptions {
    package static let code = 63
    package static let layout = TableLayout("LogicalNotOptions", [])
  }
}
