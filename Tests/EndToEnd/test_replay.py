"""Which lines replay accepts as records, and which process it attributes a record to."""
import json
import os
import re
import socket
import struct
import subprocess
import time

import pytest

from conftest import BINARY, clean_environment, wait_for

PAYLOAD = ('audit(%.3f:%d): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=%d comm="x" exe="/x" sig=0 arch=c000003e '
           'syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000')
HOST = socket.gethostname()
YEAR = 31536000


def replay(text, *options, env=None):
    """Replays the text. Returns the lines, parsed as JSON, and the standard error."""
    done = subprocess.run([BINARY, "replay", "--format", "json", "--cri-endpoint", "none", *options, "-"], input=text,
                          env=clean_environment(**(env or {})), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(x) for x in done.stdout.splitlines()], done.stderr


@pytest.fixture
def process():
    """A process old enough to be distinguished from an earlier one with the same PID."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        started = time.time()
        wait_for(lambda: time.time() > started + 2, "it is two seconds old")
        yield child.pid
        child.stdin.close()


def form(style, at, pid, node=HOST, serial=1):
    payload = PAYLOAD % (at, serial, pid)
    return {"plain": "type=SECCOMP msg=" + payload,
            "auditd": "node=%s type=SECCOMP msg=%s" % (node, payload),
            "syslog": "Nov 23 22:12:01 %s kernel: [   12.%06d] audit: type=1326 %s" % (node, serial, payload),
            "iso": "2026-11-23T22:12:01.123456+00:00 %s kernel: audit: type=1326 %s" % (node, payload)}[style] + "\n"


def reasons(lines):
    return [(x.get("attribution"), x.get("reason")) for x in lines]


OWN = (None, None)
OTHER = ("unresolved", "other-node")
NOT = ("unresolved", "not-in-snapshot")


@pytest.mark.parametrize("style", ["auditd", "syslog", "iso"])
def test_without_a_snapshot_processes_are_those_of_this_machine_now(process, style):
    now = time.time()
    lines, _ = replay(form("plain", now, process) + form(style, now, process) + form(style, now, process, "worker-b")
                      + form(style, now - 30, process) + form("plain", now - YEAR, process) + form("plain", now + 3600, process))
    assert reasons(lines)[:3] == [OWN, OWN, OTHER]
    assert [x["attribution"] for x in lines[3:]] == ["unresolved"] * 3
    assert reasons(lines)[5] == NOT
    assert [x["node"] for x in lines] == [HOST, HOST, "worker-b", HOST, HOST, HOST]


@pytest.mark.parametrize("known, named, own", [
    ("worker-1", "worker-1", True), ("worker-1", "worker-1.example.com", True),
    ("worker-1.example.com", "worker-1", True), ("worker-1", "worker-10", False), ("worker-1", HOST, False)])
def test_the_known_node_is_the_one_that_was_set(process, known, named, own):
    text = form("auditd", time.time(), process, named)
    for options, env in ((["--node", known], None), ([], {"NODE_NAME": known})):
        lines, _ = replay(text, *options, env=env)
        assert reasons(lines) == [OWN if own else OTHER]
        # Lines have this name, too.
        assert lines[0]["node"] == known


@pytest.fixture
def snapshot(process, tmp_path):
    text = subprocess.run([BINARY, "snapshot", "--cri-endpoint", "none", "--node", "worker-1"], check=True,
                          env=clean_environment(), capture_output=True, text=True).stdout
    (tmp_path / "node.json").write_text(text)
    return tmp_path / "node.json"


@pytest.fixture
def before(process):
    """A time at which the process runs, before the test does anything."""
    return time.time()


def test_a_snapshot_attributes_records_of_its_node_and_of_its_processes_lifetimes_only(process, before, snapshot):
    now = before
    text = (form("plain", now, process) + form("auditd", now, process, "worker-1")
            + form("syslog", now, process, "worker-1.example.com") + form("plain", now - 30, process)
            + form("plain", now - YEAR, process) + form("plain", now + YEAR, process)
            + form("auditd", now, process, "worker-b") + form("iso", now, process, HOST))
    lines, error = replay(text, "--snapshot", str(snapshot))
    assert reasons(lines) == [OWN, OWN, OWN, NOT, NOT, NOT, OTHER, OTHER]
    assert lines[0]["node"] == "worker-1"
    assert "snapshot" not in error


def test_an_old_snapshot_is_read_and_marked(process, snapshot):
    new = json.loads(snapshot.read_text())
    old = {"version": 1, "node": new["node"], "containers": [],
           "processes": [{k: v for k, v in x.items() if k != "start"} for x in new["processes"]]}
    assert set(new) - set(old) == {"time"}
    snapshot.write_text(json.dumps(old))
    lines, error = replay(form("plain", time.time() - YEAR, process), "--snapshot", str(snapshot))
    assert reasons(lines) == [("uncertain", "no-times")]
    assert "the snapshot has no times" in error


# --- forged lines ----------------------------------------------------------------


def send_user_message(text):
    """Sends the message as any process with CAP_AUDIT_WRITE can, which containers have by default."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9) as audit:
        data = text.encode() + b"\0"
        audit.sendto(struct.pack("=IHHII", 16 + len(data), 1107, 1, 1, 0) + data, (0, 0))


