// What the snippets of the documentation take for granted; see snippets.py.

import Jules

struct Context {
  let jules: Jules
  let session: Session
  let issues: [Issue]
}

struct Issue: Sendable, CustomStringConvertible {
  let title: String
  var description: String { title }
}

func show(_ activity: Activity) {}
