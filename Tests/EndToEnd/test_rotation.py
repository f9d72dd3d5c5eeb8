"""The program follows a log while its files are renamed, compressed, removed and truncated."""
import os
import signal
import subprocess

import pytest

from conftest import suspend, wait_for

RECORD = ('type=SECCOMP msg=audit(1715847187.650:%d): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=1 comm="x" '
          'exe="/x" sig=0 arch=c000003e syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000\n')


class Log:
    def __init__(self, directory):
        self.path = str(directory / "audit.log")
        self.last = 0
        self.write(10)

    def write(self, count, mode="a"):
        with open(self.path, mode) as f:
            for _ in range(count):
                self.last += 1
                f.write(RECORD % self.last)

    def rotate(self, kept=5):
        """Renames the files as auditd does."""
        for number in range(kept - 1, 0, -1):
            for suffix in ("", ".gz"):
                if os.path.exists("%s.%d%s" % (self.path, number, suffix)):
                    os.rename("%s.%d%s" % (self.path, number, suffix), "%s.%d%s" % (self.path, number + 1, suffix))
        os.rename(self.path, self.path + ".1")
        self.write(0)


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path)


@pytest.fixture
def follow(enricher, log):
    """Follows the log. Returns an object that reads the program's lines, and suspends and resumes it."""

    class Followed:
        def __init__(self):
            self.program = enricher("--source", log.path, "--cri-endpoint", "none", ready=False)
            self.all_are_there()

        def serials(self):
            return [int(x["timestamp"].split(":")[1]) for x in self.program.lines() if x.get("type") == "seccomp"]

        def losses(self):
            return [x["where"] for x in self.program.lines() if "where" in x]

        def all_are_there(self, since=1):
            wait_for(lambda: self.serials()[-1:] == [log.last], "the last line")
            found = [x for x in self.serials() if x >= since]
            assert found == list(range(since, log.last + 1))

        def stand_still(self):
            suspend(self.program.process)

        def go_on(self):
            self.program.process.send_signal(signal.SIGCONT)

    return Followed()


def test_files_that_were_rotated_meanwhile_are_read(log, follow):
    for _ in range(50):
        log.write(20)
        log.rotate(kept=60)
    log.write(1)
    follow.all_are_there()
    assert follow.losses() == []


def test_nothing_is_missing_after_a_pause(log, follow):
    follow.stand_still()
    for _ in range(3):
        log.write(100)
        log.rotate()
    log.write(5)
    follow.go_on()
    follow.all_are_there()
    assert follow.losses() == []


def test_nothing_is_missing_after_a_pause_if_files_were_gzipped(log, follow):
    follow.stand_still()
    for number in range(3):
        log.write(100)
        log.rotate()
        # As logrotate's delaycompress does: the newest rotated file stays uncompressed.
        if number:
            subprocess.run(["gzip", log.path + ".2"], check=True)
    log.write(5)
    follow.go_on()
    follow.all_are_there()
    assert follow.losses() == []


def test_a_removed_file_is_reported(log, follow):
    follow.stand_still()
    for _ in range(5):
        log.write(100)
        log.rotate(kept=3)
    log.write(5)
    follow.go_on()
    # Three rotated files and the log remain.
    follow.all_are_there(since=211)
    wait_for(lambda: follow.losses() == ["rotation"], "a loss")
    assert 'where=rotation' in follow.program.stderr().replace('"', "")


def test_a_log_that_was_truncated_and_has_grown_again_is_reported(log, follow):
    follow.stand_still()
    log.write(50)
    first = log.last + 1
    log.write(400, mode="w")
    follow.go_on()
    follow.all_are_there(since=first)
    wait_for(lambda: follow.losses() == ["rotation"], "a loss")


@pytest.mark.parametrize("removed", [0, 1, 2])
def test_any_missing_file_with_a_date_is_reported(log, follow, removed):
    follow.stand_still()
    for number in range(3):
        log.write(100)
        os.rename(log.path, "%s-2026112%d" % (log.path, number))
        log.write(0)
    log.write(5)
    # File 0 is not removed: the program has it open.
    if removed:
        os.remove("%s-2026112%d" % (log.path, removed))
    follow.go_on()
    wait_for(lambda: follow.serials()[-1:] == [log.last], "the last line")
    assert len(follow.serials()) == log.last - (100 if removed else 0)
    wait_for(lambda: follow.losses() == (["rotation"] if removed else []), "a loss")


def test_lines_added_to_the_old_file_after_the_new_one_has_lines_are_read(log, follow):
    with open(log.path, "a") as writer:
        log.rotate()
        log.write(1)
        follow.all_are_there()
        for _ in range(3):
            log.last += 1
            writer.write(RECORD % log.last)
            writer.flush()
            follow.all_are_there()
    assert follow.losses() == []
