public import AuditRecord

/// The record kinds that the program knows. Add a new kind here.
@usableFromInline
package typealias KnownKinds = KindList<
  SeccompRecord, KindList<AppArmorRecord, KindList<SELinuxRecord, NoKinds>>
>
