"""A container runtime that sends invalid data: the program reports an error, and its memory does not grow."""
import contextlib
import os
import socket
import subprocess
import sys
import threading

import pytest

from conftest import BINARY, clean_environment, wait_for
from fake_runtime import FakeRuntime

# Frames: length, type, flags, stream, payload. See: RFC 9113, section 6
SETTINGS = bytes(3) + b"\4" + bytes(5)
PING = b"\0\0\10\6" + bytes(5) + b"whatever"
UNKNOWN = b"\0\x40\0\xfe" + bytes(5) + bytes(0x4000)
OPEN_HEADERS = b"\0\0\1\1\0\0\0\0\1\x88"
CONTINUATION = b"\0\2\0\11\0\0\0\0\1" + 0x100 * b"\x0f\x10"
# So many bytes that the memory measurement would show it if the program kept them.
FLOOD = 256 << 20


@contextlib.contextmanager
def hostile(path, head, frame):
    """A server that sends `head` to each client, and then `frame` until the client closes. Yields the list of the bytes sent to each."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    sent = []

    def flood(connection):
        many, count = frame * (1 + (1 << 18) // len(frame)), 0
        with contextlib.suppress(OSError):
            # The client's connection preface.
            connection.recv(24)
            connection.sendall(head)
            while True:
                connection.sendall(many)
                count += len(many)
        sent.append(count)
        connection.close()

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=flood, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield sent
    finally:
        # close() alone does not wake a thread that waits in accept().
        server.shutdown(socket.SHUT_RDWR)
        server.close()


# A process inherits the peak memory of the one that forked it. This script runs in a small process.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
sys.exit(code)
"""


def run(*argv):
    """Runs the program; returns its exit code, its output and its peak memory in MiB."""
    done = subprocess.run([sys.executable, "-c", MEASURE, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=clean_environment())
    text, memory = done.stdout.rstrip("\n").rsplit("\n", 1)
    return done.returncode, text, int(memory)


@pytest.mark.parametrize("head, frame", [
    (SETTINGS, SETTINGS), (SETTINGS, PING), (SETTINGS + OPEN_HEADERS, CONTINUATION), (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
], ids=["settings", "pings", "headers", "http1"])
def test_each_call_to_a_flooding_runtime_fails_and_leaks_no_memory(tmp_path, head, frame):
    path = str(tmp_path / "s")
    with hostile(path, head, frame):
        few, many = (run(os.environ["CRI_CALLS_BINARY"], path, str(count), "0") for count in (20, 400))
    for count, (code, text, _) in (20, few), (400, many):
        assert code == 0 and text.startswith("%d of %d calls failed\nunavailable: " % (count, count)), text
    assert many[2] < few[2] + 8


def test_a_valid_flood_ends_at_the_deadline_and_uses_no_memory(tmp_path):
    path = str(tmp_path / "s")
    with hostile(path, SETTINGS, UNKNOWN) as sent:
        code, text, memory = run(BINARY, "containers", "--cri-endpoint", "unix://" + path)
    assert code == 1 and "does not answer" in text, text
    wait_for(lambda: sum(sent) > FLOOD, "a flood")
    assert memory < 64


def test_a_list_longer_than_kubelet_accepts_is_an_error(node, tmp_path):
    with FakeRuntime(str(tmp_path / "s")) as runtime:
        runtime.add("ab" * 32, annotation="x" * (15 << 20))
        code, text, _ = run(BINARY, "containers", "--cri-endpoint", runtime.endpoint)
        assert code == 0 and "abababab" in text, text
        runtime.add("cd" * 32, annotation="x" * (1 << 20))
        code, text, memory = run(BINARY, "containers", "--cri-endpoint", runtime.endpoint)
        assert code == 1 and "of which 16777216 are accepted" in text, text
        assert memory < 64
