// Written by Formats/generate from Formats/litert/schema.fbs. Do not edit.

extension Schema {
  package enum UnpackOptions {
    package static let num = IntField(0, .int32)
    package static let axis = IntField(1, .int32)
    package static let code = 64
    package static let layout = TableLayout("UnpackOptions", [num, axis])
  }
  package enum FloorDivOptions {
    package static let code = 65
    package static let layout = TableLayout("FloorDivOptions", [])
  }
  package enum SquareOptions {
    package static let code = 66
    package static let layout = TableLayout("SquareOptions", [])
  }
  package enum ZerosLikeOptions {
    package static let code = 67
    package static let layout = TableLayout("ZerosLikeOptions", [])
  }
  package enum FillOptions {
    package static let code = 68
    package static let layout = TableLayout("FillOptions", [])
  }
  package enum BidirectionalSequenceLSTMOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let cellClip = FloatField(1)
    package static let projClip = FloatField(2)
    package static let mergeOutputs = BoolField(3)
    package static let timeMajor = BoolField(4, true)
    package static let asymmetricQuantizeInputs = BoolField(5)
    package static let code = 69
    package static let layout = TableLayout("BidirectionalSequenceLSTMOptions", [fusedActivationFunction, cellClip, projClip, mergeOutputs, timeMajor, asymmetricQuantizeInputs])
  }
  package enum BidirectionalSequenceRNNOptions {
    package static let timeMajor = BoolField(0)
    package static let fusedActivationFunction = IntField(1, .int8)
    package static let mergeOutputs = BoolField(2)
    package static let asymmetricQuantizeInputs = BoolField(3)
    package static let code = 70
    package static let layout = TableLayout("BidirectionalSequenceRNNOptions", [timeMajor, fusedActivationFunction, mergeOutputs, asymmetricQuantizeInputs])
  }
  package enum UnidirectionalSequenceLSTMOptions {
    package static let fusedActivationFunction = IntField(0, .int8)
    package static let cellClip = FloatField(1)
    package static let projClip = FloatField(2)
    package static let timeMajor = BoolField(3)
    package static let asymmetricQuantizeInputs = BoolField(4)
    package static let diagonalRecurrentTensors = BoolField(5)
    package static let code = 71
    package static let layout = TableLayout("UnidirectionalSequenceLSTMOptions", [fusedActivationFunction, cellClip, projClip, timeMajor, asymmetricQuantizeInputs, diagonalRecurrentTensors])
  }
  package enum FloorModOptions {
    package static let code = 72
    package static let layout = TableLayout("FloorModOptions", [])
  }
  package enum RangeOptions {
    package static let code = 73
    package static let layout = TableLayout("RangeOptions", [])
  }
  package enum ResizeNearestNeighborOptions {
    package static let alignCorners = BoolField(0)
    package static let halfPixelCenters = BoolField(1)
    package static let code = 74
    package static let layout = TableLayout("ResizeNearestNeighborOptions", [alignCorners, halfPixelCenters])
  }
  package enum LeakyReluOptions {
    package static let alpha = FloatField(0)
    package static let code = 75
    package static let layout = TableLayout("LeakyReluOptions", [alpha])
  }
  package enum SquaredDifferenceOptions {
    package static let code = 76
    package static let layout = TableLayout("SquaredDifferenceOptions", [])
  }
  package enum MirrorPadOptions {
    package static let mode = IntField(0, .int8)
    package static let code = 77
    package static let layout = TableLayout("MirrorPadOptions", [mode])
  }
  package enum AbsOptions {
    package static let code = 78
    package static let layout = TableLayout("AbsOptions", [])
  }
  package enum SplitVOptions {
    package static let numSplits = IntField(0, .int32)
    package static let code = 79
    package static let layout = TableLayout("SplitVOptions", [numSplits])
  }
  package enum UniqueOptions {
    package static let idxOutType = IntField(0, .int8, 2)
    package static let code = 80
    package static let layout = TableLayout("UniqueOptions", [idxOutType])
  }
  package enum ReverseV2Options {
    package static let code = 81
    package static let layout = TableLayout("ReverseV2Options", [])
  }
  package enum AddNOptions {
    package static let code = 82
    package static let layout = TableLayout("AddNOptions", [])
  }
  package enum GatherNdOptions {
    package static let code = 83
    package static let layout = TableLayout("GatherNdOptions", [])
  }
  package enum CosOptions {
    package static let code = 84
    package static let layout = TableLayout("CosOptions", [])
  }
  package enum WhereOptions {
    package static let code = 85
    package static let layout = TableLayout("WhereOptions", [])
  }
  package enum RankOptions {
    package static let code = 86
    package static let layout = TableLayout("RankOptions", [])
  }
  package enum ReverseSequenceOptions {
    package static let seqDim = IntField(0, .int32)
    package static let batchDim = IntField(1, .int32)
    package static let code = 87
    package static let layout = TableLayout("ReverseSequenceOptions", [seqDim, batchDim])
  }
  package enum MatrixDiagOptions {
    package static let code = 88
    package static let layout = TableLayout("MatrixDiagOptions", [])
  }
  package enum QuantizeOptions {
    package static let code = 89
    package static let layout = TableLayout("QuantizeOptions", [])
  }
  package enum MatrixSetDiagOptions {
    package static let code = 90
    package static let layout = TableLayout("MatrixSetDiagOptions", [])
  }
  package enum HardSwishOptions {
    package static let code = 91
    package static let layout = TableLayout("HardSwishOptions", [])
  }
  package enum IfOptions {
    package static let thenSubgraphIndex = IntField(0, .int32)
    package static let elseSubgraphIndex = IntField(1, .int32)
    package static let code = 92
    package static let layout = TableLayout("IfOptions", [thenSubgraphIndex, elseSubgraphIndex])
  }
  package enum WhileOptions {
    package static let condSubgraphIndex = IntField(0, .int32)
    package static let bodySubgraphIndex = IntField(1, .int32)
    package static let code = 93
    package static let layout = TableLayout("WhileOptions", [condSubgraphIndex, bodySubgraphIndex])
  }
  package enum DepthToSpaceOptions {
    package static let blockSize = IntField(0, .int32)
    package static let code = 94
    package static let layout = TableLayout("DepthToSpaceOptions", [blockSize])
  }
  package enum NonMaxSuppressionV4Options {
    package static let code = 95
    package static let layout = TableLayout("NonMaxSuppressionV4Options", [])
  }
  package enum NonMaxSuppressionV5Options {
    package static let code = 96
    package static let layout = TableLayout("NonMaxSuppressionV5Options", [])
  }
  package enum ScatterNdOptions {
    package static let code = 97
    package static let layout = TableLayout("ScatterNdOptions", [])
  }
  package enum SelectV2Options {
    package static let code = 98
    package static let layout = TableLayout("SelectV2Options", [])
  }
  package enum DensifyOptions {
    package static let code = 99
    package static let layout = TableLayout("DensifyOptions", [])
  }
  package enum SegmentSumOptions {
    package static let code = 100
    package static let layout = TableLayout("SegmentSumOptions", [])
  }
  package enum BatchMatMulOptions {
    package static let adjX = BoolField(0)
    package static let adjY = BoolField(1)
    package static let asymmetricQuantizeInputs = BoolField(2)
    package static let code = 101
    package static let layout = TableLayout("BatchMatMulOptions", [adjX, adjY, asymmetricQuantizeInputs])
  }
  package enum CumsumOptions {
    package static let exclusive = BoolField(0)
    package static let reverse = BoolField(1)
    package static let code = 102
    package static let layout = TableLayout("CumsumOptions", [exclusive, reverse])
  }
  package enum CallOnceOptions {
    package static let initSubgraphIndex = IntField(0, .int32)
    package static let code = 103
    package static let layout = TableLayout("CallOnceOptions", [initSubgraphIndex])
  }
  package enum BroadcastToOptions {
    package static let code = 104
    package static let layout = TableLayout("BroadcastToOptions", [])
  }
  package enum Rfft2dOptions {
    package static let code = 105
    package static let layout = TableLayout("Rfft2dOptions", [])
  }
  package enum Conv3DOptions {
    package static let padding = IntField(0, .int8)
    package static let strideD = IntField(1, .int32)
    package static let strideW = IntField(2, .int32)
    package static let strideH = IntField(3, .int32)
    package static let fusedActivationFunction = IntField(4, .int8)
    package static let dilationDFactor = IntField(5, .int32, 1)
    package static let dilationWFactor = IntField(6, .int32, 1)
    package static let dilationHFactor = IntField(7, .int32, 1)
    package static let code = 106
    package static let layout = TableLayout("Conv3DOptions", [padding, strideD, strideW, strideH, fusedActivationFunction, dilationDFactor, dilationWFactor, dilationHFactor])
  }
  package enum HashtableOptions {
    package static let tableId = IntField(0, .int32)
    package static let keyDtype = IntField(1, .int8)
    package static let valueDtype = IntField(2, .int8)
    package static let code = 107
    package static let layout = TableLayout("HashtableOptions", [tableId, keyDtype, valueDtype])
  }
  package enum HashtableFindOptions {
    package static let code = 108
    package static let layout = TableLayout("HashtableFindOptions", [])
  }
  package enum HashtableImportOptions {
    package static let code = 109
    package static let layout = TableLayout("HashtableImportOptions", [])
  }
  package enum HashtableSizeOptions {
    package static let code = 110
    package static let layout = TableLayout("HashtableSizeOptions", [])
  }
  package enum VarHandleOptions {
    package static let container = TextField(0)
    package static let sharedName = TextField(1)
    package static let code = 111
    package static let layout = TableLayout("VarHandleOptions", [container, sharedName])
  }
  package enum ReadVariableOptions {
    package static let code = 112
    package static let layout = TableLayout("ReadVariableOptions", [])
  }
  package enum AssignVariableOptions {
    package static let code = 113
    package static let layout = TableLayout("AssignVariableOptions", [])
  }
  package enum RandomOptions {
    package static let seed = IntField(0, .int64)
    package static let seed2 = IntField(1, .int64)
    package static let code = 114
    package static let layout = TableLayout("RandomOptions", [seed, seed2])
  }
  package enum BucketizeOptions {
    package static let boundaries = FloatsField(0)
    package static let code = 115
    package static let layout = TableLayout("BucketizeOptions", [boundaries])
  }
  package enum GeluOptions {
    package static let approximate = BoolField(0)
    package static let code = 116
    package static let layout = TableLayout("GeluOptions", [approximate])
  }
  package enum DynamicUpdateSliceOptions {
    package static let code = 117
    package static let layout = TableLayout("DynamicUpdateSliceOptions", [])
  }
  package enum UnsortedSegmentProdOptions {
    package static let code = 118
    package static let layout = TableLayout("UnsortedSegmentProdOptions", [])
  }
  package enum UnsortedSegmentMaxOptions {
    package static let code = 119
    package static let layout = TableLayout("UnsortedSegmentMaxOptions", [])
  }
  package enum UnsortedSegmentMinOptions {
    package static let code = 120
    package static let layout = TableLayout("UnsortedSegmentMinOptions", [])
  }
  package enum UnsortedSegmentSumOptions {
    package static let code = 121
    package static let layout = TableLayout("UnsortedSegmentSumOptions", [])
  }
  package enum ATan2Options {
    package static let code = 122
    package static let layout = TableLayout("ATan2Options", [])
  }
  package enum SignOptions {
    package static let code = 123
    package static let layout = TableLayout("SignOptions", [])
  }
  package enum BitcastOptions {
    package static let code = 124
    package static let layout = TableLayout("BitcastOptions", [])
  }
  package enum BitwiseXorOptions {
    package static let code = 125
    package static let layout = TableLayout("BitwiseXorOptions", [])
  }
  package enum RightShiftOptions {
    package static let code = 126
    package static let layout = TableLayout("RightShiftOptions", [])
  }
}
