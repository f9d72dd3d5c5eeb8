/// A record's owner, as a format has rendered it: offsets among the format's own bytes.
package struct RenderedOwner: Sendable {
  /// Where the key of our node begins, and the owner's names behind it.
  var start = 0
  var names = 0
  /// Where what follows a record's own fields begins.
  var rest = 0
  var end = 0
  /// Where its fields of journal entries begin, and which of all ends are theirs.
  var startOfFields = 0
  var fieldEnds = 0..<0
}
