internal import CZip
import Diagnostics
import Tensors

/// Writes one archive through libzip, whose `zip_close` pulls every entry in order.
final class ZipWriter {
  private let archive: OpaquePointer
  private let sink: ArchiveSink
  private let file: OutputFile
  private var sources: [ZipSource] = []
  private var isClosed = false

  init(_ file: OutputFile) throws(ModelError) {
    self.file = file
    sink = ArchiveSink(file)
    let source = try sink.makeSource()
    guard let archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, nil) else {
      zip_source_free(source)
      throw ModelError(.internalInvariant, "libzip cannot begin an archive")
    }
    self.archive = archive
  }

  deinit { if !isClosed { zip_discard(archive) } }

  /// Announces the next entry; its content is read by `close`.
  ///
  /// `padding`: the data of a field that moves the payload, see `ZipLayout`.
  func add(_ name: String, _ content: ZipSource, isDeflated: Bool, padding: [UInt8]? = nil) throws(ModelError) {
    sources.append(content)
    let source = try content.makeSource()
    let added = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
    guard added >= 0 else {
      zip_source_free(source)
      throw failure("adding \"\(name)\"")
    }
    let index = UInt64(added)
    let method = isDeflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE
    guard zip_set_file_compression(archive, index, method, isDeflated ? 6 : 0) == 0,
      zip_file_set_dostime(archive, index, 0, ZipLayout.dosDate, 0) == 0,
      zip_file_set_external_attributes(archive, index, 0, UInt8(ZIP_OPSYS_UNIX), ZipLayout.attributes) == 0
    else { throw failure("describing \"\(name)\"") }
    guard let padding else { return }
    let new = UInt16(ZIP_EXTRA_FIELD_NEW)
    guard
      zip_file_extra_field_set(
        archive, index, ZipLayout.paddingField, new, padding, UInt16(padding.count), zip_flags_t(ZIP_FL_LOCAL)) == 0
    else { throw failure("aligning \"\(name)\"") }
  }

  /// Writes everything. Throws what a source threw, or `io`.
  func close() throws(ModelError) {
    guard zip_close(archive) == 0 else {
      if let failure = sink.failure ?? sources.lazy.compactMap(\.failure).first { throw failure }
      throw failure("writing the archive")
    }
    isClosed = true
  }

  private func failure(_ doing: String) -> ModelError {
    ModelError(.io, "libzip fails at \(doing): \(String(cString: zip_error_strerror(zip_get_error(archive))))")
  }
}
