import Diagnostics
import GraphIR
import Operators
import Tensors

/// Layers that sample images, transform signals, and attend.
extension LayerReading {
  func readSampling() throws(ModelError) -> [ValueID]? {
    switch type {
    case "GridSample": return try readGridSample()
    case "ROIAlign": return try readRoiAlign()
    case "DeformableConvolution": return try readDeformableConvolution()
    case "DFT", "IDFT", "RDFT", "IRDFT": return try readTransform()
    case "STFT":
      guard !bool("transpose_frames") else { throw ModelError(.unsupported, "spectra behind which frames lie") }
      let signal = network.one(Unsqueeze(), [try input(0), try network.integers([2])])
      return try make(STFT(), [signal, input(3), input(1), input(2)])
    case "Col2Im":
      var image = Col2Im()
      (image.strides, image.dilations, image.pads) = (try integers("strides"), try integers("dilations"), try pads())
      return try make(image, [input(0), input(1), input(2)])
    case "ScaledDotProductAttention": return try readAttention()
    default: return nil
    }
  }

  private func readGridSample() throws(ModelError) -> [ValueID] {
    var sample = GridSample()
    let modes: [String: SampleMode] = ["bilinear": .linear, "nearest": .nearest, "bicubic": .cubic]
    guard let mode = modes[text("mode") ?? "bilinear"], let padding = SamplePadding(rawValue: text("padding_mode") ?? "zeros") else {
      throw layer.fault("mode \(text("mode") ?? "") with padding \(text("padding_mode") ?? "")")
    }
    (sample.mode, sample.paddingMode, sample.alignCorners) = (mode, padding, bool("align_corners"))
    return try make(sample, [input(0), input(1)])
  }

  private func readRoiAlign() throws(ModelError) -> [ValueID] {
    var align = RoiAlign()
    guard text("mode") == "avg", let aligned = text("aligned_mode"), ["half_pixel_for_nn", "asymmetric"].contains(aligned) else {
      throw ModelError(.unsupported, "ROIAlign of mode \(text("mode") ?? "") \(text("aligned_mode") ?? "")")
    }
    align.coordinateMode = aligned == "asymmetric" ? .outputHalfPixel : .halfPixel
    (align.outputHeight, align.outputWidth) = (try integer("pooled_h", 1), try integer("pooled_w", 1))
    (align.samplingRatio, align.spatialScale) = (try integer("sampling_ratio", 0), try float("spatial_scale", 1))
    return try make(align, [input(0), input(1), input(2)])
  }

  private func readDeformableConvolution() throws(ModelError) -> [ValueID] {
    var deform = DeformConv()
    (deform.convolution.autoPad, deform.convolution.pads) = (try autoPad(), try pads())
    (deform.convolution.strides, deform.convolution.dilations) = (try integers("strides"), try integers("dilations"))
    (deform.convolution.group, deform.offsetGroup) = (try integer("group", 1), try integer("deformable_group", 1))
    return try make(deform, [input(0), input(2), input(1), nil] + (inputs.count > 3 ? [input(3)] : []))
  }

  private func readTransform() throws(ModelError) -> [ValueID] {
    guard let axis = try constants(1).first, try constants(1).count == 1 else { throw ModelError(.unsupported, "a transform along several axes") }
    var transform = DFT()
    (transform.inverse, transform.onesided) = (type.hasPrefix("I"), type.contains("RDFT"))
    let last = try rank(0)
    var x = try input(0)
    if type == "RDFT" { x = network.one(Unsqueeze(), [x, try network.integers([last])]) }
    var length: ValueID?
    if inputs.count > 2 { length = network.one(Squeeze(), [try input(2), try network.integers([0])]) }
    let along = network.constant(try Tensor.scalar(axis))
    guard type == "IRDFT" else { return try make(transform, [x, length, along]) }
    return try make(Squeeze(), [network.one(transform, [x, length, along]), network.integers([last - 1])])
  }

  private func readAttention() throws(ModelError) -> [ValueID] {
    var attention = Attention()
    attention.isCausal = bool("causal")
    if inputs.count > 4 { attention.scale = try number(4) }
    if inputs.count > 3, try number(3) != 0 { throw ModelError(.unsupported, "attention with a mask") }
    return try make(attention, [input(0), input(1), input(2)])
  }
}
