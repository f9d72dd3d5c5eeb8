"""Each error is one line that says what is wrong and what to do. The exit code is 2 for usage errors, and 1 for all others."""
import errno
import os
import socket
import subprocess
import threading
from concurrent import futures

import grpc
import pytest

import seccomp
from conftest import BINARY, clean_environment

PLAIN_USER = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all"]


def fails(code, *argv, say, prefix=(), env=None, **more):
    done = subprocess.run([*prefix, BINARY, *argv], env=clean_environment(**(env or {})), capture_output=True,
                          text=True, timeout=60, stdin=subprocess.DEVNULL, **more)
    said = done.stderr.splitlines()
    assert done.returncode == code, done
    assert done.stdout == ""
    assert len(said) == 1 and said[0].startswith("audit-enricher: "), done.stderr
    for text in say:
        assert text in said[0], said[0]


@pytest.mark.parametrize("argv, say", [
    (["run", "--frmat", "json"], ["--frmat"]),
    (["run", "--format", "xml"], ["--format", "'xml'", "klog or json or journald"]),
    (["run", "--source", "multicats"], ["--source", "multicats", "multicast"]),
    (["run", "--cri-endpoint", "tcp://1.2.3.4"], ["--cri-endpoint", "unix:///PATH or none"]),
    (["run", "--host-processes", "maybe"], ["--host-processes", "keep or drop"]),
    (["replay"], ["file"]),
    (["frobnicate"], ["frobnicate"]),
])
def test_wrong_usage(argv, say):
    fails(2, *argv, say=say)


@pytest.mark.parametrize("text, say", [
    ("AUDIT_ENRICHER_FORMAT=json\n\nAUDIT_ENRICHER_FORMATS=json\n", ["line 3", "AUDIT_ENRICHER_FORMATS", "did you mean"]),
    ("# all is well\nAUDIT_ENRICHER_FIELDS=some\n", ["line 2", "AUDIT_ENRICHER_FIELDS", "'some'", "basic or full"]),
    ("AUDIT_ENRICHER_NODE\n", ["line 1", "NAME=value"]),
])
def test_a_wrong_line_of_the_configuration_file(tmp_path, text, say):
    (tmp_path / "conf").write_text(text)
    fails(1, "run", "--config", str(tmp_path / "conf"), say=[str(tmp_path / "conf"), *say])


def test_a_missing_configuration_file(tmp_path):
    fails(1, "run", "--config", str(tmp_path / "none"), say=["none", "no such file"])


def test_a_misspelt_environment_variable():
    fails(1, "run", env={"AUDIT_ENRICHER_OUTPT": "-"}, say=["AUDIT_ENRICHER_OUTPT", "AUDIT_ENRICHER_OUTPUT"])


def test_no_permission_for_the_group():
    fails(1, "run", "--cri-endpoint", "none", prefix=PLAIN_USER,
          say=["cannot join the audit multicast group", "not permitted", "CAP_AUDIT_READ"])


def test_audit_switched_off_on_the_kernels_command_line():
    """With audit=0 the socket cannot be opened (EPROTONOSUPPORT); a seccomp filter can cause the same error."""
    NETLINK_AUDIT = 9

    def filtered():
        seccomp.apply(seccomp.fail_with(errno.EPROTONOSUPPORT), "socket", (0, socket.AF_NETLINK), (2, NETLINK_AUDIT))

    fails(1, "run", "--cri-endpoint", "none", preexec_fn=filtered, say=["audit=0", "command line"])


def test_a_second_program_that_registers_for_unicast(tmp_path, enricher):
    first = enricher("--source", "unicast")
    fails(1, "run", "--source", "unicast",
          say=["process %d (audit-enricher) is registered" % first.process.pid, "multicast"])


def test_an_endpoint_that_is_not_a_socket(tmp_path):
    (tmp_path / "file").write_text("")
    for command in ("run", "containers"):
        fails(1, command, "--cri-endpoint", "unix://%s/file" % tmp_path, say=["not a socket", "--cri-endpoint"])


def test_a_missing_endpoint(tmp_path):
    fails(1, "containers", "--cri-endpoint", "unix://%s/none" % tmp_path, say=["no such socket", "--cri-endpoint"])


def test_an_endpoint_that_serves_grpc_but_not_cri(tmp_path):
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_insecure_port("unix://%s/s" % tmp_path)
    server.start()
    for command in ("run", "containers"):
        fails(1, command, "--cri-endpoint", "unix://%s/s" % tmp_path, say=["speaks no CRI", "--cri-endpoint"])
    server.stop(None)


def test_an_endpoint_with_another_protocol(tmp_path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen()

    def answer():
        while True:
            try:
                connection = server.accept()[0]
            except OSError:
                return
            connection.sendall(b"220 mail.example.org ESMTP\r\n")
            connection.close()

    threading.Thread(target=answer, daemon=True).start()
    fails(1, "containers", "--cri-endpoint", "unix://%s/s" % tmp_path, say=["does not answer", "--cri-endpoint"])
    server.close()


def test_an_unreadable_log(tmp_path):
    fails(1, "replay", "--cri-endpoint", "none", str(tmp_path / "none"), say=["cannot read", "none", "no such file"])
    fails(1, "replay", "--cri-endpoint", "none", str(tmp_path), say=["cannot read", "directory"])
    (tmp_path / "secret").write_text("")
    os.chmod(tmp_path / "secret", 0)
    os.chmod(tmp_path, 0o755)
    fails(1, "replay", "--cri-endpoint", "none", "/proc/1/mem", prefix=PLAIN_USER, say=["cannot read", "permission denied"])


def test_a_truncated_gzip_file(tmp_path):
    import gzip
    whole = gzip.compress(os.urandom(5000))
    (tmp_path / "log.gz").write_bytes(whole[:-100])
    fails(1, "replay", "--cri-endpoint", "none", str(tmp_path / "log.gz"), say=["log.gz", "gzip"])


@pytest.mark.parametrize("text, say", [
    ("hello", ["is not a snapshot", "not JSON"]),
    ('{"version":2,"node":"a","containers":[],"processes":[]}', ["version 2"]),
    ('{"version":1,"node":"a","processes":[]}', ["is not a snapshot", "containers"]),
    ('{"version":1,"node":"a","containers":[],"processes":[{"pid":1,"container":"zz"}]}', ["'zz'"]),
])
def test_a_file_that_is_not_a_snapshot(tmp_path, text, say):
    (tmp_path / "snapshot").write_text(text)
    (tmp_path / "log").write_text("")
    fails(1, "replay", "--snapshot", str(tmp_path / "snapshot"), str(tmp_path / "log"), say=say)


def test_an_output_that_cannot_be_opened(tmp_path):
    fails(1, "run", "--cri-endpoint", "none", "--output", str(tmp_path / "no" / "file"), say=["cannot open", "for writing"])


def test_too_few_open_files_are_an_error_at_the_start():
    limited = ["bash", "-c", 'ulimit -n 12 && exec "$@"', "limited"]
    fails(1, "run", "--cri-endpoint", "none", "--output", os.devnull, prefix=limited,
          say=["at most 12 files", "64 are needed", "LimitNOFILE"])
