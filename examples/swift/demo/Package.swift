// swift-tools-version: 6.0
// The demo, one session from the prompt to the pull request, and hello, the README's five lines.

import PackageDescription

let package = Package(
  name: "demo",
  platforms: [.macOS(.v13)],
  dependencies: [
    .package(name: "Jules", path: "../../../bindings-swift")
  ],
  targets: [
    .executableTarget(name: "demo", dependencies: [.product(name: "Jules", package: "Jules")]),
    .executableTarget(name: "hello", dependencies: [.product(name: "Jules", package: "Jules")]),
  ],
  swiftLanguageModes: [.v6]
)
