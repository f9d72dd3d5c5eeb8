"""Logs in the forms in which people have them, and the journal."""
import json
import re
import struct
import subprocess
import time

import pytest

from conftest import BINARY, clean_environment

FIELDS = ('auid=4294967295 uid=0 gid=0 ses=4294967295 pid=%d comm="x" exe="/x" sig=0 arch=c000003e syscall=39 compat=0 '
          'ip=0x7fec529f1829 code=0x7ffc0000')
BOOTS = ["a" * 32, "b" * 32]
# 16 May 2024, 08:13:07 UTC.
START = 1715847187


def record(serial, pid, at=START):
    return "audit(%d.650:%d): %s" % (at, serial, FIELDS % pid)


def replay(*argv, text=None, code=0):
    """Returns the lines, parsed as JSON, and the standard error."""
    done = subprocess.run([BINARY, "replay", "--format", "json", "--cri-endpoint", "none", *map(str, argv)], input=text,
                          env=clean_environment(TZ="UTC"), capture_output=True, text=True, encoding="latin-1")
    assert done.returncode == code, done.stderr
    return [json.loads(x) for x in done.stdout.splitlines()], done.stderr


def entry(second, boot=0, **fields):
    """An entry in the form of `journalctl -o export`."""
    at = (START + second) * 1000000 + 650000
    fields = {"__CURSOR": "s=%s;i=%x" % ("c" * 32, second), "__REALTIME_TIMESTAMP": str(at), "__MONOTONIC_TIMESTAMP": str(second * 1000000),
              "_BOOT_ID": BOOTS[boot], "_MACHINE_ID": "d" * 32, "_HOSTNAME": "worker-1", **fields}
    text = b""
    for name, value in fields.items():
        value = value.encode()
        if b"\n" in value:
            text += name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
        else:
            text += name.encode() + b"=" + value + b"\n"
    return text + b"\n"


def audit(second, serial, pid, boot=0, **more):
    return entry(second, boot, **{"_TRANSPORT": "audit", "_AUDIT_TYPE": "1326", "_AUDIT_TYPE_NAME": "SECCOMP", "_AUDIT_ID": str(serial),
                                  "SYSLOG_IDENTIFIER": "audit", "_PID": str(pid), "MESSAGE": "SECCOMP " + FIELDS % pid, **more})


def kernel(second, serial, pid, boot=0, **more):
    return entry(second, boot, **{"_TRANSPORT": "kernel", "SYSLOG_FACILITY": "0", "SYSLOG_IDENTIFIER": "kernel", "PRIORITY": "5",
                                  "MESSAGE": "audit: type=1326 " + record(serial, pid, START + second), **more})


FORGED = "x\n\n" + audit(0, 666, 666).decode() + "\n"
ENTRIES = [
    audit(0, 1, 101), kernel(1, 1, 101), kernel(2, 2, 102), audit(3, 2, 102), audit(4, 3, 103), kernel(5, 4, 104),
    entry(6, _TRANSPORT="kernel", SYSLOG_FACILITY="0", SYSLOG_IDENTIFIER="kernel", MESSAGE="usb 1-1: new device"),
    # What programs can send.
    # journald takes the identifier of a message to /dev/kmsg from its text.
    kernel(7, 666, 666, SYSLOG_FACILITY="1", SYSLOG_IDENTIFIER="audit", MESSAGE="type=1326 " + record(666, 666)),
    entry(8, _TRANSPORT="syslog", SYSLOG_FACILITY="0", SYSLOG_IDENTIFIER="kernel", _PID="9", MESSAGE="audit: type=1326 " + record(666, 666)),
    entry(9, _TRANSPORT="journal", SYSLOG_IDENTIFIER="audit", _PID="9", MESSAGE=FORGED),
    entry(10, _TRANSPORT="syslog", SYSLOG_IDENTIFIER="audit", _PID="9", MESSAGE="SECCOMP " + FIELDS % 666),
    # Many seconds later, when no text of another message can follow any more.
    audit(60, 5, 105, _HOSTNAME="worker-2"), audit(70, 6, 106, boot=1),
]
PIDS = [101, 102, 103, 104, 105, 106]


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    directory = tmp_path_factory.mktemp("journal")
    subprocess.run(["/lib/systemd/systemd-journal-remote", "-o", directory / "x.journal", "-"], input=b"".join(ENTRIES), check=True,
                   capture_output=True)
    return directory


