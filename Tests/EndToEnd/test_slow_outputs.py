"""Outputs that take nothing for a while: the kernel's socket buffer is the queue, and what it cannot hold is told."""
import contextlib
import os
import re
import subprocess

import pytest

from conftest import wait_for
from test_floods import Tally, flood, made, settled
from test_losses import small
from test_metrics import free_port, get, value
from test_notify import AUDIT_GROUP, NETLINK_AUDIT, handing_over, netlink


@pytest.fixture
def disk(tmp_path):
    """A file system of its own, that can be kept from taking anything."""
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
    """As /metrics tells while the thread that writes cannot."""
    return value(get(port)[1], "responding") == 0


def test_a_disk_that_stands_still_for_three_seconds_loses_nothing(enricher, disk):
    output, port = os.path.join(disk, "lines"), free_port()
    program = enricher("--cri-endpoint", "none", "--format", "klog", "--output", output, "--metrics-listen", "127.0.0.1:%d" % port)
    tally = Tally(output)
    with frozen(disk):
        total = made(flood(3, 2, 100_000))
        assert is_blocked(port)
    settled(tally, total)
    assert tally.lost == 0
    # The file system cannot be unmounted before it is let go.
    assert program.stop() == 0


def test_a_disk_that_stands_still_for_longer_loses_what_is_told_and_recovers(enricher, disk):
    """With a small buffer, for which a moment is long."""
    output, port = os.path.join(disk, "lines"), free_port()
    audit = small(netlink(NETLINK_AUDIT, AUDIT_GROUP))
    program = enricher("--cri-endpoint", "none", "--format", "klog", "--output", output, "--metrics-listen", "127.0.0.1:%d" % port,
                       pass_fds=[audit.fileno()], prefix=handing_over(audit))
    tally = Tally(output)
    before = memory(program.process)
    with frozen(disk):
        total = made(flood(3, 2, 100_000))
        assert is_blocked(port)
        # What is not read is not kept.
        assert memory(program.process) < before + 20_000
    settled(tally, total)
    assert tally.lost > 0 and tally.where == {"socket"}
    wait_for(lambda: not is_blocked(port), "lines are taken again")
    lost = tally.lost
    settled(tally, total + made(flood(0.2, 1, 1000)))
    assert tally.lost == lost
    assert program.stop() == 0
