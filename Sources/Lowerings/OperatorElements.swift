import GraphIR
import Tensors

/// Which element types the operands and results of an operator may have, from version to version of the standard set.
///
/// Only operators of which that changed after version 7 are listed: one line each, its name, and for every version that allows other
/// types `version:operands>results`, where an entry is a set of types, spelt by letters or by a number of the list below. The last entry,
/// where there are more values, stands for those that follow. `*`: anything.
enum OperatorElements {
  struct Signature: Sendable {
    /// Sets of letters; `nil` where anything is allowed.
    var operands: [String?]
    var results: [String?]

    func allows(_ letter: Character, operand index: Int) -> Bool { allows(letter, operands, index) }
    func allows(_ letter: Character, result index: Int) -> Bool { allows(letter, results, index) }
    func allows(_ element: ElementType, operand index: Int) -> Bool { allows(OperatorElements.letter(of: element), operands, index) }

    /// The same where the version has attributes, whatever their type, for all operands but the first. The table does not tell that from
    /// operands that are all of the first one's type.
    func completed(for name: String) -> Signature {
      guard ["Pad", "TopK", "Dropout"].contains(name), operands.count == 1 else { return self }
      return Signature(operands: operands + [nil], results: results)
    }

    private func allows(_ letter: Character, _ sets: [String?], _ index: Int) -> Bool {
      guard let last = sets.last else { return true }
      return (index < sets.count ? sets[index] : last)?.contains(letter) ?? true
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

  private static func sets(_ text: Substring) -> [String?] {
    text.split(separator: ",").map { entry in
      if entry == "*" { return nil }
      return entry.first == "#" ? Int(entry.dropFirst()).map { common[$0] } ?? "" : String(entry)
    }
  }

  /// The letter of a type that is a tensor, a sequence or an optional.
  static func letter(of type: ValueType) -> Character? {
    switch type {
    case .tensor(let tensor): letter(of: tensor.element)
    case .sequence: "V"
    case .optional: "O"
    case .sparseTensor, .map, .opaque: nil
    }
  }

  static func letter(of element: ElementType) -> Character {
    switch element {
    case .float32: "f"
    case .float64: "d"
    case .float16: "h"
    case .bfloat16: "b"
    case .int8: "q"
    case .int16: "s"
    case .int32: "i"
    case .int64: "l"
    case .uint8: "Q"
    case .uint16: "S"
    case .uint32: "I"
    case .uint64: "L"
    case .bool: "B"
    case .string: "t"
    case .complex64: "c"
    case .complex128: "C"
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz: "8"
    case .int4, .uint4: "4"
    case .float6e2m3, .float6e3m2: "6"
    case .float4e2m1: "F"
    case .float8e8m0: "E"
    case .int2, .uint2: "2"
    }
  }

  private static let common = [
    "fdhb", "fdhqsilQSILBtcC", "fdhbqsilQSILBtcC", "fdhbilIL", "fdhbqsilQSIL", "fdhilIL", "fdhqsilQSIL", "fdhbqsilQSILBtcC84",
    "fdhbqsilQSILBtcC84F", "fdhbqsilQSILBtcC84FE", "fdhbqsilQSILBtcC84FE2", "fdhbqsilQSILB", "fhbi", "fdhbqilQIL", "fdhqsilQSILB",
    "fdhbqsilQSILBt", "fdhbqsilQSILBtcC8", "fdhbqsilQSILBtcC84FE2VO", "fdhqsilQSILBtcCV", "fdhbqsilQSILBt8", "fdhbqsilQSILBt84",
    "fdhbqsilQSILBt84F", "fdhbqsilQSILBt84FE", "fdhbqsilQSILBt84FE2", "fdhb8", "fdhbqsilQSILBtcCVO", "fdhbqsilQSILBtcC8VO",
    "fdhbqsilQSILBtcC84VO", "fdhbqsilQSILBtcC84FVO", "fdhbqsilQSILBtcC84FEVO", "qsiQS84F", "fdhbqsil", "fdhbil", "qsQS84F",
    "fdsil", "fdhbsil", "fdhqilQIL", "fdhbqilQILB", "QSIL", "qsilQSIL", "fdhqsilQSILBt", "fdilIL", "qiQ8", "qsiQS84", "fhbE",
    "qsiQS84F2", "fdhbqsilQSILBtcCV", "fdhqQ", "fdhbqQ", "fdhqsil", "fdhbqsilQSILBtcC84FE2V", "fdhqsilQSILBtcCVO", "fdhil",
    "qsQS84", "fhbiE", "qsQS84F2",
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
    Attention 23:#0,#0,#0,#11,#0>#0 24:#0,#0,#0,#11,#0,#0,l>#0
    AveragePool 7:fdh>fdh 22:#0>#0
    BatchNormalization 7:fdh>fdh 14:#0>#0
    Bernoulli 15:fdh>#11 22:#0>#11
    BitShift 11:#38>#38 28:#39>#39
    Cast 6:#14>#14 9:#40>#40 13:#15>#15 19:#19>#19 21:#20>#20 23:#21>#21 24:#22>#22 25:#23>#23
    CastLike 15:#15>#15 19:#19>#19 21:#20>#20 23:#21>#21 24:#22>#22 25:#23>#23
    Ceil 6:fdh>fdh 13:#0>#0
    Celu 12:f>f 28:#0>#0
    Clip 6:fdh>fdh 11:fdh>fdh 12:#6>#6 13:#4>#4
    Compress 9:#1,B>#1 28:#2,B>#2
    Concat 4:#1>#1 13:#2>#2
    Constant 1:>fdh 9:>#1 13:>#2 19:>#16 21:>#7 23:>#8 24:>#9 25:>#10
    ConstantOfShape 9:l>#14 20:l>fdhbqsilQSILB8 21:l>fdhbqsilQSILB84 23:l>fdhbqsilQSILB84F 24:l>fdhbqsilQSILB84FE 25:l>fdhbqsilQSILB84FE2
    Conv 1:fdh>fdh 22:#0>#0
    ConvTranspose 1:fdh>fdh 22:#0>#0
    Cos 7:fdh>fdh 22:#0>#0
    Cosh 9:fdh>fdh 22:#0>#0
    CumSum 11:#41,il>#41 14:#3,il>#3
    DFT 17:#0,il>#0 20:#0,il,l>#0
    DeformConv 19:fdh>fdh 22:#0>#0
    DepthToSpace 1:#1>#1 13:#2>#2
    DequantizeLinear 10:qiQ,f,qiQ>f 19:#42,fhb,#42>fhb 21:#43,fhb,#43>fhb 23:#30,fhb,#30>fhb 24:#30,#44,#30>fhb 25:#45,#44,#45>fhb
    Det 11:fdh>fdh 22:#0>#0
    Div 7:#5>#5 13:#3>#3 14:#4>#4
    Dropout 7:fdh>fdh 10:fdh>fdh,B 12:fdh,fdh,B>fdh,B 13:#0,fdh,B>#0,B 22:#24,#24,B>#24,B
    Einsum 12:#6>#6 28:#4>#4
    Elu 6:fdh>fdh 22:#0>#0
    Equal 7:ilB>B 11:#14>B 13:#11>B 19:#15>B
    Erf 9:#6>#6 13:#0>#0
    Exp 6:fdh>fdh 13:#0>#0
    Expand 8:#1,l>#1 13:#2,l>#2
    EyeLike 9:#14>#14 22:#11>#11
    Flatten 1:fdh>fdh 9:#1>#1 13:#2>#2 21:#7>#7 23:#8>#8 24:#9>#9 25:#10>#10
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
    Identity 1:#1>#1 13:#2>#2 14:#46>#46 16:#25>#25 19:#26>#26 21:#27>#27 23:#28>#28 24:#29>#29 25:#17>#17
    If 1:B>#1 13:B>#18 16:B>#25 19:B>#26 21:B>#27 23:B>#28 24:B>#29 25:B>#17
    InstanceNormalization 6:fdh>fdh 22:#0>#0
    IsInf 10:fd>B 20:#24>B
    IsNaN 9:fdh>B 13:#0>B 20:#24>B
    LRN 1:fdh>fdh 13:#0>#0
    LSTM 7:fdh,fdh,fdh,fdh,i,fdh>fdh 22:#0,#0,#0,#0,i,#0>#0
    LeakyRelu 6:fdh>fdh 16:#0>#0
    Less 7:fdh>B 9:#6>B 13:#4>B
    LessOrEqual 12:#6>B 16:#4>B
    Log 6:fdh>fdh 13:#0>#0
    LogSoftmax 1:fdh>fdh 13:#0>#0
    Loop 1:l,B,#1>#1 13:l,B,#18>#18 16:l,B,#25>#25 19:l,B,#26>#26 21:l,B,#27>#27 23:l,B,#28>#28 24:l,B,#29>#29 25:l,B,#17>#17
    LpNormalization 1:fdh>fdh 22:#0>#0
    LpPool 2:fdh>fdh 22:#0>#0
    MatMul 1:fdh>fdh 9:#5>#5 13:#3>#3
    Max 6:fdh>fdh 12:#6>#6 13:#4>#4
    MaxPool 1:fdh>fdh 8:fdh>fdh,l 12:#47>#47,l 22:#48>#48,l
    MaxRoiPool 1:fdh>fdh 22:#0>#0
    MaxUnpool 9:fdh,l>fdh 22:#0,l>#0
    Mean 6:fdh>fdh 13:#0>#0
    MeanVarianceNormalization 9:fdh>fdh 13:#0>#0
    Min 6:fdh>fdh 12:#6>#6 13:#4>#4
    Mish 18:fdh>fdh 22:#0>#0
    Mod 10:#6>#6 13:#4>#4
    Mul 7:#5>#5 13:#3>#3 14:#4>#4
    Multinomial 7:fdh>il 22:#0>il
    Neg 6:#49>#49 13:#31>#31
    NegativeLogLikelihoodLoss 12:fdh,il,fdh>fdh 22:#0,il,#0>#0
    NonZero 9:#1>l 13:#2>l
    OneHot 9:#6,#6,#1>#1 28:#6,#6,#2>#2
    Optional 15:#18>O 28:#50>O
    OptionalGetElement 15:O>#18 18:#51>#18 28:#17>#50
    OptionalHasElement 15:O>B 18:#51>B 28:#17>B
    PRelu 7:fdh>fdh 9:#5>#5 16:#3>#3
    Pad 2:fdh>fdh 11:#6,l,#6>#6 13:#2,l,#2>#2 18:#2,l,#2,il>#2 21:#7,l,#7,il>#7 23:#8,l,#8,il>#8 24:#9,l,#9,il>#9 25:#10,l,#10,il>#10
    Pow 7:fdh>fdh 12:#52,#6>#52 13:#32,#6>#32 15:#32,#4>#32
    QLinearMatMul 10:qQ,f,qQ,qQ,f,qQ,f,qQ>qQ 21:qQ8,fhb,qQ8,qQ8,fhb,qQ8,fhb,qQ8>qQ8
    QuantizeLinear 10:fi,f,qQ>qQ 19:#12,#12,qQ8>qQ8 21:#12,#12,#53>#53 23:#12,#12,#33>#33 24:#12,#54,#33>#33 25:#12,#54,#55>#55
    RNN 7:fdh,fdh,fdh,fdh,i,fdh>fdh 22:#0,#0,#0,#0,i,#0>#0
    RandomNormal 1:>fdh 22:>#0
    RandomNormalLike 1:#1>fdh 22:#2>#0
    RandomUniform 1:>fdh 22:>#0
    RandomUniformLike 1:#1>fdh 22:#2>#0
    Range 11:#34>#34 27:#35>#35
    Reciprocal 6:fdh>fdh 13:#0>#0
    ReduceL1 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceL2 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceLogSum 1:#5>#5 13:#3>#3 18:#3,l>#3 28:#0,l>#0
    ReduceLogSumExp 1:#5>#5 13:#3>#3 18:#3,l>#3 28:#0,l>#0
    ReduceMax 1:#5>#5 12:#36>#36 13:#13>#13 18:#13,l>#13 20:#37,l>#37
    ReduceMean 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceMin 1:#5>#5 12:#36>#36 13:#13>#13 18:#13,l>#13 20:#37,l>#37
    ReduceProd 1:#5>#5 13:#3>#3 18:#3,l>#3
    ReduceSum 1:#5>#5 13:#3,l>#3
    ReduceSumSquare 1:#5>#5 13:#3>#3 18:#3,l>#3
    Relu 6:fdh>fdh 13:#0>#0 14:#31>#31
    Reshape 5:#1,l>#1 13:#2,l>#2 19:#16,l>#16 21:#7,l>#7 23:#8,l>#8 24:#9,l>#9 25:#10,l>#10
    Resize 10:#1,f>#1 11:#1,fdh,f,l>#1 13:#2,fdh,f,l>#2
    ReverseSequence 10:#1,l>#1 28:#2,l>#2
    RoiAlign 10:fdh,fdh,l>fdh 22:#0,#0,l>#0
    Round 11:fdh>fdh 22:#0>#0
    Scan 8:l,#1>#1 9:#1>#1 16:#2>#2 19:#16>#16 21:#7>#7 23:#8>#8 24:#9>#9 25:#10>#10
    ScatterElements 11:#1,il,#1>#1 13:#2,il,#2>#2
    ScatterND 11:#1,l,#1>#1 13:#2,l,#2>#2
    Selu 6:fdh>fdh 22:#0>#0
    Shape 1:#1>l 13:#2>l 19:#16>l 21:#7>l 23:#8>l 24:#9>l 25:#10>l
    Sigmoid 6:fdh>fdh 13:#0>#0
    Sign 9:#6>#6 13:#4>#4
    Sin 7:fdh>fdh 22:#0>#0
    Sinh 9:fdh>fdh 22:#0>#0
    Size 1:#1>l 13:#2>l 19:#16>l 21:#7>l 23:#8>l 24:#9>l 25:#10>l
    Slice 1:#1>#1 10:#1,il>#1 13:#2,il>#2
    Softmax 1:fdh>fdh 13:#0>#0
    SoftmaxCrossEntropyLoss 12:fdh,il,fdh>fdh 13:#0,il,#0>#0
    Softplus 1:fdh>fdh 22:#0>#0
    Softsign 1:fdh>fdh 22:#0>#0
    SpaceToDepth 1:#1>#1 13:#2>#2
    Split 2:#1>#1 13:#2,l>#2
    SplitToSequence 11:#1,il>V 24:#2,il>V
    Sqrt 6:fdh>fdh 13:#0>#0
    Squeeze 1:#1>#1 13:#2,l>#2 21:#7,l>#7 23:#8,l>#8 24:#9,l>#9 25:#10,l>#10
    Sub 7:#5>#5 13:#3>#3 14:#4>#4
    Sum 6:fdh>fdh 13:#0>#0
    Tan 7:fdh>fdh 22:#0>#0
    Tanh 6:fdh>fdh 13:#0>#0
    ThresholdedRelu 10:fdh>fdh 22:#0>#0
    Tile 6:#1,l>#1 13:#2,l>#2
    TopK 1:fdh>fdh,l 10:fdh,l>fdh,l 11:#6,l>#6,l 24:#4,l>#4,l
    Transpose 1:#1>#1 13:#2>#2 21:#7>#7 23:#8>#8 24:#9>#9 25:#10>#10
    Unique 11:#1>#1,l 28:#2>#2,l
    Unsqueeze 1:#1>#1 13:#2,l>#2 21:#7,l>#7 23:#8,l>#8 24:#9,l>#9 25:#10,l>#10
    Upsample 7:#1>#1 9:#1,f>#1
    Where 9:B,#1>#1 16:B,#2>#2
    """
}
