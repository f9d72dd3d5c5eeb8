"""What unprivileged programs can do to the process events, and that lines of other processes still get correct names."""
import contextlib
import ctypes
import errno
import os
import socket
import struct
import subprocess
import threading
import time

import pytest

from conftest import BINARY, wait_for
from load import ahead_of_others
from test_metrics import free_port, get, value
from test_notify import NETLINK_CONNECTOR, PROCESS_GROUP, handing_over, netlink
from test_output import make_record
from test_processes import KINDS, as_many_pids_as_on_a_node, not_right, storm, storms_on, switch  # noqa: F401 (storm is a fixture)

LISTEN, IGNORE, NO_OPERATION = 1, 2, 99
FORK, EXEC, EXIT = 0x1, 0x2, 0x80000000
PR_SET_NAME = 15
# Kernels that count requests per socket, and count those of unprivileged processes. See: drivers/connector/cn_proc.c
COUNTS_BY_SOCKET = tuple(int(x) for x in os.uname().release.split(".")[:2]) >= (6, 6)


def request(asker, operation):
    """Sends the process connector a request, which needs no privilege. See: struct nlmsghdr, struct cn_msg"""
    asker.sendto(struct.pack("=IHHIIIIIIHHI", 40, 3, 0, 0, 0, 1, 1, 0, 0, 4, 0, operation), (0, 0))


def new_asker():
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_CONNECTOR)


def events(held):
    """Reads the events that wait in a socket, and returns their kinds."""
    found = []
    while True:
        try:
            found.append(struct.unpack_from("=I", held.recv(4096, socket.MSG_DONTWAIT), 36)[0])
        except OSError as e:
            assert e.errno in (errno.EAGAIN, errno.ENOBUFS)
            if e.errno == errno.EAGAIN:
                return found


def events_are_made():
    with contextlib.closing(netlink(NETLINK_CONNECTOR, PROCESS_GROUP)) as watcher:
        subprocess.run(["true"], check=True)
        return len(events(watcher)) > 0


@contextlib.contextmanager
def listeners_put_back():
    """Restores the kernel's count of listeners to zero at the end."""
    try:
        yield
    finally:
        with contextlib.closing(new_asker()) as asker:
            while not events_are_made():
                for _ in range(1000):
                    request(asker, NO_OPERATION)
                    request(asker, LISTEN)
            while events_are_made():
                request(asker, NO_OPERATION)
                request(asker, IGNORE)


def lower_count(by):
    """Lowers the kernel's count of listeners. It counts a request again if the socket sent an unknown operation in between."""
    with contextlib.closing(new_asker()) as asker:
        for _ in range(by):
            request(asker, NO_OPERATION)
            request(asker, IGNORE)


