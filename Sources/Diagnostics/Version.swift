/// The version of Ferry, as `ferry --version` prints it and manifests record it.
public let ferryVersion = "0.1.0"
