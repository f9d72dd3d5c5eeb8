"""How the program writes, stops and replays."""
import json
import os
import re
import signal
import subprocess
import sys

import pytest

from conftest import BINARY, HERE, clean_environment, wait_for

sys.path.insert(0, os.path.join(HERE, "node-bench", "lib"))
import auditnl  # noqa: E402


def make_record():
    """One record of a host process, made by this kernel."""
    done = subprocess.run([BINARY, "demo", "--format", "json"], env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(x) for x in done.stdout.splitlines()]


def test_demo_shows_lines_of_this_kernel():
    lines = make_record()
    assert [x["syscallName"] for x in lines] == ["getppid", "uname", "sched_yield", "getpgid"]
    assert {x["action"] for x in lines} == {"log"} and len({x["pid"] for x in lines}) == 1
    assert not [x for x in lines if "reason" in x]


def test_a_file_is_reopened_on_sighup(enricher):
    program = enricher()
    make_record()
    wait_for(lambda: len(program.lines()) >= 4, "lines in the first file")
    os.rename(program.output, program.output + ".1")
    program.process.send_signal(signal.SIGHUP)
    wait_for(lambda: os.path.exists(program.output), "a new file")
    make_record()
    wait_for(lambda: len(program.lines()) >= 4, "lines in the second file")
    with open(program.output + ".1") as f:
        assert len(f.read().splitlines()) == 4


def test_host_processes_can_be_left_out(enricher):
    kept, dropped = enricher(), enricher("--host-processes", "drop")
    make_record()
    wait_for(lambda: len(kept.lines()) >= 4, "lines of the host")
    assert dropped.stop() == 0
    assert dropped.lines() == []


def test_the_end_of_the_reader_is_reported_and_ends_the_program(tmp_path):
    read, write = os.pipe()
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen([BINARY, "run"], stdout=write, stderr=err, env=clean_environment())
        os.close(write)
        wait_for(lambda: "reading" in open(err.name).read(), "the program reads")
        os.close(read)
        make_record()
        assert process.wait(30) == 1
        assert "cannot write to standard output: broken pipe" in open(err.name).read()


def test_a_full_disk_is_reported_and_ends_the_program(tmp_path):
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen([BINARY, "run", "--output", "/dev/full"], stderr=err, env=clean_environment())
        wait_for(lambda: "reading" in open(err.name).read(), "the program reads")
        make_record()
        assert process.wait(30) == 1
        assert "cannot write to /dev/full: no space left on device" in open(err.name).read()


def test_a_log_is_replayed_with_a_snapshot_of_its_node(node, tmp_path):
    node.run_pod("web", "-c", "app", namespace="prod")
    try:
        reader = auditnl.Reader()
        mark = "busyboxreplay"
        with node.process("prod/web/app", mark, "kill -0 $$; kill -0 $$"):
            raw = []
            for _, text in reader.records(60, auditnl.AUDIT_SECCOMP):
                if 'comm="%s"' % mark in text:
                    raw.append("type=SECCOMP msg=" + text)
                if len(raw) == 2:
                    break
            snapshot = subprocess.run(
                [BINARY, "snapshot", "--cri-endpoint", node.endpoint, "--node", "worker-1"],
                env=clean_environment(), check=True, capture_output=True).stdout
        reader.close()
    finally:
        node.bench("pod", "rm", "--all")
    (tmp_path / "node.json").write_bytes(snapshot)
    (tmp_path / "audit.log").write_text("\n".join(raw) + "\n")
    subprocess.run(["gzip", "-k", tmp_path / "audit.log"], check=True)
    for log in ("audit.log", "audit.log.gz"):
        done = subprocess.run(
            [BINARY, "replay", "--format", "json", "--snapshot", tmp_path / "node.json", tmp_path / log],
            env=clean_environment(), check=True, capture_output=True, text=True)
        lines = [json.loads(x) for x in done.stdout.splitlines()]
        assert {(x["node"], x["namespace"], x["pod"], x["container"]) for x in lines} == {
            ("worker-1", "prod", "web", "app")}
        assert done.stderr == "records=2 enriched=2 unresolved=0 malformed=0\n"


def test_doctor_finds_no_fault_on_a_node(node):
    done = subprocess.run([BINARY, "doctor", "--json", "--cri-endpoint", node.endpoint],
                          env=clean_environment(), capture_output=True, text=True)
    report = json.loads(done.stdout)
    assert report["ok"] and done.returncode == 0, done.stdout + done.stderr
    verdicts = {x["check"]: x["verdict"] for x in report["checks"]}
    assert verdicts["records"] == verdicts["container runtime"] == verdicts["multicast group"] == "ok"
    assert verdicts["exclude rules"] == verdicts["actions_logged"] == "ok"


RECORD = ('type=SECCOMP msg=audit(1715847187.650:%d): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=1 comm="x" '
          'exe="/x" sig=0 arch=c000003e syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000\n')


