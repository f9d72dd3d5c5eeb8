internal import LinuxSystem
package import SeccompProfiles

extension KernelVersion {
  /// The version of the running kernel; nil if /proc is not mounted.
  package static var running: KernelVersion? {
    (try? SmallFile.read("/proc/sys/kernel/osrelease", maxCount: 256)).flatMap { KernelVersion($0) }
  }
}
