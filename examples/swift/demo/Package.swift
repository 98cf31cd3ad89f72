// swift-tools-version: 6.0
// The demo: one session from the prompt to the pull request.

import PackageDescription

let package = Package(
  name: "demo",
  platforms: [.macOS(.v13)],
  dependencies: [
    .package(name: "Jules", path: "../../../bindings-swift")
  ],
  targets: [
    .executableTarget(name: "demo", dependencies: [.product(name: "Jules", package: "Jules")])
  ],
  swiftLanguageModes: [.v6]
)
