"""A container runtime that sends invalid data: the program reports an error, and its memory does not grow."""
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading

import grpc
import pytest

from conftest import BINARY, HERE, clean_environment, wait_for
from fake_runtime import FakeRuntime

UNIT = os.path.join(HERE, "../../systemd/audit-enricher.service")

# Frames: length, type, flags, stream, payload. See: RFC 9113, section 6
SETTINGS = bytes(3) + b"\4" + bytes(5)
PING = b"\0\0\10\6" + bytes(5) + b"whatever"
UNKNOWN = b"\0\x40\0\xfe" + bytes(5) + bytes(0x4000)
OPEN_HEADERS = b"\0\0\1\1\0\0\0\0\1\x88"
CONTINUATION = b"\0\2\0\11\0\0\0\0\1" + 0x100 * b"\x0f\x10"
# So many bytes that the memory measurement would show it if the program kept them.
FLOOD = 256 << 20


@contextlib.contextmanager
def listening(path, serve):
    """A server that calls `serve` with each client's connection."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        # close() alone does not wake a thread that waits in accept().
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@contextlib.contextmanager
def hostile(path, head, frame):
    """A server that sends `head` to each client, and then `frame` until the client closes. Yields the list of the bytes sent to each."""
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

    with listening(path, flood):
        yield sent


def answering(path, answer):
    """A server that sends `answer` when a client has sent a whole request, whatever it is, and waits until the client closes."""
    def serve(connection):
        stream = connection.makefile("rb")
        stream.read(24)
        kind = flags = 0
        # The request ends with a DATA frame that has END_STREAM.
        while (kind, flags) != (0, 1):
            length, kind, flags = struct.unpack(">IB", b"\0" + stream.read(4)) + (stream.read(5)[0],)
            stream.read(length)
        with contextlib.suppress(OSError):
            connection.sendall(SETTINGS + answer)
            while stream.read(1):
                pass
        connection.close()

    return listening(path, serve)


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


def stream_frame(kind, flags, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", 1) + payload


def test_a_list_of_empty_entries_takes_no_memory(tmp_path):
    """As long as the client receives without a pause: half a million entries of two bytes, which decoded take some 100 MB."""
    path = str(tmp_path / "s")
    message = 500_000 * b"\x0a\0"
    data = b"\0" + struct.pack(">I", len(message)) + message
    # :status 200, and content-type with its value.
    head = stream_frame(1, 4, b"\x88\x0f\x10\x10application/grpc")
    trailers = stream_frame(1, 5, b"\0\x0bgrpc-status\x010")
    answer = head + b"".join(stream_frame(0, 0, data[i:i + 0x4000]) for i in range(0, len(data), 0x4000)) + trailers
    with answering(path, answer):
        code, text, memory = run(BINARY, "containers", "--cri-endpoint", "unix://" + path)
    assert code == 1 and "does not answer: resourceExhausted: the list has more than 16384 entries" in text, text
    assert memory < 64


def peak(pid):
    """The peak memory of a process in MiB."""
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) >> 10 for line in f if line.startswith("VmHWM:"))


@pytest.mark.parametrize("keys, record, limit", [
    (["key%013d" % number for number in range(14)], "none", 110),
    (["key%013d" % number for number in range(14)], "all", 110),
    (["io.kubernetes." + name for name in ("pod.namespace", "pod.name", "pod.uid", "container.name")], "none", 192),
], ids=["unused-labels", "labels-of-recordings", "used-labels"])
def test_the_longest_lists_accepted_stay_within_the_memory_of_the_unit(node, tmp_path, keys, record, limit):
    """Also at reloads, when the previous names are still known. The unit has MemoryHigh=192M and MemoryMax=256M."""
    with open(UNIT) as f:
        allocation = dict(re.findall(r"\b(MALLOC_\w+)=(\d+)", f.read()))
    config = tmp_path / "conf"
    log = tmp_path / "log"
    log.touch()
    count = 16_384

    def choose(runtime):
        config.with_suffix(".new").write_text("AUDIT_ENRICHER_CRI_ENDPOINT=%s\nAUDIT_ENRICHER_RECORD=%s\n" % (runtime.endpoint, record))
        config.with_suffix(".new").rename(config)

    with FakeRuntime(str(tmp_path / "a")) as one, FakeRuntime(str(tmp_path / "b")) as other:
        # With the keys of the labels, an entry has a little less than 1,024 bytes.
        values = {key: 810 // len(keys) - len(key) - 6 for key in keys}
        for number in range(count):
            labels = {key: ("%d-" % number).ljust(length, "v") for key, length in values.items()}
            one.containers.append(one.pb.Container(id="%064x" % number, pod_sandbox_id="%064x" % (count + number), labels=labels))
            one.sandboxes.append(one.pb.PodSandbox(id="%064x" % (count + number), labels=labels))
        other.containers, other.sandboxes = one.containers, one.sandboxes
        size = one.pb.ListContainersResponse(containers=one.containers).ByteSize()
        assert 14 << 20 < size <= 16 << 20
        choose(one)
        # Not a child's own peak before exec: see MEASURE.
        service = subprocess.Popen([sys.executable, "-c", "import os, sys; os.execv(sys.argv[1], sys.argv[1:])", BINARY, "run", "--config",
                                    str(config), "--source", str(log), "--output", "/dev/null"],
                                   stderr=subprocess.PIPE, text=True, env=clean_environment(STATE_DIRECTORY=str(tmp_path / "state"), **allocation))
        try:
            wait_for(lambda: one.questions, "the first question")
            for runtime in (other, one, other, one):
                before = runtime.questions
                choose(runtime)
                service.send_signal(signal.SIGHUP)
                wait_for(lambda: runtime.questions > before, "the question after a reload")
            code, text, once = run(BINARY, "containers", "--cri-endpoint", one.endpoint)
            assert code == 0, text[:1000]
            memory = peak(service.pid)
        finally:
            service.terminate()
            errors = service.communicate()[1]
    print("peak: %d MiB, %d MiB for one command" % (memory, once))
    assert "does not answer" not in errors, errors
    assert memory < limit


def test_the_error_of_one_list_is_reported_while_the_other_one_stalls(node, tmp_path):
    with FakeRuntime(str(tmp_path / "s")) as runtime:
        runtime.stalls = True
        runtime.fails = grpc.StatusCode.INTERNAL
        code, text, _ = run(BINARY, "containers", "--cri-endpoint", runtime.endpoint)
    assert code == 1 and "does not answer: internalError: as the test wants it" in text, text


def test_a_timeout_of_the_runtime_is_not_reported_as_our_own(node, tmp_path):
    with FakeRuntime(str(tmp_path / "s")) as runtime:
        runtime.fails = grpc.StatusCode.DEADLINE_EXCEEDED
        code, text, _ = run(BINARY, "containers", "--cri-endpoint", runtime.endpoint)
    assert code == 1 and "does not answer: deadlineExceeded: as the test wants it" in text, text


@pytest.mark.parametrize("message, detail", [
    (None, b"unknown, without a message"),
    ("%0A%20" * 30, b"unknown, without a message"),
    # Each letter with 20 accents is one character, and has 41 bytes.
    ("%0A".join(["e" + 20 * "%CC%81"] * 10), b"unknown: " + b" ".join(["e".encode() + 20 * b"\xcc\x81"] * 4) + b" e" + 11 * b"\xcc\x81"),
], ids=["empty", "blank", "long"])
def test_the_message_of_an_error_is_bounded_and_on_one_line(tmp_path, message, detail):
    path = str(tmp_path / "s")
    fields = b"\0\x0bgrpc-status\x012"
    if message:
        # The length does not fit in the seven bits of the first byte.
        rest = len(message) - 127
        fields += b"\0\x0cgrpc-message\x7f" + bytes([rest & 127 | 128, rest >> 7]) + message.encode()
    with answering(path, stream_frame(1, 5, b"\x88\x0f\x10\x10application/grpc" + fields)):
        code, text, _ = run(BINARY, "containers", "--cri-endpoint", "unix://" + path)
    assert code == 1, text
    assert b"does not answer: " + detail + b" (is it running" in text.encode(), text
