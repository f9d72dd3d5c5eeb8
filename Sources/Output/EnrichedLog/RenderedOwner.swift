/// A rendered owner: offsets into the bytes of the format that rendered it.
package struct RenderedOwner: Sendable {
  /// The start of this node's key, and the start of the owner's names after it.
  var start = 0
  var names = 0
  /// The start of the part that follows a record's own fields.
  var rest = 0
  var end = 0
  /// The start of the fields for journal entries, and the indices of their end offsets.
  var startOfFields = 0
  var fieldEnds = 0..<0
}
