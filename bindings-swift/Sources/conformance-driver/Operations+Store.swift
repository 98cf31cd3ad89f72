// What is asked of the local store.

import Jules

extension Operations {
  func performOnStore(_ op: String) async throws -> StepResult? {
    switch op {
    case "select": StepResult(json: try asJSON(await select(Query(json: with["query"] ?? .null))))
    default: nil
    }
  }

  /// On a session, of its activities alone.
  private func select(_ query: Query) async throws -> [QueryRow] {
    guard on != nil else { return try await client.select(query, timeout: with.timeout) }
    return try await session.activities.select(query, timeout: with.timeout)
  }
}
