// What a leak would show in, counted on the other side of the boundary.

internal import JulesGlue

/// The handles that Swift holds, and the tasks that run for it.
struct Living: Hashable {
  let handles: UInt64
  let tasks: UInt64

  static var now: Living {
    get throws { try direct { Living(handles: livingHandles(), tasks: try livingTasks()) } }
  }
}
