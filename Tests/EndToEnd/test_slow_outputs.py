"""Outputs that accept nothing for a while: the kernel's socket buffer is the queue, and records that exceed it are reported as lost."""
import contextlib
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

from conftest import BINARY, clean_environment, suspend, wait_for
from test_floods import Tally, flood, made, settled
from test_journald import SOCKET, TO_JOURNAL, journal, parse_entry  # noqa: F401
from test_losses import small
from test_metrics import free_port, get, value
from test_notify import AUDIT_GROUP, NETLINK_AUDIT, handing_over, netlink
from test_output import make_record


@pytest.fixture
def disk(tmp_path):
    """A file system of its own whose writes can be blocked."""
    image, directory = str(tmp_path / "image"), str(tmp_path / "disk")
    os.mkdir(directory)
    with open(image, "wb") as f:
        f.truncate(1 << 30)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, directory], check=True)
    yield directory
    subprocess.run(["umount", directory], check=True)


@contextlib.contextmanager
def frozen(directory):
    subprocess.run(["fsfreeze", "-f", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "-u", directory], check=True)


def memory(process):
    with open("/proc/%d/status" % process.pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


def is_blocked(port):
    """Whether /metrics reports a blocked output. It works while the thread that writes is blocked."""
    return value(get(port)[1], "responding") == 0


def test_a_disk_that_blocks_for_three_seconds_loses_nothing(enricher, disk):
    output, port = os.path.join(disk, "lines"), free_port()
    program = enricher("--cri-endpoint", "none", "--format", "klog", "--output", output, "--metrics-listen", "127.0.0.1:%d" % port)
    tally = Tally(output)
    with frozen(disk):
        total = made(flood(3, 2, 100_000))
        assert is_blocked(port)
    settled(tally, total)
    assert tally.lost == 0
    # The file system cannot be unmounted while the program has a file open on it.
    assert program.stop() == 0


def test_after_a_long_block_of_the_disk_each_loss_is_reported_and_lines_continue(enricher, disk):
    """With a small receive buffer, a short stop has the effect of a long one."""
    output, port = os.path.join(disk, "lines"), free_port()
    audit = small(netlink(NETLINK_AUDIT, AUDIT_GROUP))
    program = enricher("--cri-endpoint", "none", "--format", "klog", "--output", output, "--metrics-listen", "127.0.0.1:%d" % port,
                       pass_fds=[audit.fileno()], prefix=handing_over(audit))
    tally = Tally(output)
    before = memory(program.process)
    with frozen(disk):
        total = made(flood(3, 2, 100_000))
        assert is_blocked(port)
        # The service does not keep records in memory that it cannot write.
        assert memory(program.process) < before + 20_000
    settled(tally, total)
    assert tally.lost > 0 and tally.where == {"socket"}
    wait_for(lambda: not is_blocked(port), "lines are accepted again")
    lost = tally.lost
    settled(tally, total + made(flood(0.2, 1, 1000)))
    assert tally.lost == lost
    assert program.stop() == 0


def test_a_stopped_reader_of_the_services_log_delays_no_line(tmp_path):
    log, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"." * 4096)
    os.set_blocking(write, True)
    lines, port = tmp_path / "lines", free_port()
    process = subprocess.Popen(
        [BINARY, "run", "--cri-endpoint", "none", "--output", str(lines), "--metrics-listen", "127.0.0.1:%d" % port],
        stdout=subprocess.DEVNULL, stderr=write, env=clean_environment())
    os.close(write)
    try:
        def reads():
            with contextlib.suppress(ConnectionError):
                return value(get(port)[1], "responding") == 1
        wait_for(reads, "the program reads")
        make_record()
        wait_for(lambda: len(lines.read_text().splitlines()) >= 4, "lines")
        with open(log, "rb") as said:
            said.read(65536)
            process.send_signal(signal.SIGHUP)
            assert re.fullmatch(rb"audit-enricher: warning: \d+ messages were discarded, because standard error was not read\n", said.readline())
            assert b"settings were reloaded" in said.readline()
            process.terminate()
            assert process.wait(30) == 0
    finally:
        process.kill()


class JournalTally:
    """Counts what the journal's entries report while a thread reads them."""

    def __init__(self, journal):
        self.socket = journal.socket
        self.lines, self.lost, self.where = 0, 0, set()
        self.reader = threading.Thread(target=self.read)

    def __enter__(self):
        self.reader.start()
        return self

    def __exit__(self, *_):
        # An empty entry ends the reader; no program sends one.
        self.socket.sendto(b"", SOCKET)
        self.reader.join()

    def read(self):
        while data := self.socket.recv(1 << 20):
            self.lines += b"\nSYSCALL_NAME=getppid\n" in data
            if b"audit records lost" in data:
                count, where = re.search(r'count=(\d+) where="(.*?)"', parse_entry(data)["MESSAGE"]).groups()
                self.lost += int(count)
                self.where.add(where)

    def update(self):
        return self


def test_a_journal_that_blocks_for_three_seconds_loses_nothing(journal, enricher):
    port = free_port()
    program = enricher("--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port, style="journald")
    total = made(flood(3, 2, 100_000))
    assert is_blocked(port)
    with JournalTally(journal) as tally:
        settled(tally, total)
        assert tally.lost == 0
        assert program.stop() == 0


def test_after_a_long_block_of_the_journal_each_loss_is_reported_and_records_continue(journal, enricher):
    port = free_port()
    audit = small(netlink(NETLINK_AUDIT, AUDIT_GROUP))
    program = enricher("--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port, style="journald",
                       pass_fds=[audit.fileno()], prefix=handing_over(audit))
    total = made(flood(1, 2, 100_000))
    assert is_blocked(port)
    with JournalTally(journal) as tally:
        settled(tally, total)
        assert tally.lost > 0 and tally.where == {"socket"}
        lost = tally.lost
        settled(tally, total + made(flood(0.2, 1, 1000)))
        assert tally.lost == lost
        assert program.stop() == 0


def test_the_services_log_does_not_wait_for_a_blocked_journal(journal, enricher, tmp_path):
    """Messages for the journal go to standard error instead."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, contextlib.suppress(BlockingIOError):
        other.setblocking(False)
        while True:
            other.sendto(b"MESSAGE=other\n", SOCKET)
    conf = tmp_path / "conf"
    conf.write_text("")
    audit = small(netlink(NETLINK_AUDIT, AUDIT_GROUP))
    program = enricher("--config", str(conf), "--cri-endpoint", "none", style="klog", pass_fds=[audit.fileno()],
                       prefix=[*TO_JOURNAL, *handing_over(audit)])
    tally = Tally(program.output)
    suspend(program.process)
    total = made(flood(1, 2, 10_000))
    program.process.send_signal(signal.SIGCONT)
    settled(tally, total)
    assert tally.lost > 0
    wait_for(lambda: "<4>audit records lost" in program.stderr(), "the message")
    conf.write_text("hello\n")
    for count in range(1, 6):
        program.process.send_signal(signal.SIGHUP)
        wait_for(lambda: program.stderr().count("the settings stay as they are") == count, "refused settings")
    assert program.stop() == 0