def pids(lines):
    return [x["pid"] for x in lines]


def test_each_record_of_the_journal_is_read_once(journal):
    lines, error = replay("--journal", "--directory", journal)
    assert pids(lines) == PIDS
    # The serial number and the time are the record's own.
    assert [x["timestamp"] for x in lines] == [
        "%d.650:%d" % (START + at, serial) for at, serial in ((0, 1), (2, 2), (4, 3), (5, 4), (60, 5), (70, 6))]
    assert [x["node"] for x in lines] == ["worker-1"] * 4 + ["worker-2", "worker-1"]
    assert "records=6 " in error and "malformed=0" in error


@pytest.mark.parametrize("options, expected", [
    (["--since", "@%d" % (START + 4)], PIDS[2:]), (["--until", "@%d" % (START + 4)], PIDS[:2]),
    (["--since", "2024-05-16 08:13:11", "--until", "2024-05-16 08:13:20 UTC"], PIDS[2:4]),
    (["--boot", BOOTS[1]], PIDS[5:]), (["--boot", BOOTS[0]], PIDS[:5]), (["--boot", "e" * 32], [])])
def test_entries_are_selected_by_time_and_boot(journal, options, expected):
    assert pids(replay("--journal", "--directory", journal, *options)[0]) == expected


@pytest.mark.parametrize("output", ["short", "short-iso", "short-precise", "short-full", "short-unix", "with-unit", "verbose", "export", "json",
                                    "json-seq", "json-sse", "json-pretty"])
def test_the_output_of_journalctl_is_read(journal, output):
    text = subprocess.run(["journalctl", "--directory", journal, "--output", output, "--no-pager"], check=True, capture_output=True,
                          env={"TZ": "UTC", "PATH": "/usr/bin:/bin"}).stdout.decode("latin-1")
    lines, error = replay("-", text=text)
    if output.startswith("short") or output == "with-unit":
        # These lines have no serial numbers, so that the copies are recognised by their fields.
        assert set(pids(lines)) == set(PIDS)
    else:
        assert pids(lines) == PIDS
    assert "unread=" in error


def test_a_journal_that_cannot_be_read_is_an_error(tmp_path):
    assert "no entries" in replay("--journal", "--directory", tmp_path, code=1)[1]
    assert "cannot open the journal" in replay("--journal", "--directory", tmp_path / "none", code=1)[1]


@pytest.mark.parametrize("argv", [["--journal", "log"], [], ["--since", "today", "log"], ["--journal", "--since", "x"], ["--journal", "--boot", "1"],
                                  ["--journal", "--trust", "any"], ["--trust", "x", "log"]])
def test_wrong_usage(argv):
    replay(*argv, code=2)


@pytest.mark.parametrize("tool", ["gzip", "zstd", "xz"])
def test_files_are_unpacked_whatever_their_names_are(tmp_path, tool):
    (tmp_path / "log").write_text("type=SECCOMP msg=" + record(1, 7) + "\n")
    packed = subprocess.run([tool, "-c", tmp_path / "log"], check=True, capture_output=True).stdout
    # Several in one file, and a line after their end.
    (tmp_path / "packed").write_bytes(packed + packed + b"x\n")
    lines, error = replay(tmp_path / "packed")
    assert pids(lines) == [7, 7] and "unread=1" in error
    (tmp_path / "cut").write_bytes(packed[:-9])
    assert "truncated or damaged" in replay(tmp_path / "cut", code=1)[1]


