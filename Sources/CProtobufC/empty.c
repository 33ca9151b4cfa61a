// SwiftPM asks for a source file; the library is the system's.
