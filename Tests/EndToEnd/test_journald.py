"""Entries for journald, received on a socket in its place. Tests/System has a real journald and journalctl."""
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess

import pytest

from conftest import BINARY, clean_environment, parse_klog, wait_for
from test_doctor import ask
from test_metrics import free_port, get, value
from test_output import make_record

SOCKET = "/run/systemd/journal/socket"
# Starts a program whose standard error goes to the journal, as systemd does.
TO_JOURNAL = ["bash", "-c", 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"', "bash"]


def parse_entry(data):
    """The fields of a datagram in journald's native protocol. See https://systemd.io/JOURNAL_NATIVE_PROTOCOL"""
    fields = {}
    while data:
        line, data = data.split(b"\n", 1)
        if b"=" in line:
            name, text = line.split(b"=", 1)
        else:
            name, (length,) = line, struct.unpack("<Q", data[:8])
            text, data = data[8:8 + length], data[8 + length + 1:]
        assert name not in fields
        fields[name.decode()] = text.decode()
    return fields


class Journal:
    def __init__(self):
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(SOCKET)
        self.socket.settimeout(60)

    def entry(self, **wanted):
        """The next entry that has these fields."""
        while True:
            fields = parse_entry(self.socket.recv(1 << 20))
            if wanted.items() <= fields.items():
                return fields

    def close(self):
        self.socket.close()
        os.unlink(SOCKET)


@pytest.fixture
def journal():
    if os.path.exists(SOCKET):
        pytest.skip("this machine has a journald of its own: Tests/System looks at that")
    it = Journal()
    yield it
    it.close()


@contextlib.contextmanager
def away():
    """Removes the journal's socket during the block."""
    os.rename(SOCKET, SOCKET + ".away")
    try:
        yield
    finally:
        os.rename(SOCKET + ".away", SOCKET)


def test_each_record_is_an_entry_with_fields(journal, enricher):
    program = enricher("--cri-endpoint", "none", "--node", "worker-1", style="journald")
    make_record()
    entry = journal.entry(SYSCALL_NAME="getppid")
    assert entry["MESSAGE"].startswith('"audit" logger="log-enricher" timestamp="')
    assert 'syscallName="getppid"' in entry["MESSAGE"] and "\n" not in entry["MESSAGE"]
    assert entry["PRIORITY"] == "6" and entry["MESSAGE_ID"] == "5889585be9d4482992db3c8745a373a1"
    assert (entry["AUDIT_TYPE_NAME"], entry["K8S_NODE"]) == ("SECCOMP", "worker-1")
    assert ':%s"' % entry["AUDIT_ID"] in entry["MESSAGE"]
    assert " pid=%s " % entry["TARGET_PID"] in entry["MESSAGE"] and entry["TARGET_UID"] == "0"
    assert (entry["SYSCALL_ID"], entry["SYSCALL_ARCH"], entry["SECCOMP_ACTION"]) == ("110", "x86_64", "log")
    assert entry["EXECUTABLE"] == os.path.realpath(BINARY)
    # An entry of a host process has no pod fields.
    assert not [x for x in entry if x.startswith("K8S_") and x != "K8S_NODE"]
    assert not [x for x in entry if x.startswith("CODE_")]
    journal.entry(SYSCALL_NAME="getpgid", TARGET_PID=entry["TARGET_PID"])
    assert program.lines() == []


@pytest.mark.parametrize("options", [("--output", "journald"), ("--format", "journald", "--output", "FIFO"),
                                     ("--format", "json", "--output", "journald")])
def test_with_the_journal_as_output_no_other_output_is_opened(journal, tmp_path, options):
    os.mkfifo(tmp_path / "pipe")
    log = tmp_path / "log"
    log.write_text("type=SECCOMP msg=audit(1715847187.650:7): auid=1 uid=0 gid=0 ses=1 pid=1 comm=\"a\" exe=\"/a\" sig=0 "
                   "arch=c000003e syscall=101 compat=0 ip=0x7f code=0x7ffc0000\n")
    argv = [str(tmp_path / "pipe") if x == "FIFO" else x for x in options]
    done = subprocess.run([BINARY, "replay", *argv, "--cri-endpoint", "none", str(log)], env=clean_environment(), cwd=tmp_path,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == "", done
    entry = journal.entry(AUDIT_ID="7")
    assert entry["SYSCALL_NAME"] == "ptrace" and entry["MESSAGE"].startswith('"audit" logger="log-enricher" ')
    assert sorted(os.listdir(tmp_path)) == ["log", "pipe"]


def test_a_pods_record_has_the_pods_fields(journal, node, enricher):
    pod = node.run_pod("web", "-c", "app", namespace="prod")
    try:
        enricher("--cri-endpoint", node.endpoint, style="journald")
        with node.process("prod/web/app", "busyboxweb", "kill -0 $$"):
            entry = journal.entry(SYSCALL_NAME="kill", K8S_POD="web")
        assert (entry["K8S_NAMESPACE"], entry["K8S_CONTAINER"], entry["K8S_POD_UID"], entry["CONTAINER_ID"]) == (
            "prod", "app", pod["uid"], pod["containers"]["app"]["id"])
    finally:
        node.bench("pod", "rm", "--all")


def test_a_kill_is_a_warning_and_hostile_text_stays_in_its_field(journal, tmp_path):
    log = tmp_path / "log"
    exe = b"/tmp/a\nK8S_POD=forged\nPRIORITY=0".hex().upper()
    log.write_text("type=SECCOMP msg=audit(1715847187.650:7): auid=1 uid=0 gid=0 ses=1 pid=1 comm=\"a\" exe=%s sig=31 "
                   "arch=c000003e syscall=101 compat=0 ip=0x7f code=0x80000000\n" % exe)
    subprocess.run([BINARY, "replay", "--format", "journald", "--cri-endpoint", "none", log], check=True,
                   env=clean_environment(), timeout=60)
    entry = journal.entry(AUDIT_ID="7")
    assert entry["EXECUTABLE"] == "/tmp/a\nK8S_POD=forged\nPRIORITY=0"
    assert entry["PRIORITY"] == "4" and "K8S_POD" not in entry and entry["SECCOMP_ACTION"] == "kill_process"


def test_records_that_journald_does_not_accept_are_counted_and_reported(journal, enricher):
    port = free_port()
    program = enricher("--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port, style="journald")
    make_record()
    journal.entry(SYSCALL_NAME="getpgid")
    with away():
        make_record()
        wait_for(lambda: value(get(port)[1], "losses_total", place="journal") >= 4, "counted losses")
    assert "journald did not accept records" in program.stderr()
    make_record()
    lost = value(get(port)[1], "losses_total", place="journal")
    reported = 0
    # Each batch reports its losses in an entry of its own.
    while reported < lost:
        loss = journal.entry(MESSAGE_ID="5109f6213e614ceba31ae9e28f37976d")
        assert 'where="journal" place="journal"' in loss["MESSAGE"] and loss["PRIORITY"] == "4"
        assert (loss["LOSS_PLACE"], loss["K8S_NODE"]) == ("journal", socket.gethostname())
        assert loss["MESSAGE"].startswith('"audit records lost" ')
        assert loss["LOSS_COUNT"] == re.search(r"count=(\d+)", loss["MESSAGE"])[1]
        reported += int(loss["LOSS_COUNT"])
    assert reported == lost and "journal %d" % lost in ask(port)["service losses"]["found"]


def test_records_beyond_a_limit_are_an_entry_with_their_containers_fields(journal, node, enricher):
    pod = node.run_pod("loud", "-c", "app", namespace="limit")
    try:
        enricher("--cri-endpoint", node.endpoint, "--max-records-per-container", "1/s", "--node", "worker-1", style="journald")
        with node.process("limit/loud/app", "busyboxloud", "i=0; while [ $i -lt 500 ]; do kill -0 $$; i=$((i+1)); done"):
            entry = journal.entry(LOSS_PLACE="suppressed")
        assert entry["MESSAGE_ID"] == "5109f6213e614ceba31ae9e28f37976d" and int(entry["LOSS_COUNT"]) > 0
        assert " suppressed=%s " % entry["LOSS_COUNT"] in entry["MESSAGE"]
        assert (entry["K8S_NODE"], entry["K8S_NAMESPACE"], entry["K8S_POD"], entry["K8S_CONTAINER"], entry["CONTAINER_ID"]) == (
            "worker-1", "limit", "loud", "app", pod["containers"]["app"]["id"])
    finally:
        node.bench("pod", "rm", "--all")


def test_losses_that_journald_did_not_accept_are_reported_after_a_reload_to_another_format(journal, tmp_path):
    conf, output, port = tmp_path / "conf", tmp_path / "lines", free_port()
    conf.write_text("AUDIT_ENRICHER_FORMAT=journald\n")

    def counted():
        return value(get(port)[1], "losses_total", place="journal")

    def reported(path, message):
        return sum(int(x) for x in re.findall(message + r'.* count=(\d+)', path.read_text()))

    with open(tmp_path / "err", "w") as err:
        process = subprocess.Popen([BINARY, "run", "--config", conf, "--cri-endpoint", "none", "--output", output, "--metrics-listen",
                                    "127.0.0.1:%d" % port], stderr=err, env=clean_environment())
    try:
        wait_for(lambda: "reading" in (tmp_path / "err").read_text(), "the program reads")
        with away():
            for records in (4, 8):
                make_record()
                wait_for(lambda: counted() >= records, "counted losses")
            conf.write_text("AUDIT_ENRICHER_FORMAT=klog\n")
            process.send_signal(signal.SIGHUP)
            wait_for(lambda: output.exists() and reported(output, "audit records lost") >= 8, "reported losses")
            assert reported(output, "audit records lost") == counted() == 8
            assert sum(parse_klog(line)["count"] for line in output.read_text().splitlines() if "audit records lost" in line) == 8
    finally:
        process.terminate()
    assert process.wait(30) == 0
    # At most once a minute, and at the end.
    assert reported(tmp_path / "err", "journald did not accept records") == 8


def test_a_message_that_the_catalog_explains_is_an_entry_with_its_id(journal, enricher, tmp_path):
    conf = tmp_path / "conf"
    conf.write_text("")
    program = enricher("--config", str(conf), "--cri-endpoint", "none", prefix=TO_JOURNAL)
    conf.write_text("hel\x1blo\n")
    program.process.send_signal(signal.SIGHUP)
    entry = journal.entry(MESSAGE_ID="654480ec07d643b2aac11588812e7274")
    assert r"'hel\u{1B}lo' is not NAME=value" in entry["MESSAGE"] and "\n" not in entry["MESSAGE"]
    assert (entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"]) == ("3", "audit-enricher")
    assert "the settings stay" not in program.stderr() and "<6>reading audit records" in program.stderr()


def test_the_reason_of_a_failed_command_has_the_priority_of_an_error(tmp_path):
    (tmp_path / "conf").write_text("AUDIT_ENRICHER_FORMAT=xml\nhello\n")
    for argv, reasons in ((["run"], 1), (["run", "--check"], 2), (["run", "--frmat"], 1)):
        done = subprocess.run([*TO_JOURNAL, BINARY, *argv, "--config", str(tmp_path / "conf")], env=clean_environment(),
                              capture_output=True, text=True, timeout=60)
        said = done.stderr.splitlines()
        assert done.returncode != 0 and len(said) == reasons, done
        assert all(x.startswith("<3>") and "audit-enricher: " not in x for x in said), said


@pytest.mark.parametrize("option", ["--format", "--output"])
def test_without_journald_it_does_not_start(option):
    if os.path.exists(SOCKET):
        pytest.skip("this machine has a journald")
    done = subprocess.run([BINARY, "run", option, "journald", "--cri-endpoint", "none"], env=clean_environment(),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "cannot write to journald's socket" in done.stderr and "--output" in done.stderr