def test_what_any_program_can_write_is_counted_and_read_only_on_request():
    text = "2024-05-16T08:13:07.650000000Z stdout F audit: type=1326 %s\n" % record(1, 7)
    lines, error = replay("-", text=text, code=1)
    assert lines == [] and "unread=1" in error and "--trust any" in error and "no record could be read" in error
    assert pids(replay("--trust", "any", "-", text=text)[0]) == [7]


@pytest.mark.parametrize("text, says", [
    ("type=SECCOMP msg=audit(07/06/2020 20:17:03.365:18387) : auid=user1 pid=9120 comm=app syscall=stat code=kill\n", "ausearch --raw"),
    ("SECCOMP " + FIELDS % 7 + "\n", "journalctl -o json"), ("type=SECCOMP msg=audit(1.000:1): pid=x\n", "malformed=1"),
    ("* audit: type=1326 " + record(1, 7) + "\n", "form that is not known")])
def test_a_log_of_which_nothing_can_be_read_is_an_error(text, says):
    lines, error = replay("-", text=text, code=1)
    assert lines == [] and says in error
    # Together with a record it is not, but it is counted.
    lines, error = replay("-", text="type=SECCOMP msg=%s\n" % record(1, 7) + text)
    assert pids(lines) == [7] and says in error


def test_records_of_old_kernels_have_what_they_state():
    text = ("[1288847.216184] audit: type=1326 audit(1520387105.670:1595): auid=4294967295 uid=498 gid=498 ses=4294967295 pid=2322 "
            'comm="sshd" sig=31 syscall=4 compat=0 ip=0x7fbda0c9bdf5 code=0x0\n')
    lines, _ = replay("-", text=text)
    assert [(x["pid"], x["comm"], x["syscallID"], x["syscallName"], x["action"]) for x in lines] == [
        (2322, "sshd", 4, "unknown", "kill_thread")]


def test_processes_of_several_nodes_are_looked_up_in_their_snapshots(tmp_path):
    options = []
    for node in "worker-1", "worker-2":
        (tmp_path / node).write_text(json.dumps({
            "version": 1, "node": node, "time": (START + 9) * 1000, "containers": [],
            "processes": [{"pid": 7, "start": 0, "unit": node + ".service"}]}))
        options += ["--snapshot", str(tmp_path / node)]
    text = "".join("node=%s type=SECCOMP msg=%s\n" % (x, record(i, 7)) for i, x in enumerate(["worker-2", "worker-1", "worker-3", "worker-2"]))
    lines, _ = replay(*options, "-", text=text)
    assert [x.get("unit") or x["reason"] for x in lines] == ["worker-2.service", "worker-1.service", "other-node", "worker-2.service"]
    assert "two snapshots" in replay("--snapshot", options[1], "--snapshot", options[1], "-", text=text, code=1)[1]


def test_a_long_journal_is_read_in_constant_memory(tmp_path):
    """An export of many entries, and one of few, need the same memory."""
    peaks = []
    for count in 2000, 60000:
        with open(tmp_path / "export", "wb") as file:
            for i in range(count):
                file.write(audit(i, i, 7) + kernel(i, i, 7))
        (tmp_path / str(count)).mkdir()
        subprocess.run(["/lib/systemd/systemd-journal-remote", "-o", tmp_path / str(count) / "x.journal", tmp_path / "export"], check=True,
                       capture_output=True)
        done = subprocess.run(["/usr/bin/time", "-f", "peak=%M", BINARY, "replay", "--cri-endpoint", "none", "--journal", "--directory",
                               tmp_path / str(count)], env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert "records=%d " % count in done.stderr, done.stderr
        peaks.append(int(re.search(r"peak=(\d+)", done.stderr)[1]))
    # The windows into the journal's files are memory that the kernel can drop at any time.
    assert peaks[1] < peaks[0] + 80000, peaks
