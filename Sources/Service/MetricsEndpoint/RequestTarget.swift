/// What a request asks for.
package struct RequestTarget {
  /// Such as `/metrics`, without a query.
  package let path: Substring

  /// Reads `/metrics`, or `http://node:9643/metrics`, as a proxy is asked.
  // See: RFC 9112, section 3.2
  package init(_ uri: String) {
    var rest = uri[...]
    if uri.prefix(7).lowercased() == "http://" { rest = uri.dropFirst(7).drop { $0 != "/" && $0 != "?" } }
    path = rest.prefix { $0 != "?" }
  }
}
