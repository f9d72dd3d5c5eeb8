"""The metrics that Prometheus reads, and that badly behaved clients do no harm."""
import contextlib
import http.client
import os
import re
import socket
import subprocess
import threading
import time

import pytest

from conftest import BINARY, clean_environment, wait_for
from fake_runtime import FakeRuntime
from test_output import make_record


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path="/metrics", method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def read_at(path, what="/metrics"):
    """Reads from a socket's path. The request is HTTP/1.0, so the page is not sent in chunks."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(b"GET %s HTTP/1.0\r\n\r\n" % what.encode())
        answer = b"".join(iter(lambda: s.recv(65536), b"")).decode()
    return answer.split("\r\n\r\n", 1)[1]


def can_be_read(port):
    with contextlib.suppress(ConnectionError):
        return get(port, "/livez") == (200, "ok\n")


SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def samples(text):
    """{(name, frozenset of (label, value)): number}. Every line has to be a sample or a comment."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            name, labels, value = SAMPLE.match(line).groups()
            key = (name, frozenset(LABEL.findall(labels or "")))
            assert key not in found, line
            found[key] = float(value)
    return found


def value(text, name, **labels):
    """The sum of all samples that have these labels."""
    wanted = set(labels.items())
    return sum(n for (key, has), n in samples(text).items() if key == "audit_enricher_" + name and wanted <= has)


def resident(pid):
    """A process's resident memory in KiB."""
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


@pytest.fixture
def metered(enricher):
    port = free_port()
    enricher("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none", "--node", 'a "quoted"\\ node')
    return port


