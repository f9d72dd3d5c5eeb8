"""The program is stopped and killed while records flow. With the stored socket and memory, its next run loses nothing."""
import os
import re
import signal
import subprocess
import threading

from conftest import GrowingFile, suspend, wait_for
from fake_runtime import FakeRuntime
from holder import holding
from test_floods import Tally, flood, made, settled
from test_metrics import value, read_at


def test_five_restarts_lose_nothing(tmp_path):
    output = str(tmp_path / "lines")
    options = ["--cri-endpoint", "none", "--output", output]
    tally = Tally(output)
    with holding(tmp_path) as held:
        process = held.start(*options)
        producer = flood(60, 2, 100_000)
        for _ in range(5):
            seen = tally.update().lines
            wait_for(lambda: tally.update().lines > seen, "lines")
            held.stop(process)
            process = held.start(*options)
        settled(tally, made(producer, stop=True))
        assert tally.lost == 0
        held.stop(process)
        assert "last run" not in held.said()


def test_losses_around_restarts_are_reported_once(tmp_path):
    """The run that reads the buffer reports the losses."""
    output = str(tmp_path / "lines")
    options = ["--cri-endpoint", "none", "--output", output]
    tally = Tally(output)
    with holding(tmp_path, buffer=1 << 18) as held:
        process = held.start(*options)
        producer = flood(60, 2)
        for _ in range(5):
            dropped = held.drops()
            suspend(process)
            wait_for(lambda: held.drops() > dropped, "a full buffer")
            process.terminate()
            process.send_signal(signal.SIGCONT)
            assert process.wait(30) == 0
            process = held.start(*options)
        settled(tally, made(producer, stop=True))
        assert tally.lost == held.drops() and tally.where == {"socket"}
        held.stop(process)


class Serials:
    """The serial numbers in the getppid lines of a file that grows, and the number of these lines."""

    def __init__(self, path):
        self.file = GrowingFile(path)
        self.seen, self.lines, self.torn = set(), 0, 0

    def update(self):
        for line in self.file.new_lines():
            found = re.match(rb'I\d{4} .*"audit" .* timestamp="[\d.]+:(\d+)" .* syscallName="getppid" .*action="log"', line)
            if found:
                self.lines += 1
                self.seen.add(int(found[1]))
            elif b"audit records lost" in line:
                raise AssertionError(line)
            else:
                self.torn += b"syscallName" not in line
        return self


def test_five_crashes_lose_nothing(tmp_path):
    crashes, batch = 5, 128
    output = str(tmp_path / "lines")
    options = ["--cri-endpoint", "none", "--output", output]
    serials = Serials(output)
    with holding(tmp_path) as held:
        process = held.start(*options)
        producer = flood(60, 2, 100_000)
        for _ in range(crashes):
            seen = serials.update().lines
            wait_for(lambda: serials.update().lines > seen, "lines")
            process.kill()
            process.wait(30)
            process = held.start(*options)
        total = made(producer, stop=True)
        wait_for(lambda: len(serials.update().seen) >= total, "%d records" % total, 120)
        held.stop(process)
        assert len(serials.update().seen) == total
        # An incomplete line is terminated, and its record is written again.
        assert serials.lines - total <= crashes * batch and serials.torn <= crashes and serials.file.rest == b""


def test_a_crash_loses_no_record_that_waits_for_names(node, tmp_path):
    cid = node.run_pod("web", namespace="prod")["containers"]["main"]["id"]
    output, metrics = str(tmp_path / "lines"), str(tmp_path / "metrics")
    # The records fill several chunks, and all are made well before the first has waited for too long.
    count = 100

    def lines():
        with open(output, "rb") as f:
            return [x for x in f.read().decode().splitlines() if 'comm="busyboxweb"' in x and 'syscallName="kill"' in x]

    try:
        with FakeRuntime(str(tmp_path / "cri.sock")) as runtime, holding(tmp_path) as held:
            runtime.add(cid, namespace="prod", pod="web")
            # Longer than a record waits for names.
            runtime.delay = 3
            options = ["--cri-endpoint", runtime.endpoint, "--output", output, "--metrics-listen", "unix:" + metrics]
            process = held.start(*options)
            loop = "i=0; while [ $i -lt %d ]; do kill -0 $$; i=$((i+1)); done" % count
            with node.process("prod/web/main", "busyboxweb", loop):
                wait_for(lambda: value(read_at(metrics), "parked_records") >= count, "records that wait")
                process.kill()
                process.wait(30)
                assert lines() == []
                os.unlink(metrics)
                runtime.delay = 0
                process = held.start(*options)
                wait_for(lambda: len(lines()) >= count, "all records")
            held.stop(process)
            serials = [int(re.search(r':(\d+)" type="seccomp"', x)[1]) for x in lines()]
            assert len(serials) == count and serials == sorted(set(serials))
            assert all('namespace="prod" pod="web" container="main"' in x for x in lines())
            assert "writing records that the last run had read" in held.said()
    finally:
        node.bench("pod", "rm", "--all")


