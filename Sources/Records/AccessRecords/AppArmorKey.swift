public import AuditRecord

/// The fields of AppArmor records, in the order of a line. Those from `trans` on are details.
// See: audit_pre() in security/apparmor/audit.c, dump_common_audit_data() in security/lsm_audit.c
@usableFromInline
package enum AppArmorKey: UInt8, RecordKey {
  case pid
  case apparmor
  case operation
  case profile
  case name
  case comm
  case `class`
  case info
  case error
  case namespace
  case label
  case requestedMask
  case deniedMask
  case requested
  case denied
  case target
  case peer
  case srcname
  case fstype
  case flags
  case capability
  case capname
  case family
  case sockType
  case `protocol`
  case laddr
  case lport
  case faddr
  case fport
  case addr
  case peerAddr
  case signal
  case rlimit
  case value
  case fsuid
  case ouid
  case uid
  case gid
  case trans
  case options
  case execpath
  case tcontext
  case path
  case ns
  case offset

  // A field `namespace` is Kubernetes'.
  @inlinable package var isRenamed: Bool { self == .namespace }
  @inlinable package var kernelName: StaticString { isRenamed ? "namespace" : field.key }

  @usableFromInline package static func key(_ word: UInt64) -> Self? {
    switch word {
    case 0x70_6964: .pid
    case 0x6170_7061_726d_6f72: .apparmor
    case 0x7065_7261_7469_6f6e: .operation
    case 0x70_726f_6669_6c65: .profile
    case 0x6e61_6d65: .name
    case 0x636f_6d6d: .comm
    case 0x63_6c61_7373: .class
    case 0x696e_666f: .info
    case 0x65_7272_6f72: .error
    case 0x616d_6573_7061_6365: .namespace
    case 0x6c_6162_656c: .label
    case 0x7465_645f_6d61_736b: .requestedMask
    case 0x6965_645f_6d61_736b: .deniedMask
    case 0x6571_7565_7374_6564: .requested
    case 0x6465_6e69_6564: .denied
    case 0x7461_7267_6574: .target
    case 0x7065_6572: .peer
    case 0x73_7263_6e61_6d65: .srcname
    case 0x6673_7479_7065: .fstype
    case 0x66_6c61_6773: .flags
    case 0x7061_6269_6c69_7479: .capability
    case 0x63_6170_6e61_6d65: .capname
    case 0x6661_6d69_6c79: .family
    case 0x6f63_6b5f_7479_7065: .sockType
    case 0x7072_6f74_6f63_6f6c: .protocol
    case 0x6c_6164_6472: .laddr
    case 0x6c_706f_7274: .lport
    case 0x66_6164_6472: .faddr
    case 0x66_706f_7274: .fport
    case 0x6164_6472: .addr
    case 0x6565_725f_6164_6472: .peerAddr
    case 0x7369_676e_616c: .signal
    case 0x726c_696d_6974: .rlimit
    case 0x76_616c_7565: .value
    case 0x66_7375_6964: .fsuid
    case 0x6f75_6964: .ouid
    case 0x75_6964: .uid
    case 0x67_6964: .gid
    case 0x74_7261_6e73: .trans
    case 0x6f_7074_696f_6e73: .options
    case 0x6578_6563_7061_7468: .execpath
    case 0x7463_6f6e_7465_7874: .tcontext
    case 0x7061_7468: .path
    case 0x6e73: .ns
    case 0x6f66_6673_6574: .offset
    default: nil
    }
  }

  @inlinable @inline(__always)
  package var form: ValueForm {
    switch self {
    case .pid, .error, .capability, .protocol, .lport, .fport, .value, .fsuid, .ouid, .uid, .gid, .offset:
      .number
    case .profile, .name, .comm, .namespace, .label, .target, .peer, .srcname, .fstype, .capname,
      .trans, .options, .execpath, .tcontext, .path, .ns:
      .text
    case .laddr, .faddr, .signal, .rlimit:
      .word
    default: .literal
    }
  }

  @inlinable package var field: Field {
    switch self {
    case .pid: Field("pid", .basic, journal: "TARGET_PID")
    case .apparmor: Field("apparmor", .basic, journal: "APPARMOR")
    case .operation: Field("operation", .basic, journal: "OPERATION")
    case .profile: Field("profile", .basic, journal: "PROFILE")
    case .name: Field("name", .basic)
    case .comm: Field("comm", .full)
    case .class: Field("class", .full)
    case .info: Field("info", .full)
    case .error: Field("error", .full)
    case .namespace: Field("apparmorNamespace", .full)
    case .label: Field("label", .full)
    case .requestedMask: Field("requested_mask", .full, journal: "REQUESTED_MASK")
    case .deniedMask: Field("denied_mask", .full, journal: "DENIED_MASK")
    case .requested: Field("requested", .full)
    case .denied: Field("denied", .full)
    case .target: Field("target", .full)
    case .peer: Field("peer", .full)
    case .srcname: Field("srcname", .full)
    case .fstype: Field("fstype", .full)
    case .flags: Field("flags", .full)
    case .capability: Field("capability", .full)
    case .capname: Field("capname", .full)
    case .family: Field("family", .full)
    case .sockType: Field("sock_type", .full)
    case .protocol: Field("protocol", .full)
    case .laddr: Field("laddr", .full)
    case .lport: Field("lport", .full)
    case .faddr: Field("faddr", .full)
    case .fport: Field("fport", .full)
    case .addr: Field("addr", .full)
    case .peerAddr: Field("peer_addr", .full)
    case .signal: Field("signal", .full)
    case .rlimit: Field("rlimit", .full)
    case .value: Field("value", .full)
    case .fsuid: Field("fsuid", .full)
    case .ouid: Field("ouid", .full)
    case .uid: Field("uid", .full, journal: "TARGET_UID")
    case .gid: Field("gid", .full)
    case .trans: Field("trans", .full)
    case .options: Field("options", .full)
    case .execpath: Field("execpath", .full)
    case .tcontext: Field("tcontext", .full)
    case .path: Field("path", .full)
    case .ns: Field("ns", .full)
    case .offset: Field("offset", .full)
    }
  }
}
