internal import AuditRecord
internal import AuditSource
package import Recorder
internal import Recordings

/// What the recorder has counted.
extension RecordPipeline {
  /// Counts a record, if its container is recorded.
  @inline(__always)
  mutating func count<Kind: RecordKind>(
    _ record: borrowing Kind, _ text: borrowing Span<UInt8>, of target: Recorder.Target
  ) {
    guard target.isRecorded, let call = record.tallyKey(text) else { return }
    recorder?.count(call, by: record.caller(in: text), of: target, at: record.stamp.epochMilliseconds)
  }

  /// Milliseconds until the recorder has an update; nil if nothing has been counted.
  package mutating func recorderWait(at now: ClockReading) -> Int64? { recorder?.wait(at: now.sinceBoot) }

  /// The recorder's update, if it is due or `isEnd`.
  package mutating func drainRecorder(at now: ClockReading, isEnd: Bool = false) -> RecorderUpdate? {
    recorder?.drain(at: now.sinceBoot, time: now.epochMilliseconds, isEnd: isEnd)
  }

  /// Notes losses of records that containers may have caused. Of uncertain gaps most are other records; what is not written is recorded.
  mutating func noteLosses(_ losses: Losses) {
    for stage in [LossStage.socket, .kernel, .memory, .rotation] {
      recorder?.lose(losses.account[stage], .lost(at: stage.rawValue))
    }
    if losses.isGapCertain {
      recorder?.lose(losses.account[.serialGap], .lost(at: LossStage.serialGap.rawValue))
    }
  }
}