def test_promtool_finds_no_fault_and_metrics_count_the_lines(metered):
    make_record()
    text = wait_for(lambda: (lambda t: value(t, "records_total") >= 4 and t)(get(metered)[1]), "counted records")
    done = subprocess.run([os.environ["PROMTOOL"], "check", "metrics"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    host = {"namespace": "", "pod": "", "container": "", "action": "log", "node": 'a \\"quoted\\"\\\\ node'}
    for syscall in ("getppid", "uname", "sched_yield", "getpgid"):
        assert value(text, "seccomp_records_total", syscall=syscall, **host) >= 1
    assert value(text, "build_info") == 1 and value(text, "responding") == 1
    assert value(text, "losses_total", place="socket") == 0
    assert value(text, "serial_gaps_certain") == 0
    assert value(text, "receive_buffer_bytes") > value(text, "receive_queue_bytes") >= 0
    assert "audit_enricher_receive_queue_bytes" in text
    assert value(text, "socket_drops_total") == 0
    assert value(text, "processes") > 1
    assert get(metered, "/healthz") == get(metered, "/livez") == (200, "ok\n")


def test_records_of_a_pod_have_its_labels_and_calls_to_the_runtime_are_counted(node, enricher):
    node.run_pod("counted", "-c", "app", namespace="prod")
    try:
        port = free_port()
        enricher("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", node.endpoint)
        with node.process("prod/counted/app", "busyboxcounted", "for i in 1 2 3 4 5; do kill -0 $$; done"):
            wait_for(lambda: value(get(port)[1], "seccomp_records_total", namespace="prod", pod="counted",
                                   container="app", syscall="kill", action="log") == 5, "five counted records")
        text = get(port)[1]
        calls = value(text, "cri_calls_total", result="ok")
        assert calls >= 1 and value(text, "cri_call_duration_seconds_count") == calls
        # A call is cancelled after 15 s.
        assert value(text, "cri_call_duration_seconds_bucket", le="15.0") == calls
        assert value(text, "cri_call_duration_seconds_bucket", le="+Inf") == calls
        assert 0 < value(text, "cri_call_duration_seconds_sum") < 2 * calls
        assert value(text, "containers") >= 2
    finally:
        node.bench("pod", "rm", "--all")


def test_other_requests_get_the_errors_of_http(metered):
    assert get(metered, "/")[0] == 404
    for method in (b"POST", b"DELETE"):
        head = ask(metered, method + b" /metrics HTTP/1.1\r\nHost: x\r\n\r\n").split(b"\r\n")
        assert head[0].split()[1] == b"405" and b"Allow: GET, HEAD" in head
    status, text = get(metered, "/metrics", "HEAD")
    assert (status, text) == (200, "")
    with socket.create_connection(("127.0.0.1", metered), 30) as s:
        s.sendall(b"hello\r\n\r\n")
        assert s.recv(4096).startswith(b"HTTP/1.1 400")


def is_closed(connection):
    try:
        return connection.recv(65536) == b""
    except ConnectionResetError:
        return True


def test_a_request_without_end_is_cut_off(metered):
    with socket.create_connection(("127.0.0.1", metered), 30) as s:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            s.sendall(b"GET /metrics HTTP/1.1\r\n")
            for _ in range(100_000):
                s.sendall(b"X: " + b"y" * 1000 + b"\r\n")
            raise AssertionError("100 MB were taken")
    assert get(metered)[0] == 200


def ask(port, text):
    """Sends the text unchanged, and returns the whole response."""
    with socket.create_connection(("127.0.0.1", port), 30) as s:
        s.sendall(text)
        return b"".join(iter(lambda: s.recv(65536), b""))


def test_a_client_that_half_closes_after_its_request_gets_an_answer(metered):
    for text, status in ((b"GET /healthz HTTP/1.0\r\n\r\n", b"200"), (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
                         (b"GET /healthz HT", b"400"), (b"", b"")):
        with socket.create_connection(("127.0.0.1", metered), 30) as s:
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: s.recv(65536), b""))
        assert answer.split(b" ")[1:2] == [status] if status else answer == b"", (text, answer)


def test_a_target_in_absolute_form_is_the_same_page(metered):
    answer = ask(metered, b"GET http://127.0.0.1:%d/healthz HTTP/1.1\r\nHost: x\r\n\r\n" % metered)
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\nok\n")


def test_a_request_that_expects_100_continue_is_answered_without_its_body(metered):
    # The client never sends the body, so a response that waited for it would never come.
    head = b"%s /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    assert ask(metered, head % b"GET").startswith(b"HTTP/1.1 200")
    assert ask(metered, head % b"POST").startswith(b"HTTP/1.1 405")


def test_slow_and_many_connections_do_not_block_others(metered):
    held = []
    for _ in range(100):
        held.append(socket.create_connection(("127.0.0.1", metered), 30))
        held[-1].sendall(b"GET /metrics HT")
    # All connection slots are in use, so a new connection closes an old one.
    for path in ("/healthz", "/metrics"):
        assert get(metered, path)[0] == 200
    # The connections that lost their slots close at once, and the others when they time out.
    closed = []
    waiting = [threading.Thread(target=lambda s=s: closed.append(is_closed(s))) for s in held]
    for t in waiting:
        t.start()
    for t in waiting:
        t.join()
    assert closed == [True] * 100
    assert get(metered)[0] == 200


def test_a_unix_socket_works_and_a_stale_socket_file_is_replaced(enricher, tmp_path):
    path = str(tmp_path / "metrics.sock")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
    enricher("--metrics-listen", "unix:" + path, "--cri-endpoint", "none")
    assert read_at(path, "/healthz") == "ok\n"


def test_a_unix_socket_of_another_program_is_not_replaced(enricher, tmp_path):
    path = str(tmp_path / "metrics.sock")
    enricher("--metrics-listen", "unix:" + path, "--cri-endpoint", "none")
    other = enricher("--metrics-listen", "unix:" + path, "--cri-endpoint", "none")
    assert ("cannot listen for metrics at unix:%s: address already in use (stop what listens there, see 'ss -lxp', "
            "or set another --metrics-listen, or none); trying again\n" % path) in other.stderr()
    assert read_at(path, "/healthz") == "ok\n"


def test_an_address_in_use_is_reported_once_and_tried_again(enricher):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = enricher("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none")
        said = ("audit-enricher: error: cannot listen for metrics at 127.0.0.1:%d: address already in use "
                "(stop what listens there, see 'ss -lntp', or set another --metrics-listen, or none); trying again\n" % port)
        assert said in program.stderr()
        make_record()
        wait_for(lambda: len(program.lines()) >= 4, "lines all the same")
    wait_for(lambda: can_be_read(port), "metrics once the address is free")
    assert value(get(port)[1], "records_total") >= 4
    assert program.stderr().count("cannot listen") == 1


@pytest.mark.parametrize("address, say", [
    ("unix:/nonexistent/metrics.sock", "no such file or directory (create the directory, or set another --metrics-listen, or none)"),
    ("unix:/etc/passwd", "the file is not a socket (remove it, or set another --metrics-listen, or none)"),
    ("no-such-host.invalid:9643", "there is no such host (set another --metrics-listen, or none)"),
    ("192.0.2.1:9643", "cannot assign requested address (set another --metrics-listen, or none)"),
])
def test_an_unusable_address_is_reported_with_the_reason(address, say):
    done = subprocess.run([BINARY, "run", "--cri-endpoint", "none", "--metrics-listen", address], env=clean_environment(),
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "audit-enricher: cannot listen for metrics at %s: %s\n" % (address, say))


def test_an_address_that_other_machines_can_reach_causes_a_warning(enricher):
    program = enricher("--metrics-listen", "0.0.0.0:%d" % free_port(), "--cri-endpoint", "none")
    assert "metrics can be read from other machines" in program.stderr()


def test_before_a_pipe_has_a_reader_the_program_lives_but_is_not_ready(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    port = free_port()
    with open(tmp_path / "err", "w") as err:
        process = subprocess.Popen(
            [BINARY, "run", "--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port, "--output",
             str(tmp_path / "pipe")], stderr=err, env=clean_environment())
    try:
        wait_for(lambda: "waiting for one" in open(err.name).read(), "it is reported")
        wait_for(lambda: can_be_read(port), "the page")
        assert get(port, "/healthz") == (503, "records are not read yet\n")
        assert get(port, "/livez") == (200, "ok\n")
        assert value(get(port)[1], "responding") == 0
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_while_the_output_is_blocked_metrics_report_it(tmp_path):
    read, write = os.pipe()
    port = free_port()
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen(
            [BINARY, "run", "--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port], stdout=write,
            stderr=err, env=clean_environment())
        os.close(write)
        try:
            wait_for(lambda: "reading" in open(err.name).read(), "the program reads")
            assert value(get(port)[1], "responding") == 1

            def is_blocked():
                make_record()
                return get(port, "/healthz")[0] == 503

            # The pipe holds 64 KiB.
            wait_for(is_blocked, "a full pipe", 120)
            assert "the output has accepted nothing for" in get(port, "/healthz")[1]
            # A restart would not help, so the liveness check succeeds.
            assert get(port, "/livez") == (200, "ok\n")
            text = get(port)[1]
            assert value(text, "output_blocked_seconds") >= 1
            assert value(text, "responding") == 0 and value(text, "records_total") > 0
            threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(read, 65536), b"")]).start()
            wait_for(lambda: get(port, "/healthz")[0] == 200, "health after the pipe is read again")
            assert value(get(port)[1], "responding") == 1
        finally:
            process.terminate()
            assert process.wait(30) == 0
            os.close(read)