def test_a_log_that_is_written_and_rotated_is_followed(enricher, tmp_path):
    log = tmp_path / "audit.log"
    log.write_text(RECORD % 1)
    program = enricher("--source", str(log), "--cri-endpoint", "none", ready=False)

    def serials():
        return [int(x["timestamp"].split(":")[1]) for x in program.lines() if x.get("type") == "seccomp"]

    wait_for(lambda: serials() == [1], "what was there")
    with open(log, "a") as f:
        half = RECORD % 2
        f.write(half[:50])
        f.flush()
        f.write(half[50:] + RECORD % 3)
    wait_for(lambda: serials() == [1, 2, 3], "what was added")
    log.rename(tmp_path / "audit.log.1")
    log.write_text(RECORD % 4 + RECORD % 5)
    wait_for(lambda: serials() == [1, 2, 3, 4, 5], "the new file")
    # As logrotate's copytruncate does. The program notices that the file became shorter.
    log.write_text(RECORD % 6)
    wait_for(lambda: serials() == [1, 2, 3, 4, 5, 6], "what came after it was cut off")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_replay_that_waits_for_its_pipe_ends_at_a_signal(sig):
    process = subprocess.Popen([BINARY, "replay", "--cri-endpoint", "none", "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(), text=True)
    process.stdin.write(RECORD % 7 + "half a li")
    process.stdin.flush()
    assert ':7"' in process.stdout.readline()
    process.send_signal(sig)
    assert process.wait(30) == 0
    assert process.stderr.read() == "records=1 enriched=0 unresolved=1 malformed=0\n"


@pytest.fixture
def unread(tmp_path):
    """A pipe without a reader."""
    os.mkfifo(tmp_path / "pipe")
    return str(tmp_path / "pipe")


@pytest.fixture
def starts(tmp_path):
    """Yields a function that starts the program. It returns the process, and a function that reads its standard error so far."""
    started = []

    def start(*argv):
        with open(tmp_path / "err", "w") as err:
            process = subprocess.Popen([BINARY, *argv, "--cri-endpoint", "none"], stderr=err, env=clean_environment())
        started.append(process)
        return process, (tmp_path / "err").read_text

    yield start
    for process in started:
        process.kill()
        process.wait(30)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["run", "replay"])
def test_a_pipe_without_a_reader_does_not_delay_a_stop(tmp_path, starts, unread, command, sig):
    (tmp_path / "log").write_text(RECORD % 1)
    process, said = starts(command, "--output", unread, *[str(tmp_path / "log")] * (command == "replay"))
    wait_for(lambda: "the pipe has no reader: start one); waiting for one" in said(), "it is reported")
    process.send_signal(sig)
    assert process.wait(30) == 0
    assert said().count("waiting for one") == 1


def test_a_pipe_is_written_as_soon_as_it_has_a_reader(tmp_path, starts, unread):
    (tmp_path / "log").write_text(RECORD % 1)
    process, said = starts("replay", "--output", unread, str(tmp_path / "log"))
    wait_for(lambda: "waiting for one" in said(), "it is reported")
    # A reload wakes the program meanwhile, and has no effect.
    process.send_signal(signal.SIGHUP)
    with open(unread) as lines:
        assert ':1"' in lines.read()
    assert process.wait(30) == 0


def test_records_that_are_made_before_a_pipe_has_a_reader_are_written_then(starts, unread):
    process, said = starts("run", "--format", "json", "--output", unread)
    wait_for(lambda: "waiting for one" in said(), "it is reported")
    made = {x["timestamp"] for x in make_record()}
    assert made
    with open(unread) as lines:
        for line in lines:
            made.discard(json.loads(line).get("timestamp"))
            if not made:
                break
        assert not made
    process.terminate()
    assert process.wait(30) == 0


def test_a_reload_does_not_wait_for_a_pipe_without_a_reader(starts, unread):
    reader = os.open(unread, os.O_RDONLY | os.O_NONBLOCK)
    process, said = starts("run", "--output", unread)
    wait_for(lambda: "reading audit records" in said(), "the program reads")
    os.close(reader)
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: "the pipe has no reader: start one); the old file is kept" in said(), "it is reported")
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.parametrize("sig, end", [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGHUP, None)])
def test_a_signal_during_the_start_is_neither_lost_nor_fatal(tmp_path, starts, sig, end):
    os.makedirs(tmp_path / "proc" / "7")
    slow = tmp_path / "proc" / "7" / "cgroup"
    os.mkfifo(slow)
    process, said = starts("run", "--proc-root", str(tmp_path / "proc"))
    # Opens the pipe as soon as the program does.
    with open(slow, "w"):
        process.send_signal(sig)
        wait_for(lambda: not pending(process, sig) or process.poll() is not None, "the signal has come")
        slow.unlink()
    if end is None:
        wait_for(lambda: "the settings were reloaded" in said(), "a reload")
        process.terminate()
    assert process.wait(30) == 0


def pending(process, sig):
    with open("/proc/%d/status" % process.pid) as f:
        return int(re.search(r"ShdPnd:\s+(\w+)", f.read())[1], 16) >> sig - 1 & 1


def test_a_pipe_is_replayed_as_data_arrives(tmp_path):
    process = subprocess.Popen([BINARY, "replay", "--cri-endpoint", "none", "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(), text=True)
    process.stdin.write(RECORD % 7)
    process.stdin.flush()
    assert ':7"' in process.stdout.readline()
    process.stdin.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == "records=1 enriched=0 unresolved=1 malformed=0\n"
