"""Floods: every record is a line or is reported as lost."""
import os
import re
import signal
import subprocess
import time

import pytest

from conftest import BINARY, HERE, clean_environment, wait_for

FLOOD = os.environ["FLOOD_BINARY"]


def flood(seconds, processes, per_second=0):
    """Makes records as fast as possible, or `per_second` of them. The process prints their number when it ends."""
    return subprocess.Popen([FLOOD, str(seconds), str(processes), str(per_second)], stdout=subprocess.PIPE, text=True,
                            start_new_session=True)


def made(process, stop=False):
    """Waits for a flood to end and returns the number of its records. `stop`: ends the flood at once."""
    if stop:
        os.killpg(process.pid, signal.SIGTERM)
    text, _ = process.communicate()
    assert process.returncode == 0
    return int(text)


class Tally:
    """Counts the lines and the reported losses in files of klog lines. Reads each file once, as it grows."""

    def __init__(self, *paths):
        self.files = {}
        self.paths = paths
        self.lines, self.lost, self.where = 0, 0, set()

    def update(self):
        for path in self.paths:
            if not os.path.exists(path):
                continue
            file, rest = self.files.setdefault(path, [open(path, "rb"), b""])
            text = rest + file.read()
            end = text.rfind(b"\n") + 1
            self.files[path][1] = text[end:]
            self.lines += text[:end].count(b' syscallName="getppid"')
            for count, where in re.findall(rb'"audit records lost" logger="log-enricher" type="loss" node="[^"]*" count=(\d+) where="([^"]*)"', text[:end]):
                self.lost += int(count)
                self.where.add(where.decode())
        return self


def settled(tally, total):
    """Waits until lines and reported losses add up to the number of records made, and checks that the sum stays."""
    wait_for(lambda: tally.update().lines + tally.lost >= total, "%d lines and losses" % total, 120)
    time.sleep(0.2)
    tally.update()
    assert tally.lines + tally.lost == total, (tally.lines, tally.lost, tally.where)


@pytest.mark.parametrize("style", ["klog", "json"])
def test_every_record_of_a_flood_is_a_line(enricher, style):
    program = enricher("--cri-endpoint", "none", style="klog" if style == "klog" else "json")
    total = made(flood(3, 2))
    if style == "json":
        def count():
            with open(program.output, "rb") as f:
                return f.read().count(b'"syscallName":"getppid"')
        wait_for(lambda: count() >= total, "%d lines" % total, 120)
        assert count() == total
        return
    tally = Tally(program.output)
    settled(tally, total)
    assert tally.lost == 0


def test_a_blocked_pipe_loses_nothing_in_three_seconds(tmp_path):
    """The receive buffer holds the records meanwhile."""
    read, write = os.pipe()
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen([BINARY, "run", "--cri-endpoint", "none"], stdout=write, stderr=err,
                                   env=clean_environment())
        os.close(write)
        wait_for(lambda: "reading" in open(err.name).read(), "the program reads")
        producer = flood(3, 2, 100_000)
        # The pipe is not read until the flood is over.
        total = made(producer)
        lines = lost = 0
        with open(read, "rb", closefd=True) as pipe:
            while lines + lost < total:
                line = pipe.readline()
                if b'"audit records lost"' in line:
                    lost += int(re.search(rb"count=(\d+)", line)[1])
                lines += b'syscallName="getppid"' in line
            process.send_signal(signal.SIGTERM)
            assert b"getppid" not in pipe.read()
        assert process.wait(30) == 0
        assert (lines, lost) == (total, 0)


def test_after_a_long_block_of_the_output_each_loss_is_reported_and_lines_continue(tmp_path):
    """With a small receive buffer, a short stop has the effect of a long one."""
    read, write = os.pipe()
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen(
            ["setpriv", "--bounding-set", "-net_admin", BINARY, "run", "--cri-endpoint", "none"], stdout=write, stderr=err,
            env=clean_environment())
        os.close(write)
        wait_for(lambda: "reading" in open(err.name).read(), "the program reads")

        def memory():
            with open("/proc/%d/status" % process.pid) as f:
                return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])

        before = memory()
        total = 0
        while total < 50_000:
            total += made(flood(1, 2))
        # The service does not keep records in memory that it cannot write.
        assert memory() < before + 20_000
        lines = lost = 0
        with open(read, "rb", closefd=True) as pipe:
            def take(until):
                nonlocal lines, lost
                while lines + lost < until:
                    line = pipe.readline()
                    if b'"audit records lost"' in line:
                        lost += int(re.search(rb"count=(\d+) where=\"socket\"", line)[1])
                    lines += b'syscallName="getppid"' in line
                assert lines + lost == until
            take(total)
            assert lost > 0
            known = lost
            take(total + made(flood(0.2, 1, 1000)))
            assert lost == known
            process.send_signal(signal.SIGTERM)
            assert b"getppid" not in pipe.read()
        assert process.wait(30) == 0


def test_a_program_that_is_stopped_in_a_flood_writes_all_that_it_read(enricher):
    program = enricher("--cri-endpoint", "none", style="klog")
    producer = flood(60, 2)
    tally = Tally(program.output)
    wait_for(lambda: tally.update().lines > 10_000, "the flood")
    program.process.send_signal(signal.SIGTERM)
    # The longest that a stop may take.
    assert program.process.wait(1) == 0
    made(producer, stop=True)
    with open(program.output, "rb") as f:
        assert f.read().endswith(b"\n")
    # No serial number before the last one is missing. Records arrive in order, except those that two CPUs make at the same time.
    with open(program.output, "rb") as f:
        serials = sorted(int(x) for x in re.findall(rb':(\d+)" type="seccomp"', f.read()))
    assert serials[-1] - serials[0] + 1 - len(serials) < 64
