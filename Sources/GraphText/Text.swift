import Diagnostics
import GraphIR
import Operators
import Tensors

// The text form.
//
//     graph main(%x: f32[N,3,8,8], %y: i64 = const i64 4) -> (%out) {
//       %w = const f32[4,3,3,3] @model.onnx+4096
//       %c = Conv(%x, %w) {pads: [1, 1, 1, 1]}   : f32[N,4,8,8]
//       %out = Relu(%c)                          : f32[N,4,8,8]  from "layer1/relu"
//     }
//
// White space and comments (`//` to the end of the line) separate, and mean nothing else. Lists may be empty.
//
//     model      = "model" name ["opsets" opsets] ["producer" "{" [field {"," field}] "}"]
//                  ["sources" "[" [text {"," text}] "]"] [carrying] graph {function} ;
//     opsets     = "{" [name ":" integer {"," name ":" integer}] "}" ;
//     field      = ("name" | "version" | "domain") ":" text | ("model_version" | "format_version") ":" integer ;
//     function   = "function" callee "(" [name {"," name}] ")" [attributes] ["opsets" opsets] [carrying] graph ;
//
//     graph      = "graph" [name] "(" [input {"," input}] ")" ["captures" "(" [typed {"," typed}] ")"]
//                  ["listed" "(" [value {"," value}] ")"] "->" "(" [value {"," value}] ")" [carrying] "{" {statement} "}" ;
//     input      = typed ["=" constant] ;                 the default of an input that the caller may leave out
//     typed      = value [":" about] ;
//     about      = type ["!" ["(" type ")"]] ["=" "[" [dim {"," dim}] "]"] [carrying] ;
//                  "!": the source states the type, or another, in brackets;  "=": elements known as expressions;  type "?": not known
//     value      = "%" [valuename] ["#" integer] ;        "#" tells apart values of one name, and those without a name
//     valuename  = {word-character} | string ;
//
//     statement  = value "=" constant [":" about]
//                | [result {"," result} "="] callee "(" [operand {"," operand}] ")" [attributes] [carrying]
//                  [":" about {"," about}] ["from" text {"," text}] ["by" ("_" | name {"," name})] ["as" text]
//                  ["former" attributes] ;
//     result     = value | "_" ;                          "_": not named and not used
//     operand    = value | "_" ;                          "_": absent
//     callee     = [name "::"] name ["/" name] ["@" integer] ;   domain, overload; a version makes the operator foreign
//                  "from": the node's own name in the source; with "by", the source nodes and rules it was made from,
//                  and its name after "as";  "former": what the source's older form of the operator said
//
//     attributes = "{" [name ":" attribute {"," name ":" attribute}] "}" ;
//     attribute  = integer | float | bits | string | element | constant | sparse | graph | "type" type | "&" name ":" integer
//                | "[" [attribute {"," attribute}] "]"    all of one kind; empty: integers
//                | ("floats" | "strings" | "tensors" | "sparses" | "graphs" | "types") "[" "]" ;
//     sparse     = "sparse" sizes "(" constant "," constant ")" ;         values, indices
//
//     constant   = "const" element [sizes] payload ;
//     payload    = scalar | "[" [scalar {"," scalar}] "]"                 row-major; a scalar tensor has no brackets
//                | "splat" "(" scalar ")" | "random" "(" integer ")"
//                | "hex" string                                          packed bytes
//                | "@" name "+" integer | "#" word-characters ;          bytes elsewhere, by place or by hash
//     scalar     = integer | float | bits | "true" | "false" | string ;
//     bits       = "0x" hexadecimal-digits ;              an element's or attribute's bits: NaNs, complex and 4- and 8-bit floats
//     float      = a decimal number with "." or an exponent | ["-"] "inf" | "nan" ;   also an integer, within a tensor of floats
//     sizes      = "[" [integer {"," integer}] "]" ;
//
//     type       = "?" | element [ "[" "..." "]" | "[" [dim {"," dim}] "]" ] | "sparse" "<" type ">" | "seq" "<" type ">"
//                | "optional" "<" type ">" | "map" "<" element "," type ">" | "opaque" "<" text "," text ">" ;
//     element    = "f32" | "i64" | … ;                    see `ElementType`
//     dim        = …                                      see `DimReader`; a bare "?" is an open size of its own
//     carrying   = "carrying" "{" ["doc" ":" string] ["metadata" ":" pairs] ["fields" ":" pairs of string and list] "}" ;
//
//     name       = word | string ;                        text = string in UTF-8
//     word       = (letter | "_") {word-character} ;      word-character = letter | digit | "_" | "."
//     string     = '"' … '"' ;                            escapes: \" \\ \n \t \xNN; without them, bytes are UTF-8
//
// `random(seed)` draws from splitmix64: floats in [-1, 1), signed integers in -8...7, unsigned in 0...15 (fewer when
// narrower), 8- and 4-bit floats of small magnitude; its elements never change between versions.

/// How constants beyond 16 elements are printed. Equal elements are always `splat`.
public enum ConstantForm: Sendable {
  /// By file and offset, or by hash: for people, and to be compared. Reading it back takes the files. Computes no deferred constant.
  case dump
  /// In full, so that reading it back gives the same bytes.
  case full
}

/// A constant whose bytes are not in the text.
public struct ConstantReference: Sendable {
  public enum Source: Sendable, Equatable {
    case file(path: String, offset: Int)
    /// As printed: 16 hexadecimal digits, or `deferred`.
    case hash(String)
  }
  public var source: Source
  public var element: ElementType
  public var shape: Shape
  public var byteCount: Int
}

/// Finds the constant behind a reference. Its type must be the one asked for.
public typealias ConstantResolver = (ConstantReference) throws(ModelError) -> Tensor

extension Graph {
  /// The text form. Never fails: what is wrong with the graph shows in the text.
  public func text(_ form: ConstantForm = .dump) -> String {
    var printer = Printer(form)
    printer.print(self)
    return printer.out.text
  }

  /// Hands the text form to `sink` piece by piece. Throws what `sink` throws.
  public func write(_ form: ConstantForm = .dump, to sink: @escaping ([UInt8]) throws(ModelError) -> Void) throws(ModelError) {
    var printer = Printer(form, sink: sink)
    printer.print(self)
    try printer.out.finish()
  }

  /// Reads the text form. Throws `malformed`, or `limitExceeded`, with line and column in the message.
  public init(parsing text: String, resolvingConstants resolver: ConstantResolver? = nil) throws(ModelError) {
    self = try Parser.parse(text, resolver) { (parser) throws(ModelError) in try parser.graph() }
  }
}

extension Model {
  /// The text form. Never fails: what is wrong with the model shows in the text.
  public func text(_ form: ConstantForm = .dump) -> String {
    var printer = Printer(form)
    printer.print(self)
    return printer.out.text
  }

  /// Hands the text form to `sink` piece by piece. Throws what `sink` throws.
  public func write(_ form: ConstantForm = .dump, to sink: @escaping ([UInt8]) throws(ModelError) -> Void) throws(ModelError) {
    var printer = Printer(form, sink: sink)
    printer.print(self)
    try printer.out.finish()
  }

  /// Reads the text form of a model, or of a graph alone (then of the format `graph`). Throws as `Graph(parsing:)`.
  public init(parsing text: String, resolvingConstants resolver: ConstantResolver? = nil) throws(ModelError) {
    self = try Parser.parse(text, resolver) { (parser) throws(ModelError) in try parser.model() }
  }
}
