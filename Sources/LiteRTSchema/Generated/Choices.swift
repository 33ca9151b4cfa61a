// Written by Formats/generate from Formats/litert/schema.fbs. Do not edit.

extension Schema {
  package enum TensorType: Int, CaseIterable, Sendable {
    case float32 = 0
    case float16 = 1
    case int32 = 2
    case uint8 = 3
    case int64 = 4
    case string = 5
    case bool = 6
    case int16 = 7
    case complex64 = 8
    case int8 = 9
    case float64 = 10
    case complex128 = 11
    case uint64 = 12
    case resource = 13
    case variant = 14
    case uint32 = 15
    case uint16 = 16
    case int4 = 17
    case bfloat16 = 18
    case int2 = 19
    case uint4 = 20
    case float8E4m3fn = 21
    case float8E5m2 = 22
  }
  package enum Padding: Int, CaseIterable, Sendable {
    case same = 0
    case valid = 1
  }
  package enum ActivationFunctionType: Int, CaseIterable, Sendable {
    case none = 0
    case relu = 1
    case reluN1To1 = 2
    case relu6 = 3
    case tanh = 4
    case signBit = 5
  }
  package enum FullyConnectedOptionsWeightsFormat: Int, CaseIterable, Sendable {
    case `default` = 0
    case shuffled4x16int8 = 1
  }
  package enum LSTMKernelType: Int, CaseIterable, Sendable {
    case full = 0
    case basic = 1
  }
  package enum CombinerType: Int, CaseIterable, Sendable {
    case sum = 0
    case mean = 1
    case sqrtn = 2
  }
  package enum MirrorPadMode: Int, CaseIterable, Sendable {
    case reflect = 0
    case symmetric = 1
  }
  package enum LSHProjectionType: Int, CaseIterable, Sendable {
    case unknown = 0
    case sparse = 1
    case dense = 2
  }
  package enum DimensionType: Int, CaseIterable, Sendable {
    case dense = 0
    case sparseCsr = 1
  }
  package enum CustomOptionsFormat: Int, CaseIterable, Sendable {
    case flexbuffers = 0
  }
  package enum SparseIndexVector {
    package static let members = [
      Int32Vector.layout,
      Uint16Vector.layout,
      Uint8Vector.layout,
    ]
  }
  package enum BuiltinOptions {
    package static let members = [
      Conv2DOptions.layout,
      DepthwiseConv2DOptions.layout,
      ConcatEmbeddingsOptions.layout,
      LSHProjectionOptions.layout,
      Pool2DOptions.layout,
      SVDFOptions.layout,
      RNNOptions.layout,
      FullyConnectedOptions.layout,
      SoftmaxOptions.layout,
      ConcatenationOptions.layout,
      AddOptions.layout,
      L2NormOptions.layout,
      LocalResponseNormalizationOptions.layout,
      LSTMOptions.layout,
      ResizeBilinearOptions.layout,
      CallOptions.layout,
      ReshapeOptions.layout,
      SkipGramOptions.layout,
      SpaceToDepthOptions.layout,
      EmbeddingLookupSparseOptions.layout,
      MulOptions.layout,
      PadOptions.layout,
      GatherOptions.layout,
      BatchToSpaceNDOptions.layout,
      SpaceToBatchNDOptions.layout,
      TransposeOptions.layout,
      ReducerOptions.layout,
      SubOptions.layout,
      DivOptions.layout,
      SqueezeOptions.layout,
      SequenceRNNOptions.layout,
      StridedSliceOptions.layout,
      ExpOptions.layout,
      TopKV2Options.layout,
      SplitOptions.layout,
      LogSoftmaxOptions.layout,
      CastOptions.layout,
      DequantizeOptions.layout,
      MaximumMinimumOptions.layout,
      ArgMaxOptions.layout,
      LessOptions.layout,
      NegOptions.layout,
      PadV2Options.layout,
      GreaterOptions.layout,
      GreaterEqualOptions.layout,
      LessEqualOptions.layout,
      SelectOptions.layout,
      SliceOptions.layout,
      TransposeConvOptions.layout,
      SparseToDenseOptions.layout,
      TileOptions.layout,
      ExpandDimsOptions.layout,
      EqualOptions.layout,
      NotEqualOptions.layout,
      ShapeOptions.layout,
      PowOptions.layout,
      ArgMinOptions.layout,
      FakeQuantOptions.layout,
      PackOptions.layout,
      LogicalOrOptions.layout,
      OneHotOptions.layout,
      LogicalAndOptions.layout,
      LogicalNotOptions.layout,
      UnpackOptions.layout,
      FloorDivOptions.layout,
      SquareOptions.layout,
      ZerosLikeOptions.layout,
      FillOptions.layout,
      BidirectionalSequenceLSTMOptions.layout,
      BidirectionalSequenceRNNOptions.layout,
      UnidirectionalSequenceLSTMOptions.layout,
      FloorModOptions.layout,
      RangeOptions.layout,
      ResizeNearestNeighborOptions.layout,
      LeakyReluOptions.layout,
      SquaredDifferenceOptions.layout,
      MirrorPadOptions.layout,
      AbsOptions.layout,
      SplitVOptions.layout,
      UniqueOptions.layout,
      ReverseV2Options.layout,
      AddNOptions.layout,
      GatherNdOptions.layout,
      CosOptions.layout,
      WhereOptions.layout,
      RankOptions.layout,
      ReverseSequenceOptions.layout,
      MatrixDiagOptions.layout,
      QuantizeOptions.layout,
      MatrixSetDiagOptions.layout,
      HardSwishOptions.layout,
      IfOptions.layout,
      WhileOptions.layout,
      DepthToSpaceOptions.layout,
      NonMaxSuppressionV4Options.layout,
      NonMaxSuppressionV5Options.layout,
      ScatterNdOptions.layout,
      SelectV2Options.layout,
      DensifyOptions.layout,
      SegmentSumOptions.layout,
      BatchMatMulOptions.layout,
      CumsumOptions.layout,
      CallOnceOptions.layout,
      BroadcastToOptions.layout,
      Rfft2dOptions.layout,
      Conv3DOptions.layout,
      HashtableOptions.layout,
      HashtableFindOptions.layout,
      HashtableImportOptions.layout,
      HashtableSizeOptions.layout,
      VarHandleOptions.layout,
      ReadVariableOptions.layout,
      AssignVariableOptions.layout,
      RandomOptions.layout,
      BucketizeOptions.layout,
      GeluOptions.layout,
      DynamicUpdateSliceOptions.layout,
      UnsortedSegmentProdOptions.layout,
      UnsortedSegmentMaxOptions.layout,
      UnsortedSegmentMinOptions.layout,
      UnsortedSegmentSumOptions.layout,
      ATan2Options.layout,
      SignOptions.layout,
      BitcastOptions.layout,
      BitwiseXorOptions.layout,
      RightShiftOptions.layout,
    ]
  }
}
