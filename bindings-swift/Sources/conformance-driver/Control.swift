// The emulator's own endpoints.

import Foundation
import Jules

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends one request to the emulator and returns its JSON answer.
func control(_ arguments: Arguments, of baseURL: String) async throws -> JSONValue {
  let path = arguments.string("path") ?? ""
  guard let origin = URL(string: "/", relativeTo: URL(string: baseURL)),
    let url = URL(string: path.hasPrefix("/") ? path : "/_emulator/\(path)", relativeTo: origin)
  else { throw Unsupported(message: "no URL: \(path)") }
  var request = URLRequest(url: url)
  request.httpMethod = arguments.string("method") ?? "GET"
  if let body = arguments["body"] {
    request.httpBody = try JSONEncoder().encode(body)
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
  }
  let (data, response) = try await URLSession.shared.data(for: request)
  guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
    throw Unsupported(message: "\(url.absoluteString) answered \(String(decoding: data, as: UTF8.self))")
  }
  return data.isEmpty ? .null : try JSONDecoder().decode(JSONValue.self, from: data)
}
