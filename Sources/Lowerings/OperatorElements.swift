import GraphIR
import Tensors

/// Which element types the operands and results of an operator may have, from version to version of the standard set.
///
/// Only operators of which that changed after version 7 are listed: one line each, its name, and for every version that allows other
/// types `version:operands>results`, where an entry is a set of types, spelt by letters or by a number of the list below. The last
/// operand, where there are more, stands for those that follow. `*`: anything.
enum OperatorElements {
  struct Signature: Sendable {
    var operands: [Set<ElementType>?]
    var results: [Set<ElementType>?]

    func allows(_ element: ElementType, operand index: Int) -> Bool {
      guard let last = operands.last else { return true }
      return (index < operands.count ? operands[index] : last)?.contains(element) ?? true
    }

    func allows(_ element: ElementType, result index: Int) -> Bool {
      guard let last = results.last else { return true }
      return (index < results.count ? results[index] : last)?.contains(element) ?? true
    }
  }

  /// What holds in a version; `nil` when the newest one says the same.
  static func signature(of name: String, at version: Int) -> Signature? {
    guard let history = signatures[name], let newest = history.last, version < newest.version else { return nil }
    return history.last { $0.version <= version }?.signature
  }

  private static let signatures: [String: [(version: Int, signature: Signature)]] = {
    var result: [String: [(version: Int, signature: Signature)]] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ")
      result[String(words[0])] = words.dropFirst().compactMap { word in
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        let sides = parts[1].split(separator: ">", omittingEmptySubsequences: false)
        guard let version = Int(parts[0]) else { return nil }
        return (version, Signature(operands: sets(sides[0]), results: sets(sides[1])))
      }
    }
    return result
  }()

  private static func sets(_ text: Substring) -> [Set<ElementType>?] {
    text.split(separator: ",").map { entry in
      if entry == "*" { return nil }
      let letters = entry.first == "#" ? Int(entry.dropFirst()).map { Substring(common[$0]) } ?? "" : entry
      return Set(letters.flatMap { meanings[$0] ?? [] })
    }
  }

  private static let meanings: [Character: [ElementType]] = [
    "f": [.float32], "d": [.float64], "h": [.float16], "b": [.bfloat16], "q": [.int8], "s": [.int16], "i": [.int32], "l": [.int64],
    "Q": [.uint8], "S": [.uint16], "I": [.uint32], "L": [.uint64], "B": [.bool], "t": [.string], "c": [.complex64], "C": [.complex128],
    "8": [.float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz], "4": [.int4, .uint4], "F": [.float4e2m1], "E": [.float8e8m0],
    "2": [.int2, .uint2],
  ]

  private static let common = [
    "fdhb", "fdhqsilQSILBtcC", "fdhbqsilQSILBtcC", "fdhbilIL", "fdhbqsilQSIL", "fdhilIL", "fdhqsilQSIL", "fdhbqsilQSILBtcC84FE2",
    "fdhbqsilQSILBtcC84", "fdhbqsilQSILBtcC84F", "fdhbqsilQSILBtcC84FE", "fdhbqsilQSILBtcC8", "fdhbqsilQSILB", "fhbi",
    "fdhbqilQIL", "fdhqsilQSILB", "fdhbqsilQSILBt", "fdhbqsilQSILBt8", "fdhbqsilQSILBt84", "fdhbqsilQSILBt84F",
    "fdhbqsilQSILBt84FE", "fdhbqsilQSILBt84FE2", "fdhb8", "qsiQS84F", "fdhbqsil", "fdhbil", "qsQS84F", "fdsil", "fdhbsil",
    "fdhqilQIL", "fdhbqilQILB", "QSIL", "qsilQSIL", "fdhqsilQSILBt", "fdilIL", "qiQ8", "qsiQS84", "fhbE", "qsiQS84F2", "fdhqQ",
    "fdhbqQ", "fdhqsil", "fdhil", "qsQS84", "fhbiE", "qsQS84F2",
  ]

  private static let table = """
    Abs 6:#6>#6 13:#4>#4
    Acos 7:fdh>fdh 22:#0>#0
    Acosh 9:fdh>fdh 22:#0>#0
    Add 7:#5>#5 13:#3>#3 14:#4>#4
    ArgMax 1:#6>l 13:#4>l
    ArgMin 1:#6>l 13:#4>l
    Asin 7:fdh>fdh 22:#0>#0
    Asinh 9:fdh>fdh 22:#0>#0
    Atan 7:fdh>fdh 22:#0>#0
    Atanh 9:fdh>fdh 22:#0>#0
    Attention 23:#0,#0,#0,#12,#0>#0 24:#0,#0,#0,#12,#0,#0,l>#0
    AveragePool 7:fdh>fdh 22:#0>#0
    BatchNormalization 7:fdh>fdh 14:#0>#0
    Bernoulli 15:fdh>#12 22:#0>#12
    BitShift 11:#31>#31 28:#32>#32
    Cast 6:#15>#15 9:#33>#33 13:#16>#16 19:#17>#17 21:#18>#18 23:#19>#19 24:#20>#20 25:#21>#21
    CastLike 15:#16>#16 19:#17>#17 21:#18>#18 23:#19>#19 24:#20>#20 25:#21>#21
    Ceil 6:fdh>fdh 13:#0>#0
    Celu 12:f>f 28:#0>#0
    Clip 6:fdh>fdh 11:fdh>fdh 12:#6>#6 13:#4>#4
    Compress 9:#1,B>#1 28:#2,B>#2
    Concat 4:#1>#1 13:#2>#2
    Constant 1:>fdh 9:>#1 13:>#2 19:>#11 21:>#8 23:>#9 24:>#10 25:>#7
    ConstantOfShape 9:l>#15 20:l>fdhbqsilQSILB8 21:l>fdhbqsilQSILB84 23:l>fdhbqsilQSILB84F 24:l>fdhbqsilQSILB84FE 25:l>fdhbqsilQSILB84FE2
    Conv 1:fdh>fdh 22:#0>#0
    ConvTranspose 1:fdh>fdh 22:#0>#0
    Cos 7:fdh>fdh 22:#0>#0
    Cosh 9:fdh>fdh 22:#0>#0
    CumSum 11:#34,il>#34 14:#3,il>#3
    DFT 17:#0,il>#0 20:#0,il,l>#0
    DeformConv 19:fdh>fdh 22:#0>#0
    DepthToSpace 1:#1>#1 13:#2>#2
    DequantizeLinear 10:qiQ,f,qiQ>f 19:#35,fhb,#35>fhb 21:#36,fhb,#36>fhb 23:#23,fhb,#23>fhb 24:#23,#37,#23>fhb 25:#38,#37,#38>fhb
    Det 11:fdh>fdh 22:#0>#0
    Div 7:#5>#5 13:#3>#3 14:#4>#4
    Dropout 7:fdh>fdh 10:fdh>fdh,B 12:fdh,fdh,B>fdh,B 13:#0,fdh,B>#0,B 22:#22,#22,B>#22,B
    Einsum 12:#6>#6 28:#4>#4
    Elu 6:fdh>fdh 22:#0>#0
    Equal 7:ilB>B 11:#15>B 13:#12>B 19:#16>B
    Erf 9:#6>#6 13:#0>#0
    Exp 6:fdh>fdh 13:#0>#0
    Expand 8:#1,l>#1 13:#2,l>#2
    EyeLike 9:#15>#15 22:#12>#12
    Flatten 1:fdh>fdh 9:#1>#1 13:#2>#2 21:#8>#8 23:#9>#9 24:#10>#10 25:#7>#7
    Floor 6:fdh>fdh 13:#0>#0
    GRU 7:fdh,fdh,fdh,fdh,i,fdh>fdh 22:#0,#0,#0,#0,i,#0>#0
    Gather 1:#1,il>#1 13:#2,il>#2
    GatherElements 11:#1,il>#1 13:#2,il>#2
    GatherND 11:#1,l>#1 13:#2,l>#2
    Gemm 7:fdh>fdh 9:#5>#5 13:#3>#3
    GlobalAveragePool 1:fdh>fdh 22:#0>#0
    GlobalLpPool 2:fdh>fdh 22:#0>#0
    GlobalMaxPool 1:fdh>fdh 22:#0>#0
    Greater 7:fdh>B 9:#6>B 13:#4>B
    GreaterOrEqual 12:#6>B 16:#4>B
    GridSample 16:#1,fdh>#1 22:#2,#0>#2
    HardSigmoid 6:fdh>fdh 22:#0>#0
    HardSwish 14:fdh>fdh 22:#0>#0
    Hardmax 1:fdh>fdh 13:#0>#0
    Identity 1:#1>#1 13:#2>#2 19:#11>#11 21:#8>#8 23:#9>#9 24:#10>#10 25:#7>#7
    If 1:B>#1 16:B>#2 19:B>#11 21:B>#8 23:B>#9 24:B>#10 25:B>#7
    InstanceNormalization 6:fdh>fdh 22:#0>#0
    IsInf 10:fd>B 20:#22>B
    IsNaN 9:fdh>B 13:#0>B 20:#22>B
    LRN 1:fdh>fdh 13:#0>#0
    LSTM 7:fdh,fdh,fdh,fdh,i,fdh>fdh 22:#0,#0,#0,#0,i,#0>#0
    LeakyRelu 6:fdh>fdh 16:#0>#0
    Less 7:fdh>B 9:#6>B 13:#4>B
    LessOrEqual 12:#6>B 16:#4>B
    Log 6:fdh>fdh 13:#0>#0
    LogSoftmax 1:fdh>fdh 13:#0>#0
    Loop 1:l,B,#1>#1 16:l,B,#2>#2 19:l,B,#11>#11 21:l,B,#8>#8 23:l,B,#9>#9 24:l,B,#10>#10 25:l,B,#7>#7
    LpNormalization 1:fdh>fdh 22:#0>#0
    LpPool 2:fdh>fdh 22:#0>#0
    MatMul 1:fdh>fdh 9:#5>#5 13:#3>#3
    Max 6:fdh>fdh 12:#6>#6 13:#4>#4
    MaxPool 1:fdh>fdh 8:fdh>fdh,l 12:#39>#39,l 22:#40>#40,l
    MaxRoiPool 1:fdh>fdh 22:#0>#0
    MaxUnpool 9:fdh,l>fdh 22:#0,l>#0
    Mean 6:fdh>fdh 13:#0>#0
    MeanVarianceNormalization 9:fdh>fdh 13:#0>#0
    Min 6:fdh>fdh 12:#6>#6 13:#4>#4
    Mish 18:fdh>fdh 22:#0>#0
    Mod 10:#6>#6 13:#4>#4
    Mul 7:#5>#5 13:#3>#3 14:#4>#4
    Multinomial 7:fdh>il 22:#0>il
    Neg 6:#41>#41 13:#24>#24
    NegativeLogLikelihoodLoss 12:fdh,il,fdh>fdh 22:#0,il,#0>#0
    NonZero 9:#1>l 13:#2>l
    OneHot 9:#6,#6,#1>#1 28:#6,#6,#2>#2
    Optional 15:#1>* 28:#7>*
    OptionalGetElement 15:*>#1 18:#1>#1 28:#7>#7
    OptionalHasElement 15:*>B 18:#1>B 28:#7>B
    PRelu 7:fdh>fdh 9:#5>#5 16:#3>#3
    Pad 2:fdh>fdh 11:#6,l,#6>#6 13:#2,l,#2>#2 18:#2,l,#2,il>#2 21:#8,l,#8,il>#8 23:#9,l,#9,il>#9 24:#10,l,#10,il>#10 25:#7,l,#7,il>#7
    Pow 7:fdh>fdh 12:#42,#6>#42 13:#25,#6>#25 15:#25,#4>#25
    QLinearMatMul 10:qQ,f,qQ,qQ,f,qQ,f,qQ>qQ 21:qQ8,fhb,qQ8,qQ8,fhb,qQ8,fhb,qQ8>qQ8
    QuantizeLinear 10:fi,f,qQ>qQ 19:#13,#13,qQ8>qQ8 21:#13,#13,#43>#43 23:#13,#13,#26>#26 24:#13,#44,#26>#26 25:#13,#44,#45>#45
    RNN 7:fdh,fdh,fdh,fdh,i,fdh>fdh 22:#0,#0,#0,#0,i,#0>#0
    RandomNormal 1:>fdh 22:>#0
    RandomNormalLike 1:#1>fdh 22:#2>#0
    RandomUniform 1:>fdh 22:>#0
    RandomUniformLike 1:#1>fdh 22:#2>#0
    Range 11:#27>#27 27:#28>#28
    Reciprocal 6:fdh>fdh 13:#0>#0
    ReduceL1 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceL2 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceLogSum 1:#5>#5 13:#3>#3 18:#3,l>#3 28:#0,l>#0
    ReduceLogSumExp 1:#5>#5 13:#3>#3 18:#3,l>#3 28:#0,l>#0
    ReduceMax 1:#5>#5 12:#29>#29 13:#14>#14 18:#14,l>#14 20:#30,l>#30
    ReduceMean 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceMin 1:#5>#5 12:#29>#29 13:#14>#14 18:#14,l>#14 20:#30,l>#30
    ReduceProd 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceSum 1:#5>#5 13:#3,l>#3
    ReduceSumSquare 1:#5>#5 13:#3>#3 18:#3,l>#3
    Relu 6:fdh>fdh 13:#0>#0 14:#24>#24
    Reshape 5:#1,l>#1 13:#2,l>#2 19:#11,l>#11 21:#8,l>#8 23:#9,l>#9 24:#10,l>#10 25:#7,l>#7
    Resize 10:#1,f>#1 11:#1,fdh,f,l>#1 13:#2,fdh,f,l>#2
    ReverseSequence 10:#1,l>#1 28:#2,l>#2
    RoiAlign 10:fdh,fdh,l>fdh 22:#0,#0,l>#0
    Round 11:fdh>fdh 22:#0>#0
    Scan 8:l,#1>#1 9:#1>#1 16:#2>#2 19:#11>#11 21:#8>#8 23:#9>#9 24:#10>#10 25:#7>#7
    ScatterElements 11:#1,il,#1>#1 13:#2,il,#2>#2
    ScatterND 11:#1,l,#1>#1 13:#2,l,#2>#2
    Selu 6:fdh>fdh 22:#0>#0
    Shape 1:#1>l 13:#2>l 19:#11>l 21:#8>l 23:#9>l 24:#10>l 25:#7>l
    Sigmoid 6:fdh>fdh 13:#0>#0
    Sign 9:#6>#6 13:#4>#4
    Sin 7:fdh>fdh 22:#0>#0
    Sinh 9:fdh>fdh 22:#0>#0
    Size 1:#1>l 13:#2>l 19:#11>l 21:#8>l 23:#9>l 24:#10>l 25:#7>l
    Slice 1:#1>#1 10:#1,il>#1 13:#2,il>#2
    Softmax 1:fdh>fdh 13:#0>#0
    SoftmaxCrossEntropyLoss 12:fdh,il,fdh>fdh 13:#0,il,#0>#0
    Softplus 1:fdh>fdh 22:#0>#0
    Softsign 1:fdh>fdh 22:#0>#0
    SpaceToDepth 1:#1>#1 13:#2>#2
    Split 2:#1>#1 13:#2,l>#2
    SplitToSequence 11:#1,il>* 24:#2,il>*
    Sqrt 6:fdh>fdh 13:#0>#0
    Squeeze 1:#1>#1 13:#2,l>#2 21:#8,l>#8 23:#9,l>#9 24:#10,l>#10 25:#7,l>#7
    Sub 7:#5>#5 13:#3>#3 14:#4>#4
    Sum 6:fdh>fdh 13:#0>#0
    Tan 7:fdh>fdh 22:#0>#0
    Tanh 6:fdh>fdh 13:#0>#0
    ThresholdedRelu 10:fdh>fdh 22:#0>#0
    Tile 6:#1,l>#1 13:#2,l>#2
    TopK 1:fdh>fdh,l 10:fdh,l>fdh,l 11:#6,l>#6,l 24:#4,l>#4,l
    Transpose 1:#1>#1 13:#2>#2 21:#8>#8 23:#9>#9 24:#10>#10 25:#7>#7
    Unique 11:#1>#1,l 28:#2>#2,l
    Unsqueeze 1:#1>#1 13:#2,l>#2 21:#8,l>#8 23:#9,l>#9 24:#10,l>#10 25:#7,l>#7
    Upsample 7:#1>#1 9:#1,f>#1
    Where 9:B,#1>#1 16:B,#2>#2
    """
}
