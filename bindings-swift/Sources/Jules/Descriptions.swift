// What `print` shows: what something is, and of that what tells it from others. Never a key.

internal import JulesGlue

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A type's name with those of its fields that have something in them; long texts are cut.
private func described(_ type: String, _ fields: KeyValuePairs<String, Any?>) -> String {
  let shown = fields.compactMap { name, value -> String? in
    switch value {
    case nil: nil
    case let text as String: text.isEmpty ? nil : "\(name): \"\(text.count > 80 ? text.prefix(79) + "…" : text[...])\""
    case let date as Date: "\(name): \(date.formatted(.iso8601))"
    case let items as [Any]: items.isEmpty ? nil : "\(name): \(items.count)"
    case let value?: "\(name): \(value)"
    }
  }
  // What others have written moves no cursor and changes no title.
  return printable(text: "\(type)(\(shown.joined(separator: ", ")))")
}

extension Jules: CustomStringConvertible {
  /// The service that it asks.
  public var description: String {
    let asked = (try? client.baseUrl()) ?? options.baseURL?.absoluteString
    return described("Jules", ["baseURL": asked])
  }
}

extension SessionInfo: CustomStringConvertible {
  /// Which session it is, and where it is in its life.
  public var description: String {
    described(
      "SessionInfo", ["id": id, "state": state, "title": title, "activities": activities, "url": url?.absoluteString])
  }
}

extension Outcome: CustomStringConvertible {
  /// Which session it was, and how it ended.
  public var description: String {
    described(
      "Outcome",
      [
        "sessionID": sessionID, "state": state, "title": title, "pullRequest": pullRequest?.url?.absoluteString,
        "failureReason": failureReason,
      ])
  }
}

extension Activity: CustomDebugStringConvertible {
  /// What happened, and when. (Its `description` is the server's.)
  public var debugDescription: String {
    described(
      "Activity",
      [
        "id": id, "type": type, "createTime": createTime, "message": message, "description": description,
        "artifacts": artifacts,
      ])
  }
}

extension PullRequest: CustomDebugStringConvertible {
  /// Which pull request it is. (Its `description` is its text.)
  public var debugDescription: String {
    described("PullRequest", ["url": urlText, "title": title, "number": number])
  }
}

extension Plan: CustomStringConvertible {
  /// Its id and its steps' titles.
  public var description: String {
    let titles: String = steps.map(\.title).joined(separator: "; ")
    return described("Plan", ["id": id, "steps": titles])
  }
}

extension Snapshot: CustomStringConvertible {
  /// Which session it is, and where it is in its life.
  public var description: String {
    described("Snapshot", ["id": id, "state": state, "title": title, "activities": activities])
  }
}

extension TimelineEntry: CustomStringConvertible {
  /// When it happened, and what.
  public var description: String {
    described("TimelineEntry", ["time": time, "type": type, "summary": summary])
  }
}

extension FailedCommand: CustomStringConvertible {
  /// The command line and how it exited.
  public var description: String {
    described("FailedCommand", ["command": command, "exitCode": exitCode, "activityID": activityID])
  }
}

extension CacheInfo: CustomStringConvertible {
  /// Where it is and how much it holds.
  public var description: String {
    described(
      "CacheInfo",
      [
        "location": location, "reason": reason, "bytes": bytes, "sessions": sessions, "activities": activities,
        "lastSynced": lastSynced,
      ])
  }
}

extension SessionCacheInfo: CustomStringConvertible {
  /// Which session it is about, and whether the server may have more.
  public var description: String {
    described(
      "SessionCacheInfo",
      [
        "sessionID": sessionID, "activities": activities, "mayBeStale": mayBeStale, "reason": reason,
        "lastSynced": lastSynced,
      ])
  }
}

extension Quota: CustomStringConvertible {
  /// What is used of what is allowed.
  public var description: String {
    described(
      "Quota",
      ["slotsUsed": slotsUsed, "slotsLimit": slotsLimit, "dayUsed": dayUsed, "dayLimit": dayLimit, "nextAt": nextAt])
  }
}

extension Quota.Holding: CustomStringConvertible {
  /// Which session it is, and why it holds a slot.
  public var description: String {
    described("Quota.Holding", ["sessionID": sessionID, "state": state, "since": since])
  }
}

extension QueueStatus: CustomStringConvertible {
  /// How many tasks there are of each kind.
  public var description: String {
    described(
      "QueueStatus",
      [
        "waiting": waiting, "starting": starting, "working": working, "needsPerson": needsPerson, "done": done,
        "failed": failed, "cancelled": cancelled, "isPaused": isPaused, "workers": workers,
      ])
  }
}

extension QueueTask: CustomStringConvertible {
  /// Which task it is, and where it is.
  public var description: String {
    described(
      "QueueTask",
      [
        "key": key, "queue": queue, "state": state, "sessionID": sessionID, "attempts": attempts,
        "error": error?.message,
      ])
  }
}

extension Run: CustomStringConvertible {
  /// That it is one. (Its session may not be there yet.)
  public var description: String { "Run" }
}

extension Activities: CustomStringConvertible {
  /// Whose they are.
  public var description: String { "Activities(session: \"\(session.id())\")" }
}

extension ActivityStream: CustomStringConvertible {
  /// That it is one.
  public var description: String { "ActivityStream" }
}

extension SessionList: CustomStringConvertible {
  /// That it is one.
  public var description: String { "SessionList" }
}

extension SourceList: CustomStringConvertible {
  /// That it is one.
  public var description: String { "SourceList" }
}

extension QueueTaskList: CustomStringConvertible {
  /// That it is one.
  public var description: String { "QueueTaskList" }
}

extension QueueWork: CustomStringConvertible {
  /// That it is one.
  public var description: String { "QueueWork" }
}

extension Batch: CustomStringConvertible {
  /// That it is one, and of what.
  public var description: String { "Batch<\(Item.self), \(Value.self)>" }
}
