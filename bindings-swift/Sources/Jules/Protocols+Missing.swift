// What a fake doesn't have: it throws, with the name of what is missing.

extension SessionProtocol {
  /// An error: this fake has none.
  public func stream(
    follow: Bool, after: String?, types: [ActivityType], excludeOriginator: [String], stallTimeout: Duration?
  ) -> ActivityStream {
    ActivityStream([], error: missing("stream(follow:after:types:excludeOriginator:stallTimeout:)"))
  }
  /// An error: this fake has none.
  public func history(
    offline: Bool, after: String?, types: [ActivityType], excludeOriginator: [String]
  ) -> ActivityStream {
    ActivityStream([], error: missing("history(offline:after:types:excludeOriginator:)"))
  }
  /// An error: this fake has none.
  public func updates(
    follow: Bool, after: String?, types: [ActivityType], excludeOriginator: [String], stallTimeout: Duration?
  ) -> ActivityStream {
    ActivityStream([], error: missing("updates(follow:after:types:excludeOriginator:stallTimeout:)"))
  }
  /// Throws: this fake has none.
  public func info(cached: Bool, timeout: Duration?) async throws -> SessionInfo {
    throw missing("info(cached:timeout:)")
  }
  /// Throws: this fake has none.
  public func snapshot(cached: Bool, timeout: Duration?) async throws -> Snapshot {
    throw missing("snapshot(cached:timeout:)")
  }
  /// Throws: this fake has none.
  public func result(timeout: Duration?, stallTimeout: Duration?) async throws -> Outcome {
    throw missing("result(timeout:stallTimeout:)")
  }
  /// Throws: this fake has none.
  @discardableResult
  public func wait(
    for states: [SessionState], timeout: Duration?, stallTimeout: Duration?
  ) async throws -> SessionInfo {
    throw missing("wait(for:timeout:stallTimeout:)")
  }
  // surface: acts Session missing
  /// Throws: this fake has none.
  public func approve(timeout: Duration?) async throws {
    throw missing("approve(timeout:)")
  }
  /// Throws: this fake has none.
  public func send(_ text: String, timeout: Duration?) async throws {
    throw missing("send(_:timeout:)")
  }
  /// Throws: this fake has none.
  public func archive(timeout: Duration?) async throws {
    throw missing("archive(timeout:)")
  }
  /// Throws: this fake has none.
  public func stop(timeout: Duration?) async throws {
    throw missing("stop(timeout:)")
  }
  /// Throws: this fake has none.
  public func unarchive(timeout: Duration?) async throws {
    throw missing("unarchive(timeout:)")
  }
  /// Throws: this fake has none.
  public func delete(timeout: Duration?) async throws {
    throw missing("delete(timeout:)")
  }
  // surface: end
  /// Throws: this fake has none.
  public func ask(_ text: String, timeout: Duration?) async throws -> Activity {
    throw missing("ask(_:timeout:)")
  }

  private func missing(_ function: String) -> JulesError {
    .config(.init(message: "\(Self.self) is a fake without \(function)"))
  }
}

extension JulesProtocol {
  /// Throws: this fake has none.
  public func createSession(_ config: RunConfig, timeout: Duration?) async throws -> Session {
    throw missing("createSession(_:timeout:)")
  }
  /// Throws: this fake has none.
  public func session(id: String) throws -> Session {
    throw missing("session(id:)")
  }
  /// Throws: this fake has none.
  public func run(_ config: RunConfig, timeout: Duration?) async throws -> Outcome {
    throw missing("run(_:timeout:)")
  }
  /// An error: this fake has none.
  public func sessions(pageSize: Int?, limit: Int?, filter: String?, pageToken: String?) -> SessionList {
    SessionList([], error: missing("sessions(pageSize:limit:filter:pageToken:)"))
  }
  /// An error: this fake has none.
  public func sources(filter: String?, pageSize: Int?, limit: Int?) -> SourceList {
    SourceList([], error: missing("sources(filter:pageSize:limit:)"))
  }
  /// Throws: this fake has none.
  public func source(github: String, timeout: Duration?) async throws -> Source {
    throw missing("source(github:timeout:)")
  }
  /// Throws: this fake has none.
  public func select(_ query: Query, timeout: Duration?) async throws -> [QueryRow] {
    throw missing("select(_:timeout:)")
  }
  /// Throws: this fake has none.
  public func quota(timeout: Duration?) async throws -> Quota {
    throw missing("quota(timeout:)")
  }

  /// Throws: this fake has none.
  public func cacheInfo(timeout: Duration?) async throws -> CacheInfo {
    throw missing("cacheInfo(timeout:)")
  }
  /// Throws: this fake has none.
  public func queue(_ name: String, slots: Int?, perDay: Int?) throws -> Queue {
    throw missing("queue(_:slots:perDay:)")
  }

  private func missing(_ function: String) -> JulesError {
    .config(.init(message: "\(Self.self) is a fake without \(function)"))
  }
}

extension QueueProtocol {
  /// Throws: this fake has none.
  @discardableResult
  public func add(_ task: TaskConfig, timeout: Duration?) async throws -> QueueTask {
    throw missing("add(_:timeout:)")
  }
  /// Throws: this fake has none.
  public func work(concurrency: Int?, follow: Bool, approve: Approval) throws -> QueueWork {
    throw missing("work(concurrency:follow:approve:)")
  }
  /// Throws: this fake has none.
  public func tasks(in states: [QueueTask.State]) throws -> QueueTaskList {
    throw missing("tasks(in:)")
  }
  /// Throws: this fake has none.
  public func results() throws -> QueueTaskList {
    throw missing("results()")
  }
  /// Throws: this fake has none.
  public func waitingForPerson() throws -> QueueTaskList {
    throw missing("waitingForPerson()")
  }
  /// Throws: this fake has none.
  public func task(_ key: String, timeout: Duration?) async throws -> QueueTask {
    throw missing("task(_:timeout:)")
  }
  /// Throws: this fake has none.
  @discardableResult
  public func cancel(_ key: String, timeout: Duration?) async throws -> QueueTask {
    throw missing("cancel(_:timeout:)")
  }
  /// Throws: this fake has none.
  public func pause(timeout: Duration?) async throws {
    throw missing("pause(timeout:)")
  }
  /// Throws: this fake has none.
  public func resume(timeout: Duration?) async throws {
    throw missing("resume(timeout:)")
  }
  /// Throws: this fake has none.
  public func status(timeout: Duration?) async throws -> QueueStatus {
    throw missing("status(timeout:)")
  }

  private func missing(_ function: String) -> JulesError {
    .config(.init(message: "\(Self.self) is a fake without \(function)"))
  }
}
