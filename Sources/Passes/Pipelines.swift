import Rewriting

/// The orders in which rules and passes run.
public enum Pipelines {
  public static let standard = Pipeline([])
}