def kernel_log(*options):
    return subprocess.run(["dmesg", *options], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("first", ["x", "x'"])
def test_text_of_a_user_message_is_never_a_record(first):
    mark = "forged%d" % time.monotonic_ns()

    def logged():
        # The kernel prints at most ten audit messages in five seconds, and omits the others.
        send_user_message("%s\naudit: type=1326 %s\ntype=SECCOMP msg=%s\n%s" % (
            first, PAYLOAD % (time.time(), 7, os.getpid()), PAYLOAD % (time.time(), 8, os.getpid()), mark))
        return mark in kernel_log()

    wait_for(logged, "the message is in the kernel's log")
    syslog = "".join("Nov 23 22:12:01 host kernel: %s\n" % x for x in kernel_log("-S").splitlines())
    logs = [kernel_log(*x.split()) for x in ("", "-t", "-S", "-r", "-S -r", "-T", "-S -T", "-S -t", "-p", "-t -p")]
    for log in [*logs, syslog, re.sub(r"kernel: \[ *[0-9.]+\] ", "kernel: ", syslog)]:
        # Replay only the log from the beginning of the message.
        begin = [m.start() for m in re.finditer(r"^.*type=1107 .*$", log, re.M) if m.start() < log.index(mark)][-1]
        lines, error = replay(log[begin:])
        assert [x for x in lines if x["pid"] == os.getpid()] == [], log[begin:]
        assert error.startswith("records=")


@pytest.fixture
def kernel_message():
    """Makes the kernel print a message with line feeds in it, and returns the mark in the last line. Only the first line is stamped."""
    mark = "forged%d" % time.monotonic_ns()
    record = "audit: type=1326 " + PAYLOAD % (time.time(), 7, os.getpid())
    # Each write is one message, which ends with its last line feed.
    kmsg = os.open("/dev/kmsg", os.O_WRONLY)
    # Audit's own message identifies the text as a kernel log, also in forms without timestamps.
    os.write(kmsg, b"audit: type=2000 audit(1.000:1): state=%s\n" % mark.encode())
    os.write(kmsg, ("process '%s\n%s\n%s\ntype=SECCOMP msg=%s\n%s' started with executable stack\n" % (
        mark, record, record, PAYLOAD % (time.time(), 8, os.getpid()), mark)).encode())
    os.close(kmsg)
    return mark


def test_text_of_another_kernel_message_is_never_a_record(kernel_message):
    logs = {x: kernel_log(*x.split()) for x in ("", "-t", "-S", "-S -r", "-T", "-S -T", "-S -t")}
    logs["syslog"] = "".join("Nov 23 22:12:01 host kernel: %s\n" % x for x in logs["-S"].splitlines())
    logs["no kernel time"] = re.sub(r"kernel: \[ *[0-9.]+\] ", "kernel: ", logs["syslog"])
    # Messages written to /dev/kmsg have another facility than the kernel's.
    logs["-S -r"] = re.sub(r"^<\d+>", "<5>", logs["-S -r"], flags=re.M)
    for form, log in logs.items():
        begin = log.rindex("\n", 0, log.index("state=" + kernel_message)) + 1
        end = log.index("\n", log.index(kernel_message + "' started")) + 1
        lines, error = replay(log[begin:end])
        assert lines == [], (form, log[begin:end])
        unread = int(re.search(r"unread=(\d+)", error)[1])
        # Behind a prefix, a line in auditd's form is not taken for a record, and not counted as unread.
        assert unread == (3 if form in ("", "-t", "-T", "-S -t") else 2), (form, log[begin:end])


def test_a_log_without_any_times_is_read():
    record = "audit: type=1326 " + PAYLOAD % (time.time(), 1, 1) + "\n"
    lines, error = replay(record + record)
    assert len(lines) == 2 and "unread" not in error


def test_unread_lines_are_counted_with_a_remedy(tmp_path):
    record = "audit: type=1326 " + PAYLOAD % (time.time(), 1, 1) + "\n"
    lines, error = replay("[    1.000000] " + record + record + "\0\0" + form("plain", 1, 1))
    assert len(lines) == 1
    summary, *explanations = error.splitlines()
    assert summary.endswith(" malformed=0 unread=2")
    assert [re.match(r"not read: 1 lines that (\w+)", x)[1] for x in explanations] == ["have", "begin"]
    # A gzip file with an uncompressed log appended.
    (tmp_path / "log").write_text(form("plain", 1, 1))
    subprocess.run(["gzip", tmp_path / "log"], check=True)
    with open(tmp_path / "log.gz", "a") as f:
        f.write(form("plain", 1, 1) * 3)
    done = subprocess.run([BINARY, "replay", "--cri-endpoint", "none", tmp_path / "log.gz"], env=clean_environment(),
                          capture_output=True, text=True)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 1
    assert "unread=3\nnot read: 3 lines that follow the end of a gzip file" in done.stderr


ACCESSES = ['audit(1.002:3): apparmor="DENIED" operation="open" profile="strict" name=2F612062 pid=7 comm="cat" requested_mask="r" '
            'denied_mask="r" fsuid=0 ouid=0',
            'audit(1.002:4): avc:  denied  { read } for  pid=7 comm="cat" name="a" dev="vda" ino=5 scontext=a:b:c:s0:c1,c2 '
            'tcontext=a:b:d:s0 tclass=file permissive=0']
FORMS = {"raw": "type=AVC msg=%s", "enriched": 'type=AVC msg=%s\x1dFSUID="root" OUID="root"', "number": "type=UNKNOWN[1400] msg=%s",
         "kernel": "[   12.345678] audit: type=1400 %s", "syslog": HOST + " kernel: [   12.345678] audit: type=1400 %s"}


@pytest.mark.parametrize("form", FORMS)
def test_accesses_are_records_in_each_form_of_a_log(form):
    prefix = "Nov 23 22:12:01 " if form == "syslog" else ""
    lines, _ = replay("".join(prefix + FORMS[form] % x + "\n" for x in ACCESSES))
    apparmor, selinux = lines
    assert (apparmor["type"], apparmor["apparmor"], apparmor["name"], apparmor["ouid"]) == ("apparmor", "DENIED", "/a b", 0)
    assert (selinux["type"], selinux["profile"], selinux["perm"], selinux["permissive"]) == ("selinux", "", "read", 0)


def test_only_the_chosen_kinds_are_read():
    text = "".join("type=AVC msg=%s\n" % x for x in ACCESSES) + form("plain", time.time(), os.getpid())
    for kinds in (["seccomp"], ["apparmor"], ["selinux", "apparmor"]):
        lines, stderr = replay(text, "--records", ",".join(kinds))
        assert sorted(x["type"] for x in lines) == sorted(kinds)
        assert "records=%d " % len(kinds) in stderr and "malformed=0" in stderr


def test_messages_of_programs_about_access_are_counted_and_are_no_records():
    text = "type=USER_AVC msg=audit(1.002:3): pid=1 uid=0 msg='avc:  denied  { start } for  scontext=a tcontext=b tclass=service'\n"
    lines, stderr = replay(text)
    assert lines == [] and "unread=1" in stderr and "USER_AVC" in stderr
    lines, stderr = replay(text, "--records", "seccomp")
    assert lines == [] and "unread" not in stderr
