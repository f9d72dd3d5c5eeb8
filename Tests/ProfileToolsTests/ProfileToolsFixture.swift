import ObservedSyscalls
import ProfileTools
import SeccompProfiles
import TestSupport
import Testing

/// What `ProfileInputs` finds in files of these texts.
func readInputs(_ texts: [String], _ selection: Selection = Selection()) throws -> ProfileInputs {
  try TemporaryDirectory.use { directory in
    let paths = try texts.enumerated().map { index, text in try directory.write(text, to: "\(index)") }
    return try ProfileInputs(paths, selection, keepsExecutables: true)
  }
}

/// A line about calls. Values are for JSON, without quotes around them.
func line(
  _ syscall: String, pod: String = "web-7d4b9c6f5-x2x9z", container: String = "app", node: String = "n1",
  comm: String = "app", action: String = "log", id: String = "c1", count: Int = 1,
  seconds: Int = 1_764_449_409,
  attribution: String = ""
) -> String {
  """
  {"time":"","timestamp":"\(seconds).000:1","type":"seccomp","node":"\(node)","namespace":"prod","pod":"\(pod)",\
  "container":"\(container)","executable":"/app","pid":1,"syscallID":1,"syscallName":"\(syscall)","arch":"x86_64",\
  "action":"\(action)","comm":"\(comm)","containerID":"\(id)","attribution":"\(attribution)","count":\(count)}

  """
}

let lossLine = #"{"type":"loss","node":"n1","count":69234,"place":"socket"}"# + "\n"
