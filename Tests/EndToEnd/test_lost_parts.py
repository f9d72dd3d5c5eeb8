"""Parts of the service that end or hang: they recover, or the service ends. Metrics work while the output is blocked."""
import os
import signal
import socket
import struct
import subprocess
import threading

import pytest

from conftest import BINARY, clean_environment, wait_for
from test_floods import flood, made
from test_losses import small
from test_metrics import can_be_read, free_port, get, value
from test_notify import AUDIT_GROUP, NETLINK_AUDIT, StoppedThread, handing_over, manager, netlink  # noqa: F401
from test_output import make_record

SO_MEMINFO, SK_MEMINFO_DROPS = 55, 8


def destroy_listener(port):
    """Closes the socket that listens at 127.0.0.1:`port`, as `ss -K` does. See: SOCK_DESTROY in linux/sock_diag.h"""
    NETLINK_SOCK_DIAG, SOCK_DESTROY, REQUEST_ACK, LISTEN, ANY = 4, 21, 5, 1 << 10, 0xffffffff
    sockid = struct.pack("!HH16s16s", port, 0, socket.inet_aton("127.0.0.1"), b"") + struct.pack("=3I", 0, ANY, ANY)
    request = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, LISTEN) + sockid
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as s:
        s.send(struct.pack("=IHHII", 16 + len(request), SOCK_DESTROY, REQUEST_ACK, 1, 0) + request)
        error = struct.unpack_from("=i", s.recv(4096), 16)[0]
    assert error == 0, os.strerror(-error)


def check_that_all_works(program, conf):
    """Records become lines, and SIGHUP and SIGTERM work."""
    lines = len(program.lines())
    make_record()
    wait_for(lambda: len(program.lines()) >= lines + 4, "lines")
    reloads = program.stderr().count("settings were reloaded")
    program.process.send_signal(signal.SIGHUP)
    wait_for(lambda: program.stderr().count("settings were reloaded") == reloads + 1, "a reload")
    assert program.stop() == 0, program.stderr()


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "conf"
    path.write_text("")
    return str(path)


def test_a_listening_socket_that_another_program_closes_is_opened_again(enricher, conf):
    port = free_port()
    program = enricher("--config", conf, "--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none")
    for count in range(1, 4):
        wait_for(lambda: can_be_read(port), "metrics")
        destroy_listener(port)
        wait_for(lambda: program.stderr().count("another program closed the metrics socket") == count, "it is reported")
    wait_for(lambda: can_be_read(port), "metrics")
    check_that_all_works(program, conf)


def test_an_inherited_listening_socket_is_opened_again_at_its_address(enricher, conf):
    port = free_port()
    with socket.socket() as held:
        # A fixed port, as in the socket unit.
        held.bind(("127.0.0.1", port))
        held.listen()
        audit = netlink(NETLINK_AUDIT, AUDIT_GROUP)
        # In a network namespace of its own the program could not open a socket that Prometheus reaches.
        program = enricher("--config", conf, "--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none",
                           pass_fds=[audit.fileno(), held.fileno()], prefix=[*handing_over(audit, held), "unshare", "--net"])
        for count in range(1, 3):
            wait_for(lambda: can_be_read(port), "metrics")
            destroy_listener(port)
            wait_for(lambda: program.stderr().count("another program closed the metrics socket") == count, "it is reported")
        wait_for(lambda: can_be_read(port), "metrics")
        check_that_all_works(program, conf)


def test_an_inherited_listening_socket_that_was_already_closed_is_opened_again(enricher, conf):
    port = free_port()
    with socket.socket() as held:
        # A fixed port, as in the socket unit.
        held.bind(("127.0.0.1", port))
        held.listen()
        destroy_listener(port)
        audit = netlink(NETLINK_AUDIT, AUDIT_GROUP)
        program = enricher("--config", conf, "--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none",
                           pass_fds=[audit.fileno(), held.fileno()], prefix=[*handing_over(audit, held), "unshare", "--net"])
        assert can_be_read(port)
        check_that_all_works(program, conf)


def test_an_inherited_listening_socket_that_cannot_be_opened_again_ends_the_service(tmp_path):
    with socket.socket() as held, open(tmp_path / "err", "w+") as err:
        # The kernel chooses the port, and would choose another one after the socket is closed.
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        audit = netlink(NETLINK_AUDIT, AUDIT_GROUP)
        process = subprocess.Popen(
            [*handing_over(audit, held), BINARY, "run", "--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port],
            stdout=subprocess.DEVNULL, stderr=err, env=clean_environment(), pass_fds=[audit.fileno(), held.fileno()])
        try:
            wait_for(lambda: "reading" in open(err.name).read() and can_be_read(port), "the program reads")
            destroy_listener(port)
            assert process.wait(60) == 1
            assert "the metrics socket that systemd handed over is closed: " in open(err.name).read()
        finally:
            process.kill()


def test_while_the_output_is_blocked_the_metrics_show_drops_at_the_socket(tmp_path):
    read, write = os.pipe()
    port = free_port()
    audit = small(netlink(NETLINK_AUDIT, AUDIT_GROUP))
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen(
            [*handing_over(audit), BINARY, "run", "--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port],
            stdout=write, stderr=err, env=clean_environment(), pass_fds=[audit.fileno()])
        os.close(write)
        try:
            wait_for(lambda: "reading" in open(err.name).read(), "the program reads")
            # The pipe holds 64 KiB, and the socket some hundred records.
            made(flood(1, 2, 20_000))
            wait_for(lambda: value(get(port)[1], "responding") == 0, "a blocked output")

            def drops():
                return struct.unpack("9I", audit.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[SK_MEMINFO_DROPS]

            def is_shown():
                before = drops()
                text = get(port)[1]
                # The counter may grow between the two readings, because other programs may make records, too.
                return before > 0 and value(text, "socket_drops_total") == before == drops() and text

            text = wait_for(is_shown, "the socket's drops on the page")
            assert value(text, "responding") == 0 and value(text, "losses_total", place="socket") == 0
            assert value(text, "receive_queue_bytes") > value(text, "receive_buffer_bytes") / 2
            dropped = value(text, "socket_drops_total")
            threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(read, 65536), b"")]).start()
            wait_for(lambda: value(get(port)[1], "losses_total", place="socket") >= dropped, "reported losses")
        finally:
            process.terminate()
            assert process.wait(30) == 0
            os.close(read)


def test_a_hanging_thread_fails_the_liveness_check(enricher):
    port = free_port()
    program = enricher("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none")
    with StoppedThread(program.process, "records"):
        silence = (503, "the thread that reads records does not respond\n")
        assert get(port, "/livez") == get(port, "/healthz") == silence
    wait_for(lambda: can_be_read(port), "life")
