// jules-run: one session from the command line. Ctrl-C stops watching; the session keeps running, and --session follows it again.

import Foundation
import Jules

@main
struct JulesRun {
  static func main() async {
    do {
      let order = try Order(arguments: Array(CommandLine.arguments.dropFirst()))
      guard !order.helpWanted else { return print(Order.usage) }
      let lead = Task { try await Lead(order: order, jules: Jules.shared).toItsEnd() }
      let interrupt = onInterrupt { lead.cancel() }
      defer { interrupt.cancel() }
      exit(try await lead.value.state == .completed ? 0 : 1)
    } catch let error as Order.Mistake {
      complain("\(error.what)\n\(Order.usage)", code: 64)
    } catch is CancellationError {
      complain("stopped watching", code: 130)
    } catch {
      complain(error.localizedDescription, code: (error as? JulesError)?.isRetryable == true ? 75 : 1)
    }
  }

  private static func complain(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data("jules-run: \(text)\n".utf8))
    exit(code)
  }

  /// Turns Ctrl-C into a call; the program ends by itself then.
  private static func onInterrupt(_ call: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT)
    source.setEventHandler(handler: call)
    source.resume()
    return source
  }
}
