// The plan as the runner writes it.

import Jules

struct Plan: Decodable {
  let cases: [Case]
}

struct Case: Decodable {
  let name: String
  let baseUrl: String
  let apiKey: String?
  let usualCache: Bool?
  let cacheDir: String?
  let options: JSONValue?
  let steps: [Step]
}

struct Step: Decodable {
  let op: String
  let on: String?
  let `as`: String?
  let with: JSONValue?
  let take: Int?
}
