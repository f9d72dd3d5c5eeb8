/// The target of an HTTP request.
package struct RequestTarget {
  /// The path without a query, such as `/metrics`.
  package let path: Substring

  /// Parses `/metrics`, or the form that proxies receive, `http://node:9643/metrics`.
  // See: RFC 9112, section 3.2
  package init(_ uri: String) {
    var rest = uri[...]
    if uri.prefix(7).lowercased() == "http://" { rest = uri.dropFirst(7).drop { $0 != "/" && $0 != "?" } }
    path = rest.prefix { $0 != "?" }
  }
}
