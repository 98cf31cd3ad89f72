// What stands on the command line.

struct Order {
  var prompt = ""
  var repository: String?
  var branch: String?
  var title: String?
  var session: String?
  var approvesByItself = false
  var wantsPullRequest = true
  var folder: String?
  var helpWanted = false

  /// Something on the command line that makes no sense.
  struct Mistake: Error {
    let what: String
  }

  static let usage = """
    usage: jules-run [OPTION]… PROMPT
           jules-run [OPTION]… --session ID

      --repo OWNER/REPO   the repository to work on
      --branch NAME       the branch to start from; else the repository's default
      --title TEXT        the session's title
      --session ID        follow this session instead of creating one
      --yes               approve every plan without asking
      --no-pr             make no pull request
      --apply FOLDER      apply the changes to a checkout at the end

    The key is taken from JULES_API_KEY.
    """

  init(arguments: [String]) throws(Mistake) {
    var rest = arguments[...]
    var words: [String] = []
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h": helpWanted = true
      case "--yes", "-y": approvesByItself = true
      case "--no-pr": wantsPullRequest = false
      case "--repo": repository = try Self.value(of: argument, from: &rest)
      case "--branch": branch = try Self.value(of: argument, from: &rest)
      case "--title": title = try Self.value(of: argument, from: &rest)
      case "--session": session = try Self.value(of: argument, from: &rest)
      case "--apply": folder = try Self.value(of: argument, from: &rest)
      case _ where argument.hasPrefix("-"): throw Mistake(what: "unknown option \(argument)")
      default: words.append(argument)
      }
    }
    prompt = words.joined(separator: " ")
    guard helpWanted || prompt.isEmpty != (session == nil) else {
      throw Mistake(what: session == nil ? "what is to be done?" : "a prompt and --session exclude each other")
    }
  }

  private static func value(of option: String, from rest: inout ArraySlice<String>) throws(Mistake) -> String {
    guard let value = rest.popFirst() else { throw Mistake(what: "\(option) needs a value") }
    return value
  }
}