def unsent(port):
    """KiB that the kernel buffers because the clients of a port have not read them."""
    with open("/proc/net/tcp") as f:
        connections = [x.split() for x in f.readlines()[1:]]
    return sum(int(x[4].split(":")[0], 16) for x in connections if x[1].endswith(":%04X" % port)) >> 10


def test_clients_that_do_not_read_the_longest_page_cost_little_memory(node, enricher, tmp_path):
    """The maximum number of series, with the longest names, for the maximum number of clients. The unit's MemoryHigh= is 192 MiB."""
    port = free_port()
    with FakeRuntime(str(tmp_path / "s")) as runtime, contextlib.ExitStack() as held:
        with open(tmp_path / "log", "w") as log:
            for number in range(10_000):
                pid, cid = 4_000_000 + number // 200, "%064x" % (number // 200)
                process = tmp_path / "proc" / str(pid)
                if not process.exists():
                    runtime.add(cid, namespace="n" * 63, pod=("%d-" % pid).ljust(253, "p"), name="c" * 63)
                    process.mkdir(parents=True)
                    (process / "cgroup").write_text("0::/kubepods.slice/cri-containerd-%s.scope\n" % cid)
                    # The process started together with the machine.
                    (process / "stat").write_text("%d (a) S %s\n" % (pid, "1 " * 49))
                log.write('type=SECCOMP msg=audit(%.3f:%d): pid=%d comm="a" exe="/a" sig=0 arch=c000003e syscall=%d code=0x7ffc0000\n'
                          % (time.time(), number, pid, number % 200))
        program = enricher("--source", log.name, "--proc-root", str(tmp_path / "proc"), "--cri-endpoint", runtime.endpoint,
                           "--node", "w" * 64, "--metrics-listen", "127.0.0.1:%d" % port, ready=False)
        wait_for(lambda: len(program.lines()) == 10_000, "lines")
        before = resident(program.process.pid)
        for _ in range(32):
            s = held.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            # Each client has its own page, which is complete before the next client asks for one.
            assert s.recv(1) == b"H"
        taken = resident(program.process.pid) - before + unsent(port)
        assert taken < 64 << 10, taken
        # A client that reads the page gets all of it.
        text = get(port)[1]
        assert value(text, "seccomp_series") == len(re.findall('^audit_enricher_seccomp_records_total{node="w{64}",', text, re.M)) == 10_000
        assert len(text) > 5_000_000
