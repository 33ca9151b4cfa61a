import ArgumentParser
import Diagnostics
import Ferry
import Profiles

struct TargetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "targets", abstract: "List what can be converted to, formats and hardware profiles, or explain one.")

  @Argument(help: "A target to explain, or the path of a profile.")
  var name: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    if let name { try explain(name) } else { try list() }
  }

  private func list() throws {
    struct Listing: Encodable {
      var schema = 1
      var targets: [TargetDescription]
      var profiles: [HardwareProfile]
    }
    let listing = Listing(targets: Ferry.targets, profiles: try Ferry.shippedProfiles())
    if json { return Shell.printJSON(listing) }
    print("formats")
    for target in listing.targets { print("  \(target.name)  \(target.summary)") }
    print("hardware profiles")
    for profile in listing.profiles {
      print("  \(profile.name)  \(profile.summary) (\(profile.format)\(profile.isVerified ? "" : "; not verified"))")
    }
  }

  private func explain(_ name: String) throws {
    if let target = Ferry.targets.first(where: { $0.name == name }) {
      return json ? Shell.printJSON(target) : print("\(target.name): \(target.summary)\n\n\(target.details)")
    }
    guard let profile = try Ferry.profile(name) else {
      let known = Ferry.targets.map(\.name) + (try Ferry.shippedProfiles().map(\.name))
      throw ModelError(.usage, "there is no target \(name)", notes: ["there are: " + known.joined(separator: ", ")])
    }
    if json { Shell.printJSON(profile) } else { print(ProfileText.text(of: profile)) }
  }
}
