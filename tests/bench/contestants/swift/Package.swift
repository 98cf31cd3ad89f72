// swift-tools-version: 6.0
// Ours, in Swift, as a contestant of the benchmark. A package of its own, so that nobody who uses Jules builds it.

import PackageDescription

let package = Package(
  name: "contestant",
  platforms: [.macOS(.v13)],
  dependencies: [
    .package(name: "Jules", path: "../../../../bindings-swift")
  ],
  targets: [
    .executableTarget(name: "ours", dependencies: [.product(name: "Jules", package: "Jules")])
  ],
  swiftLanguageModes: [.v6]
)
