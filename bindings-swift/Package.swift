// swift-tools-version: 6.0
// The Swift package. Three layers: the C header of the Rust library (JulesFFI), the generated calls over it (JulesGlue,
// never public) and the hand-made Swift that people use (Jules).

import Foundation
import PackageDescription

// Built, not committed: the Swift that matches the Rust library. Saying so here beats an error about missing sources.
let generated = "Sources/JulesGlue/JulesGlue.swift"
guard FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(generated)") else {
  let advice = """
    \(generated) is missing. In a checkout of the repository run `.dev/swift build` once; \
    see "Installing" in bindings-swift/README.md.

    """
  FileHandle.standardError.write(Data(advice.utf8))
  exit(1)
}

// `.dev/swift` sets it: in development a warning in our own code is an error. (Never set for people who use the package:
// unsafe flags are refused there.)
let own: [SwiftSetting] =
  Context.environment["JULES_SWIFT_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

let package = Package(
  name: "Jules",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .library(name: "Jules", targets: ["Jules"])
  ],
  targets: [
    // Found by pkg-config (jules-swift.pc, with the static library beside it), which unlike unsafeFlags is allowed in
    // packages that others depend on by version.
    .systemLibrary(name: "JulesFFI", pkgConfig: "jules-swift"),
    // Not our code: its warnings are not ours to mend, so it stays in the language mode it was written for.
    .target(name: "JulesGlue", dependencies: ["JulesFFI"], swiftSettings: [.swiftLanguageMode(.v5)]),
    .target(name: "Jules", dependencies: ["JulesGlue"], swiftSettings: own),
    .executableTarget(name: "conformance-driver", dependencies: ["Jules"], swiftSettings: own),
    .testTarget(name: "JulesTests", dependencies: ["Jules"], swiftSettings: own),
  ],
  swiftLanguageModes: [.v6]
)
