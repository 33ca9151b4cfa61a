import Rewriting

/// The order in which rules and passes run. A rule's place in a list decides between those with one root.
public enum Pipelines {
  /// What makes a model smaller and faster without changing what it computes, for every target: standard operators alone.
  public static let standard = Pipeline([
    .pass(RemoveExporterNotes()),
    .rules(constants),
    .pass(SinkConstantsIntoGraphs()),
    .pass(MergeDuplicateConstants()),
    .rules(constants + eliminations + shapes + recognitions + folds + layout),
    .rules(recurrences),
    // After the rules, those of the graphs within among them: what belongs together is still in one graph for them.
    .graphsWithin,
    .pass(HoistInvariants()),
    .pass(AssignLayouts()),
    .pass(MergeCommonSubexpressions()),
    .pass(DeadCode()),
  ])

  /// Removes what has no effect. No arithmetic: every constant that remains is one of the source's.
  public static let cleanUp = Pipeline([
    .rules(constants + eliminations),
    .pass(MergeDuplicateConstants()),
    .pass(MergeCommonSubexpressions()),
    .pass(DeadCode()),
  ])

  /// Moves transpositions to where they cost least, and what is left of them into what is next to them. Exact.
  public static let layouts = Pipeline([
    .pass(AssignLayouts()),
    .rules(transpositions + [
      Rule(MergeTransposes()), Rule(RemoveNoOpTranspose()), Rule(RemoveNoOpReshape()), Rule(MergeReshapes()), Rule(RemoveUndoneReshape()),
    ]),
  ])

  private static let constants: [Rule] = [Rule(NormalizeConstants()), Rule(InlineConstantIf()), Rule(TakePossibleBranch()), Rule(UnrollLoop())]

  private static let eliminations: [Rule] = [
    Rule(RemoveIdentity()), Rule(RemoveDropout()), Rule(RemoveNoOpCast()), Rule(RemoveNoOpReshape()), Rule(RemoveNoOpTranspose()),
    Rule(RemoveNoOpSlice()), Rule(RemoveNoOpPad()), Rule(RemoveNoOpExpand()), Rule(RemoveSingleConcat()), Rule(FlattenConcat()),
    Rule(RemoveNeutralOperand()), Rule(RemoveRepeated()), Rule(RemoveInvolution()), Rule(SimplifyVariadic()),
    Rule(MergeTransposes()), Rule(MergeCasts()), Rule(MergeSlices()),
    Rule(RemoveNoOpSplit()), Rule(RemoveJoinedSplit()), Rule(RemoveJoinedGathers()), Rule(RemoveUndoneReshape()),
    Rule(RemoveOverwrittenScatter()), Rule(RemoveConstantWhere()), Rule(RemoveNotBeforeWhere()), Rule(RemoveRequantization()),
  ]

  private static let shapes: [Rule] = [
    Rule(FoldShapeConstants()), Rule(FoldConstants()), Rule(RemoveFunctionBeforeShape()), Rule(CollapseReshapeTarget()),
    Rule(MergeReshapes()), Rule(MergeReshapesAroundFunction()),
    Rule(MergeReductionAndSqueeze()), Rule(RemoveCoercion()), Rule(RecognizeGather()), Rule(RecognizeSplit()), Rule(RemoveExpandBeforeBroadcast()),
    Rule(DecomposeEinsum()), Rule(MoveElementsQuantized()), Rule(RemoveClampBeforeQuantization()),
  ]

  /// Before folds, which would take constants out of what they look for.
  private static let recognitions: [Rule] = [
    Rule(RecognizeErfGelu()), Rule(RecognizeTanhGelu()), Rule(RecognizeHardSigmoid()), Rule(RecognizeHardSwish()),
    Rule(RecognizeInstanceNormalization()), Rule(RecognizeLayerNormalization()), Rule(RecognizeExpandedLayerNormalization()),
    Rule(RecognizeSoftmax()), Rule(RecognizeClip()), Rule(RecognizeElementwiseReduction()),
    Rule(RecognizeSigmoid()), Rule(RecognizeQuotient()), Rule(RecognizeRMSNormalization()), Rule(RecognizeMean()), Rule(RecognizeReduction()),
    Rule(RecognizeGroupNormalization(), onRequest: true), Rule(RecognizeMish()), Rule(RecognizeSwish(), onRequest: true),
    Rule(RecognizeSoftplus(), approximate: true), Rule(RecognizeLogSoftmax(), approximate: true), Rule(RecognizeLogSumExp(), approximate: true),
    Rule(RecognizeShiftedLogSoftmax()), Rule(RecognizeLeakyRelu()), Rule(RecognizeLeakySum()),
    Rule(RecognizePRelu()), Rule(ReplacePReluByLeakyRelu()),
    Rule(RecognizeDepthToSpace()), Rule(RecognizeSpaceToDepth()), Rule(RecognizeRotaryEmbedding()),
    Rule(RecognizeInterleavedRotaryEmbedding()), Rule(WidenRotaryEmbedding()), Rule(RecognizeAttention()), Rule(RecognizeCausalMask()),
    Rule(RemoveRepeatedHeads()), Rule(AbsorbHeadsIntoAttention()), Rule(MergeDirections()), Rule(RecognizeNearestResize()),
    Rule(RecognizeLSTMCell()), Rule(RecognizeGRUCell()), Rule(RecognizeScannedLayer()), Rule(RecognizeLoopedLayer()),
  ]

  private static let folds: [Rule] = [
    Rule(FoldBatchNormIntoConv()), Rule(FoldBatchNormIntoConvTranspose()), Rule(FoldBatchNormIntoGemm()),
    Rule(FoldBatchNormIntoMatMul()), Rule(FoldScaleIntoConv()), Rule(FoldScaleIntoConvTranspose()), Rule(FoldBiasIntoConv()),
    Rule(FoldBiasIntoConvTranspose()), Rule(FoldAffineIntoBatchNorm()),
    Rule(FuseMatMulAndAddIntoGemm()), Rule(FuseTransposeAndMatMulIntoGemm()), Rule(FoldErfScaleIntoWeights()),
    Rule(FoldScaleIntoMatMul()), Rule(SpellErfGelu()), Rule(FoldGatedResidual()),
    Rule(MergeConstantOperands()), Rule(MergeLinearChain()), Rule(MergeConstantTerms()), Rule(MultiplyByReciprocal(), approximate: true),
    Rule(FoldScaleIntoNextConv()), Rule(FoldShiftIntoNextConv()), Rule(FoldScaleIntoNextMatMul()),
    Rule(FoldShiftIntoNextGemm()), Rule(FoldShiftIntoNextMatMul()), Rule(FoldPadIntoWindow()), Rule(FoldBiasIntoGemm()), Rule(MergeConvsAroundSum()),
    Rule(FoldTransposeIntoGemm()), Rule(MoveConstantBeforeSqueeze()),
  ]

  /// When all steps are known.
  private static let recurrences: [Rule] = [Rule(MergeRecurrentSteps())]

  private static let layout: [Rule] = transpositions + [Rule(ReplaceMeanByGlobalAveragePool())]

  private static let transpositions: [Rule] = [
    Rule(CancelTransposes()), Rule(AbsorbTransposeIntoReduction()), Rule(RemoveTransposeBeforeReshape()), Rule(RemoveTransposeAfterReshape()),
    Rule(MoveTransposeBehindSqueeze()),
  ]
}
