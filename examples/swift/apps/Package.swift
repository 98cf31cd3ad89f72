// swift-tools-version: 6.0
// Two programs that people would keep: jules-run, a session from the command line, and a menu bar that watches sessions, whose
// model is a library so that it can be tested anywhere.

import PackageDescription

let package = Package(
  name: "apps",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .executable(name: "jules-run", targets: ["jules-run"]),
    .library(name: "SessionsModel", targets: ["SessionsModel"]),
  ],
  dependencies: [
    .package(name: "Jules", path: "../../../bindings-swift")
  ],
  targets: [
    .executableTarget(name: "jules-run", dependencies: [.product(name: "Jules", package: "Jules")]),
    .target(name: "SessionsModel", dependencies: [.product(name: "Jules", package: "Jules")]),
    .executableTarget(name: "menu-bar", dependencies: ["SessionsModel"]),
    .testTarget(
      name: "SessionsModelTests", dependencies: ["SessionsModel", .product(name: "Jules", package: "Jules")]),
  ],
  swiftLanguageModes: [.v6]
)
