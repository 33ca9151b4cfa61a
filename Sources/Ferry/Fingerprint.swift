import Bundle
import Diagnostics
import Tensors

/// Tells a file's content, together with what is to be done with it, from any other: a SHA-256 over both and Ferry's version.
///
/// Throws `missingFile` or `io`.
public func fingerprint(of path: String, purpose: [String]) throws(ModelError) -> String {
  let file = try FileMapping(path: path)
  var digest = try SHA256()
  digest.update(file.bytes)
  for text in [version] + purpose {
    var text = text + "\0"
    text.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
  }
  return try digest.finish()
}
