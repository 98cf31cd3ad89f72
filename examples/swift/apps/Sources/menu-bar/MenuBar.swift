// The menu bar itself; only macOS has one. (Written for it, but not built in this project's CI yet.)

#if os(macOS)
  import SessionsModel
  import SwiftUI

  @main
  struct MenuBarApp: App {
    var body: some Scene {
      MenuBarExtra {
        if #available(macOS 14, *) { SessionsMenu() } else { Text("Needs macOS 14") }
      } label: {
        Image(systemName: "wand.and.stars")
      }
      .menuBarExtraStyle(.window)
    }
  }

  @available(macOS 14, *)
  struct SessionsMenu: View {
    @State private var model = SessionsModel()

    var body: some View {
      VStack(alignment: .leading) {
        ForEach(model.entries) { entry in
          HStack {
            VStack(alignment: .leading) {
              Text(entry.title)
              Text(entry.latest).font(.caption).foregroundStyle(.secondary)
            }
            if entry.state == .awaitingPlanApproval {
              Button("Approve") { Task { await model.approve(entry) } }
            }
          }
        }
        if let problem = model.problem { Text(problem).foregroundStyle(.red) }
      }
      .padding()
      .task { await model.watch() }
    }
  }
#else
  import Foundation

  @main
  struct NoMenuBar {
    static func main() {
      FileHandle.standardError.write(Data("menu-bar: only macOS has a menu bar\n".utf8))
      exit(69)
    }
  }
#endif
