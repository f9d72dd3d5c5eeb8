public import AuditRecord

/// The fields of SELinux records, in the order of a line.
// See: avc_audit_post_callback() in security/selinux/avc.c, dump_common_audit_data() in security/lsm_audit.c
@usableFromInline
package enum SELinuxKey: UInt8, RecordKey {
  case scontext
  case tcontext
  case tclass
  case permissive
  case pid
  case comm
  case path
  case name
  case dev
  case ino
  case ioctlcmd
  case capability
  case kmod
  case anonclass
  case laddr
  case lport
  case faddr
  case fport
  case saddr
  case src
  case daddr
  case dest
  case netif
  case srawcon
  case trawcon
  case ssid
  case tsid
  case ipcKey
  case keySerial
  case keyDesc
  case opid
  case ocomm
  case lockdownReason
  case pkey
  case subnetPrefix
  case device
  case portNum

  @usableFromInline package static func key(_ word: UInt64) -> Self? {
    switch word {
    case 0x7363_6f6e_7465_7874: .scontext
    case 0x7463_6f6e_7465_7874: .tcontext
    case 0x7463_6c61_7373: .tclass
    case 0x726d_6973_7369_7665: .permissive
    case 0x70_6964: .pid
    case 0x636f_6d6d: .comm
    case 0x7061_7468: .path
    case 0x6e61_6d65: .name
    case 0x64_6576: .dev
    case 0x69_6e6f: .ino
    case 0x696f_6374_6c63_6d64: .ioctlcmd
    case 0x7061_6269_6c69_7479: .capability
    case 0x6b6d_6f64: .kmod
    case 0x6e6f_6e63_6c61_7373: .anonclass
    case 0x6c_6164_6472: .laddr
    case 0x6c_706f_7274: .lport
    case 0x66_6164_6472: .faddr
    case 0x66_706f_7274: .fport
    case 0x73_6164_6472: .saddr
    case 0x73_7263: .src
    case 0x64_6164_6472: .daddr
    case 0x6465_7374: .dest
    case 0x6e_6574_6966: .netif
    case 0x73_7261_7763_6f6e: .srawcon
    case 0x74_7261_7763_6f6e: .trawcon
    case 0x7373_6964: .ssid
    case 0x7473_6964: .tsid
    case 0x69_7063_5f6b_6579: .ipcKey
    case 0x795f_7365_7269_616c: .keySerial
    case 0x6b65_795f_6465_7363: .keyDesc
    case 0x6f70_6964: .opid
    case 0x6f_636f_6d6d: .ocomm
    case 0x6e5f_7265_6173_6f6e: .lockdownReason
    case 0x706b_6579: .pkey
    case 0x745f_7072_6566_6978: .subnetPrefix
    case 0x6465_7669_6365: .device
    case 0x706f_7274_5f6e_756d: .portNum
    default: nil
    }
  }

  @inlinable @inline(__always)
  package var form: ValueForm {
    switch self {
    case .permissive, .pid, .ino, .capability, .lport, .fport, .src, .dest, .ssid, .tsid, .ipcKey,
      .keySerial, .opid, .portNum:
      .number
    case .comm, .path, .name, .kmod, .srawcon, .trawcon, .keyDesc, .ocomm:
      .text
    case .scontext, .tcontext, .tclass, .ioctlcmd, .anonclass, .laddr, .faddr, .saddr, .daddr, .netif,
      .pkey, .subnetPrefix:
      .word
    default: .literal
    }
  }

  @inlinable package var field: Field {
    switch self {
    case .scontext: Field("scontext", .basic, journal: "SCONTEXT")
    case .tcontext: Field("tcontext", .basic, journal: "TCONTEXT")
    case .tclass: Field("tclass", .basic, journal: "TCLASS")
    case .permissive: Field("permissive", .full, journal: "PERMISSIVE")
    case .pid: Field("pid", .full, journal: "TARGET_PID")
    case .comm: Field("comm", .full)
    case .path: Field("path", .full)
    case .name: Field("name", .full)
    case .dev: Field("dev", .full)
    case .ino: Field("ino", .full)
    case .ioctlcmd: Field("ioctlcmd", .full)
    case .capability: Field("capability", .full)
    case .kmod: Field("kmod", .full)
    case .anonclass: Field("anonclass", .full)
    case .laddr: Field("laddr", .full)
    case .lport: Field("lport", .full)
    case .faddr: Field("faddr", .full)
    case .fport: Field("fport", .full)
    case .saddr: Field("saddr", .full)
    case .src: Field("src", .full)
    case .daddr: Field("daddr", .full)
    case .dest: Field("dest", .full)
    case .netif: Field("netif", .full)
    case .srawcon: Field("srawcon", .full)
    case .trawcon: Field("trawcon", .full)
    case .ssid: Field("ssid", .full)
    case .tsid: Field("tsid", .full)
    case .ipcKey: Field("ipc_key", .full)
    case .keySerial: Field("key_serial", .full)
    case .keyDesc: Field("key_desc", .full)
    case .opid: Field("opid", .full)
    case .ocomm: Field("ocomm", .full)
    case .lockdownReason: Field("lockdown_reason", .full)
    case .pkey: Field("pkey", .full)
    case .subnetPrefix: Field("subnet_prefix", .full)
    case .device: Field("device", .full)
    case .portNum: Field("port_num", .full)
    }
  }
}