class BlockedPipe:
    """An output that accepts no data until read() is called."""

    def __init__(self, directory):
        path, self.metrics = str(directory / "pipe"), str(directory / "metrics")
        os.mkfifo(path)
        # Both ends stay open as long as this object exists.
        self.pipe = os.open(path, os.O_RDWR)
        self.text = bytearray()
        self.options = ["--output", path, "--metrics-listen", "unix:" + self.metrics]

    def run(self, held):
        """Starts a program that has more to write than the pipe accepts. Returns it and the number of records."""
        process = held.start("--cri-endpoint", "none", *self.options)
        total = made(flood(0.2, 1, 100_000))
        wait_for(lambda: value(read_at(self.metrics), "responding") == 0, "a blocked output")
        return process, total

    def crash(self, held):
        process, _ = self.run(held)
        process.kill()
        process.wait(30)
        os.unlink(self.metrics)

    def read(self):
        """Reads everything from now on."""
        def read():
            while True:
                self.text.extend(os.read(self.pipe, 65536))

        threading.Thread(target=read, daemon=True).start()

    def serials(self):
        # The pipe may contain an incomplete line, whose record is written again.
        return set(re.findall(rb'timestamp="[\d.]+:(\d+)" type="seccomp" [^\n]*syscallName="getppid"[^\n]*\n', bytes(self.text)))


def test_a_stop_with_a_blocked_output_does_not_wait_and_loses_nothing(tmp_path):
    output = BlockedPipe(tmp_path)
    with holding(tmp_path) as held:
        process, total = output.run(held)
        process.terminate()
        # A generous limit: without a limit of its own the program would never end.
        assert process.wait(30) == 1 and "the output has accepted nothing for" in held.said()
        output.read()
        process = held.start("--cri-endpoint", "none", *output.options)
        wait_for(lambda: len(output.serials()) >= total, "%d records" % total)
        held.stop(process)
        assert len(output.serials()) == total


def test_a_full_disk_ends_the_program_and_loses_nothing(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    output = str(disk / "lines")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        with holding(tmp_path) as held:
            process = held.start("--cri-endpoint", "none", "--output", output)
            total = made(flood(0.5, 2, 20_000))
            assert process.wait(30) == 1 and "no space left on device (free some space, then restart)" in held.said()
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            process = held.start("--cri-endpoint", "none", "--output", output)
            serials = Serials(output)
            wait_for(lambda: len(serials.update().seen) >= total, "%d records" % total)
            held.stop(process)
        assert len(serials.update().seen) == total and serials.torn <= 1
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_records_of_a_crash_survive_runs_that_end_before_they_read(tmp_path):
    output = BlockedPipe(tmp_path)
    with holding(tmp_path) as held:
        output.crash(held)
        output.read()
        # With so many runs, the program would give up the records if it blamed them for the exits.
        for _ in range(3):
            assert held.launch("--cri-endpoint", "unix:///dev/null", *output.options).wait(30) == 1
        held.stop(held.start("--cri-endpoint", "none", *output.options))
        assert "writing records that the last run had read" in held.said() and "discarded" not in held.said()


def test_another_inherited_file_is_not_used_as_memory(tmp_path):
    output = BlockedPipe(tmp_path)
    with holding(tmp_path) as held, open(tmp_path / "other", "w+") as other:
        held.others["other"] = other.fileno()
        output.crash(held)
        assert "discarded" not in held.said()
        output.read()
        held.stop(held.start("--cri-endpoint", "none", *output.options))
        assert "writing records that the last run had read" in held.said() and "discarded" not in held.said()


def test_memory_of_another_version_is_reported_and_replaced(tmp_path):
    output = str(tmp_path / "lines")
    options = ["--cri-endpoint", "none", "--output", output]
    tally = Tally(output)
    with holding(tmp_path) as held:
        process = held.start(*options)
        process.kill()
        process.wait(30)
        os.pwrite(held.memory, b"\xff" * 8, 8)
        old = held.memory
        process = held.start(*options)
        assert held.memory is not None and os.pread(held.memory, 1, 8) != b"\xff", old
        assert "another version stored them" in held.said()
        settled(tally, made(flood(0.2, 1, 1000)))
        held.stop(process)
