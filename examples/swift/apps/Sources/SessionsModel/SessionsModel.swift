// What a menu bar (or a widget, or a list in a window) shows of the account's sessions: the newest ones, live.

import Foundation
import Jules
import Observation

/// The newest sessions, live for as long as ``watch()`` runs: in SwiftUI, `.task { await model.watch() }`.
@available(macOS 14, iOS 17, *)
@MainActor @Observable
public final class SessionsModel {
  /// One session as a line shows it.
  public struct Entry: Identifiable, Hashable, Sendable {
    /// The session's id.
    public let id: String
    /// Its title.
    public let title: String
    /// Where it is in its life.
    public internal(set) var state: SessionState
    /// What it did last.
    public internal(set) var latest: String

    /// Whether it waits for the user.
    public var needsYou: Bool { state == .awaitingPlanApproval || state == .awaitingUserFeedback }
    /// Whether it has ended.
    public var hasEnded: Bool { state == .completed || state == .failed }
  }

  /// The newest sessions, newest first.
  public private(set) var entries: [Entry] = []
  /// What went wrong last, in words.
  public private(set) var problem: String?

  /// How many sessions wait for the user: the number beside the icon.
  public var waiting: Int { entries.count(where: \.needsYou) }

  @ObservationIgnored private let jules: Jules
  @ObservationIgnored private let shown: Int

  /// A model of the newest sessions, so many of them.
  public init(jules: Jules = .shared, shown: Int = 10) {
    self.jules = jules
    self.shown = shown
  }

  /// Lists the newest sessions and follows those that still run, until all have ended or the task is cancelled.
  public func watch() async {
    do {
      problem = nil
      var entries: [Entry] = []
      for try await info in jules.sessions(limit: shown) {
        entries.append(Entry(id: info.id, title: info.title, state: info.state, latest: ""))
      }
      self.entries = entries
      await withTaskGroup(of: Void.self) { group in
        for entry in entries where !entry.hasEnded { group.addTask { await self.follow(entry.id) } }
      }
    } catch {
      report(error)
    }
  }

  /// Approves the plan of a session.
  public func approve(_ entry: Entry) async {
    await act(on: entry) { try await $0.approve() }
  }

  /// Sends a message to a session.
  public func send(_ text: String, to entry: Entry) async {
    await act(on: entry) { try await $0.send(text) }
  }

  private func follow(_ id: String) async {
    do {
      let session = try jules.session(id: id)
      for try await activity in session.stream() {
        update(id, state: try await session.info().state, latest: activity.headline)
      }
      update(id, state: try await session.info().state)
    } catch {
      report(error)
    }
  }

  private func act(on entry: Entry, _ action: @Sendable (Session) async throws -> Void) async {
    do {
      let session = try jules.session(id: entry.id)
      try await action(session)
      update(entry.id, state: try await session.info().state)
    } catch {
      report(error)
    }
  }

  private func update(_ id: String, state: SessionState, latest: String? = nil) {
    guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
    entries[place].state = state
    if let latest { entries[place].latest = latest }
  }

  /// Being cancelled is not an error.
  private func report(_ error: any Error) {
    if !(error is CancellationError) { problem = error.localizedDescription }
  }
}

extension Activity {
  fileprivate var headline: String? {
    switch event {
    case .agentMessaged(let message): message
    case .planGenerated(let plan): "Plan with \(plan.steps.count) steps"
    case .progressUpdated(let title, _): title
    case .sessionFailed(let reason): reason
    default: nil
    }
  }
}