@pytest.fixture(scope="session")
def attacker(storm):
    """The directory with the program that makes many events, and the one that makes many records."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "events.c")
    subprocess.run(["clang", "-O2", "-Wall", "-Werror", "-static", "-o", os.path.join(storm, "events"), source], check=True)
    return storm


@contextlib.contextmanager
def flood(node, directory, kind, count):
    """Runs a pod that makes events of one kind until the block ends."""
    node.run_pod("flood", "--mount", directory + ":/storm:rw", "--user", "1000", "--cap-drop", "ALL", namespace="evil")
    # The pod's user is not root.
    os.chmod(directory, 0o755)
    stop = os.path.join(directory, "stop")
    failures = []

    def run():
        try:
            node.bench("exec", "--timeout", "300", "evil/flood/main", "/storm/events", kind, str(count), "/storm/stop")
        except AssertionError as e:
            failures.append(e)

    def runs():
        # The process that was started, and its loops.
        found = subprocess.run(["pgrep", "-xc", "events"], capture_output=True, text=True).stdout
        return failures or int(found) > count

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_for(runs, "the flood begins")
        yield
    finally:
        with open(stop, "w"):
            thread.join()
        os.remove(stop)
    assert not failures, failures


def test_unused_events_never_fill_the_socket_while_the_service_is_down():
    with contextlib.closing(netlink(NETLINK_CONNECTOR, PROCESS_GROUP)) as held:
        switch(held, "on")
        try:
            events(held)
            libc = ctypes.CDLL(None, use_errno=True)
            for _ in range(1000):
                assert libc.prctl(PR_SET_NAME, b"python3") == 0
                assert libc.setresuid(-1, -1, 0) == 0 and libc.setresgid(-1, -1, 0) == 0
            with contextlib.closing(new_asker()) as asker:
                request(asker, NO_OPERATION)
            subprocess.run(["true"], check=True)
            assert {FORK, EXEC, EXIT} == set(events(held))
        finally:
            switch(held, "off")


@pytest.mark.parametrize("operation", [NO_OPERATION, LISTEN], ids=["refused", "granted"])
def test_answers_to_other_programs_do_not_mean_that_events_were_off(operation, enricher):
    port = free_port()
    program = enricher("--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port)

    def scans():
        return value(get(port)[1], "process_scans_total")

    before = scans()
    with listeners_put_back() if COUNTS_BY_SOCKET else contextlib.nullcontext():
        with contextlib.closing(new_asker()) as asker:
            for _ in range(30):
                # Longer than the service goes without events before it requests one.
                time.sleep(0.025)
                request(asker, operation)
            # Once a later record is a line, the service has read all of the events.
            count = len(program.lines())
            make_record()
            wait_for(lambda: len(program.lines()) > count, "a record")
            assert scans() == before and value(get(port)[1], "process_event_losses_total") == 0
            request(asker, IGNORE)
        program.stop()


@pytest.mark.skipif(not COUNTS_BY_SOCKET, reason="before Linux 6.6 it takes a right to lower the count")
def test_events_return_after_the_count_of_listeners_was_below_zero(node, storm, enricher):
    port = free_port()
    with listeners_put_back(), storms_on(node, storm) as storms:
        program = enricher("--cri-endpoint", node.endpoint, "--metrics-listen", "127.0.0.1:%d" % port)

        def metric(name):
            return value(get(port)[1], name)

        storms.run(20)
        storms.wait(program, len(KINDS) * 20)
        count = len(KINDS) * 20
        # One call of the service makes up for the first number, but not for the second.
        for by in (500, 20_000):
            lower_count(by)
            losses, scans = metric("process_event_losses_total"), metric("process_scans_total")
            storms.run(20)
            wait_for(lambda: metric("process_event_losses_total") > losses, "the loss is noticed")
            wait_for(lambda: metric("process_connector_up") == 1 and metric("process_scans_total") > scans,
                     "events arrive, and all processes have been read")
            storms.run(20)
            count += 2 * len(KINDS) * 20
            for pod, records in storms.wait(program, count).items():
                assert not_right(storms, pod, records[-len(KINDS) * 20:]) == {}
                assert {r["attribution"] for r in records if not storms.is_right(pod, r)} <= {"unresolved"}
        # A program that starts now finds the events switched off, too.
        program.stop()
        lower_count(500)
        program = enricher("--cri-endpoint", node.endpoint)
        storms.run(20)
        for pod, records in storms.wait(program, len(KINDS) * 20).items():
            assert not_right(storms, pod, records) == {}
        assert "does not answer" not in program.stderr()
        program.stop()


@pytest.mark.skipif(not COUNTS_BY_SOCKET, reason="before Linux 6.6 it takes a right to lower the count")
def test_process_events_on_raises_the_count_of_listeners_above_zero():
    with listeners_put_back(), contextlib.closing(netlink(NETLINK_CONNECTOR, PROCESS_GROUP)) as held:
        lower_count(300)
        switch(held, "on")
        subprocess.run(["true"], check=True)
        assert EXEC in events(held)
        switch(held, "off")


def test_a_container_that_changes_names_at_full_speed_costs_no_other_record_its_name(node, attacker, enricher):
    with as_many_pids_as_on_a_node(), storms_on(node, attacker) as storms:
        program = enricher("--cri-endpoint", node.endpoint)
        with flood(node, attacker, "name", 4):
            storms.run(100)
        for pod, records in storms.wait(program, len(KINDS) * 100).items():
            assert not_right(storms, pod, records) == {}
        assert "lost" not in program.stderr()


def test_if_a_container_creates_processes_too_fast_no_name_is_wrong_and_each_loss_is_reported(
        node, attacker, enricher):
    with as_many_pids_as_on_a_node(), storms_on(node, attacker) as storms:
        program = enricher("--cri-endpoint", node.endpoint)
        with flood(node, attacker, "vfork", 8):
            storms.run(100)
        wrong = [r for pod, records in storms.wait(program, len(KINDS) * 100).items()
                 for r in records if not storms.is_right(pod, r)]
        assert {(r["attribution"], r["reason"]) for r in wrong} <= {
            ("unresolved", "process-exited"), ("unresolved", "pid-reused"), ("unresolved", "process-moved")}
        if wrong:
            wait_for(lambda: "process events were lost" in program.stderr(), "the loss is reported")


def test_with_the_units_priority_a_container_that_creates_processes_too_fast_costs_no_other_record_its_name(
        node, attacker, enricher, record_property):
    with as_many_pids_as_on_a_node(), storms_on(node, attacker) as storms:
        program = enricher("--cri-endpoint", node.endpoint, preexec_fn=ahead_of_others)
        with flood(node, attacker, "vfork", 8):
            storms.run(100)
        found = storms.wait(program, len(KINDS) * 100)
        wrong = [r for pod, records in found.items() for r in records if not storms.is_right(pod, r)]
        # A virtual machine whose host gives it no CPU for a while loses events whatever the priority; then that is reported.
        if "process events were lost" in program.stderr():
            record_property("records without a name: the machine was held up", len(wrong))
            assert {r["attribution"] for r in wrong} <= {"unresolved"}
        else:
            assert wrong == []


def test_the_threads_that_need_the_priority_of_the_service_have_it(enricher):
    program = enricher("--cri-endpoint", "none", preexec_fn=ahead_of_others)
    threads = {}
    for thread in os.listdir("/proc/%d/task" % program.process.pid):
        with open("/proc/%d/task/%s/comm" % (program.process.pid, thread)) as f:
            threads[f.read().strip()] = os.getpriority(os.PRIO_PROCESS, int(thread))
    assert {threads["records"], threads["process-events"]} == {-20}


def namespaced(*options):
    return ["unshare", "--fork", "--kill-child", *options]


@pytest.mark.parametrize("options, says", [
    (["--net"], ["no record can arrive"]),
    (["--pid", "--mount-proc"], ["the host's PID namespace"]),
    (["--net", "--pid", "--mount-proc"], ["no record can arrive", "the host's PID namespace"]),
    (["--pid"], []),
], ids=["net", "pid", "both", "pid-of-the-host"])
def test_a_namespace_without_records_or_processes_is_reported_at_the_start(options, says, enricher):
    program = enricher("--cri-endpoint", "none", prefix=namespaced(*options))
    wait_for(lambda: all(x in program.stderr() for x in says), "it is reported")
    for text in ("no record can arrive", "the host's PID namespace"):
        assert (text in program.stderr()) == (text in says), program.stderr()
    if "--net" not in options:
        # The record gets no name of another process, and the program does not crash.
        make_record()
        wait_for(program.lines, "a record")
        if says:
            assert {r.get("attribution") for r in program.lines()} == {"unresolved"}
    # The signal goes to the program itself; unshare ends when its child does.
    child = subprocess.run(["pgrep", "-P", str(program.process.pid)], capture_output=True, text=True, check=True)
    os.kill(int(child.stdout), 15)
    assert program.process.wait(30) == 0, program.stderr()
