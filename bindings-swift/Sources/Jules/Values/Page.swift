// One page of a listing.

/// One page of a listing, for code that keeps its own place. Otherwise iterate the listing itself.
public struct Page<Item: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
  /// The page's items, in the server's order.
  public let items: [Item]
  /// What to ask the next page with; absent on the last page.
  public let nextPageToken: String?

  /// A value of your own, for tests and previews.
  public init(items: [Item], nextPageToken: String? = nil) {
    self.items = items
    self.nextPageToken = nextPageToken
  }
}
