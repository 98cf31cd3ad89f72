// swift-tools-version: 6.0
// The Swift package. Three layers: the C header of the Rust library (JulesFFI), the generated calls over it (JulesGlue,
// never public) and the hand-made Swift that people use (Jules).

import Foundation
import PackageDescription

// development: scripts/release leaves this out, since SwiftPM reads a release's manifest apart from its files.
// Built, not committed: the Swift that matches the Rust library. Saying so here beats an error about missing sources.
let generated = "Sources/JulesGlue/JulesGlue.swift"
guard FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(generated)") else {
  let advice = """
    \(generated) is missing. In a checkout of the repository run `.dev/run swift build` once; \
    see "Installing" in bindings-swift/README.md.

    """
  FileHandle.standardError.write(Data(advice.utf8))
  exit(1)
}
// development: end

// `.dev/run swift` sets it: in development a warning in our own code is an error. (Never set for people who use the package:
// unsafe flags are refused there.)
let own: [SwiftSetting] =
  Context.environment["JULES_SWIFT_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

// What the generated layer is over: found by pkg-config (jules-swift.pc, with the static library beside it), which unlike
// unsafeFlags is allowed in packages that others depend on by version. (A static library for Linux in an artifact bundle,
// SE-0482, is known to Swift 6.2 and newer only.) For Apple's platforms it may be an XCFramework: one that was just built,
// below this folder, where JULES_XCFRAMEWORK says; or that of a release, whose URL and checksum scripts/release writes here,
// as literals, for SwiftPM keeps what a manifest once said.
let installed = Target.systemLibrary(name: "JulesFFI", pkgConfig: "jules-swift")
#if os(Linux)
  let (library, apple) = (installed, false)
#else
  let released = installed
  let local = Context.environment["JULES_XCFRAMEWORK"]
  let (library, apple) = (local.map { Target.binaryTarget(name: "JulesFFI", path: $0) } ?? released, true)
#endif
// What App Store review reads. A resource brings all of Foundation along, so Linux gets none.
let privacy = "PrivacyInfo.xcprivacy"

let package = Package(
  name: "Jules",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .library(name: "Jules", targets: ["Jules"]),
    // For tests: starts the emulator.
    .library(name: "JulesTesting", targets: ["JulesTesting"]),
  ],
  targets: [
    library,
    // Not our code: its warnings are not ours to mend, so it stays in the language mode it was written for.
    .target(
      name: "JulesGlue", dependencies: ["JulesFFI"], swiftSettings: [.swiftLanguageMode(.v5)],
      // What the library asks Apple's platforms for: certificates, proxies.
      linkerSettings: ["CoreFoundation", "Security", "SystemConfiguration"].map {
        .linkedFramework($0, .when(platforms: [.macOS, .iOS]))
      }),
    .target(
      name: "Jules", dependencies: ["JulesGlue"], exclude: apple ? [] : [privacy],
      resources: apple ? [.copy(privacy)] : [], swiftSettings: own),
    .target(name: "JulesTesting", dependencies: ["Jules"], swiftSettings: own),
    .executableTarget(name: "conformance-driver", dependencies: ["Jules"], swiftSettings: own),
    .testTarget(name: "JulesTests", dependencies: ["Jules", "JulesTesting"], swiftSettings: own),
  ],
  swiftLanguageModes: [.v6]
)
