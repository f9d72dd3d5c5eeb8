"""What the program reports to systemd, and how it uses the sockets that systemd hands over. Tests/System has a real systemd."""
import ctypes
import glob
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest

from conftest import BINARY, clean_environment, wait_for
from test_metrics import free_port, get, value
from test_output import make_record

NETLINK_AUDIT, NETLINK_CONNECTOR = 9, 11
AUDIT_GROUP, PROCESS_GROUP = 1, 1
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
SO_RCVBUFFORCE = 33
# No capabilities, an unprivileged user, and a network namespace in which audit and the connector send nothing.
SANDBOX = ["unshare", "--net", "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
           "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"]


class Manager:
    """Stands in for systemd: a socket for the program's notifications, and sockets that it holds."""

    def __init__(self):
        # A directory that the program can access as any user.
        self.directory = tempfile.TemporaryDirectory()
        os.chmod(self.directory.name, 0o755)
        path = os.path.join(self.directory.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.socket.settimeout(60)
        self.env = {"NOTIFY_SOCKET": path}
        self.said = []

    def wait_for(self, key):
        """The value of the next message's `key`."""
        while True:
            message = dict(x.split("=", 1) for x in self.socket.recv(4096).decode().splitlines())
            self.said.append(message)
            if key in message:
                return message[key]

    def wait_for_records(self, count):
        """Waits until the status reports `count` records or more; other programs may make some, too."""
        while int(self.wait_for("STATUS").split(" records, ")[0]) < count:
            pass

    def close(self):
        self.socket.close()
        self.directory.cleanup()


@pytest.fixture
def manager():
    it = Manager()
    yield it
    it.close()


def netlink(protocol, groups):
    held = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    held.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
    held.bind((0, groups))
    return held


def handing_over(*sockets, names=""):
    """A command that starts another with these sockets as descriptors 3, 4, ... in this order, and with their names if there are any."""
    moves = " ".join("%d<&%d" % (10 + i, s.fileno()) for i, s in enumerate(sockets))
    places = " ".join("%d<&%d %d<&-" % (3 + i, 10 + i, 10 + i) for i in range(len(sockets)))
    names = " LISTEN_FDNAMES=" + names if names else ""
    return ["bash", "-c", 'exec %s; exec %s; export LISTEN_FDS=%d LISTEN_PID=$$%s; exec "$@"' % (
        moves, places, len(sockets), names), "bash"]


def test_systemd_is_notified_of_readiness_state_and_stop(manager, enricher):
    program = enricher("--cri-endpoint", "none", env=manager.env)
    assert manager.wait_for("READY") == "1"
    assert manager.wait_for("STATUS").endswith(" unresolved, 0 lost")
    make_record()
    wait_for(lambda: len(program.lines()) >= 4, "its lines")
    # The status is sent every five seconds, also without new records.
    manager.wait_for_records(4)
    program.process.send_signal(signal.SIGTERM)
    assert manager.wait_for("STOPPING") == "1"
    assert not [x for x in manager.said if "WATCHDOG" in x]


def test_the_service_is_not_ready_if_it_cannot_read_records(manager):
    done = subprocess.run([*SANDBOX, BINARY, "run", "--cri-endpoint", "none"],
                          env=clean_environment(**manager.env), capture_output=True)
    assert done.returncode == 1
    manager.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.wait_for("READY")


def test_records_are_read_even_if_metrics_cannot_be_served(manager, enricher):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        program = enricher("--cri-endpoint", "none", "--metrics-listen", address, env=manager.env)
        assert manager.wait_for("READY") == "1"
        make_record()
        wait_for(lambda: len(program.lines()) >= 4, "its lines")
        assert "cannot listen for metrics at " + address in program.stderr()


def test_the_watchdog_is_notified_as_often_as_systemd_requests(manager, enricher):
    enricher("--cri-endpoint", "none", env={**manager.env, "WATCHDOG_USEC": "1000000"})
    manager.wait_for("READY")
    for _ in range(4):
        assert manager.wait_for("WATCHDOG") == "1"


def test_an_output_blocked_for_longer_than_the_watchdog_timeout_is_not_a_hang(manager, tmp_path):
    read, write = os.pipe()
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen([BINARY, "run", "--cri-endpoint", "none"], stdout=write, stderr=err,
                                   env=clean_environment(**manager.env, WATCHDOG_USEC="1000000"))
    os.close(write)
    try:
        manager.wait_for("READY")
        made = 0

        def is_blocked():
            nonlocal made
            made += int(subprocess.run([os.environ["FLOOD_BINARY"], "0.2", "1", "2000"], check=True, capture_output=True).stdout)
            return "accepted nothing" in manager.wait_for("STATUS")

        # The pipe holds 64 KiB.
        wait_for(is_blocked, "a full pipe")
        for _ in range(12):
            manager.wait_for("WATCHDOG")
            assert "accepted nothing" in manager.said[-1]["STATUS"]
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(os.fdopen(read, "rb")))
        reader.start()
        manager.wait_for_records(made)
        process.terminate()
        assert process.wait(30) == 0
        reader.join()
        assert sum(b'comm="flood"' in x for x in lines) == made
    finally:
        process.kill()


class StoppedThread:
    """Stops one thread of a process while the others continue."""
    PTRACE_ATTACH, PTRACE_DETACH, WALL = 16, 17, 0x40000000

    def __init__(self, process, name):
        tasks = "/proc/%d/task" % process.pid
        self.thread, = (int(x) for x in os.listdir(tasks) if open("%s/%s/comm" % (tasks, x)).read() == name + "\n")
        self.libc = ctypes.CDLL(None, use_errno=True)

    def __enter__(self):
        assert self.libc.ptrace(self.PTRACE_ATTACH, self.thread, 0, 0) == 0, ctypes.get_errno()
        os.waitpid(self.thread, self.WALL)

    def __exit__(self, *_):
        assert self.libc.ptrace(self.PTRACE_DETACH, self.thread, 0, 0) == 0, ctypes.get_errno()


@pytest.mark.parametrize("thread", ["records", "process-events"])
def test_if_one_thread_hangs_the_watchdog_is_not_notified(manager, enricher, thread):
    program = enricher("--cri-endpoint", "none", env={**manager.env, "WATCHDOG_USEC": "1000000"})
    manager.wait_for("READY")
    with StoppedThread(program.process, thread):
        manager.socket.settimeout(2)
        # Messages that were already sent may still arrive.
        with pytest.raises(TimeoutError):
            while True:
                manager.wait_for("WATCHDOG")
                assert len(manager.said) < 60, "it beats on"
        manager.socket.settimeout(60)
    for _ in range(4):
        manager.wait_for("WATCHDOG")


def test_with_both_sockets_inherited_no_rights_are_needed(manager, enricher):
    subprocess.run([BINARY, "process-events", "on"], check=True)
    connector, starters = netlink(NETLINK_CONNECTOR, PROCESS_GROUP), netlink(NETLINK_CONNECTOR, PROCESS_GROUP)
    audit = netlink(NETLINK_AUDIT, 0)
    audit.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, AUDIT_GROUP)
    # The socket buffers records while the program does not read. The audit socket is not the first one.
    make_record()
    program = enricher(
        "--output", "-", "--cri-endpoint", "none", env=manager.env,
        pass_fds=[connector.fileno(), starters.fileno(), audit.fileno()],
        prefix=[*handing_over(connector, starters, audit, names="connector:starters:audit"), *SANDBOX])
    manager.wait_for("READY")
    manager.wait_for_records(4)
    make_record()
    manager.wait_for_records(8)
    assert "socket handed over" in program.stderr() and "warning" not in program.stderr(), program.stderr()
    # Without rights the service can still filter the socket that reports container starts, so no other event arrives there.
    while starters in select.select([starters], [], [], 0)[0]:
        starters.recv(4096)
    subprocess.run(["true"], check=True)
    assert select.select([starters], [], [], 0)[0] == []
    subprocess.run([BINARY, "process-events", "off"], check=True)


def wakeups(program):
    """How often the thread that reads process events has waited."""
    for path in glob.glob("/proc/%d/task/*/" % program.process.pid):
        with open(path + "comm") as comm, open(path + "status") as status:
            if comm.read() == "process-events\n":
                return int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", status.read())[1])
    raise AssertionError("no such thread")


def test_with_the_starters_socket_many_process_events_cause_few_wake_ups(enricher):
    count = 2000
    woken = {}
    subprocess.run([BINARY, "process-events", "on"], check=True)
    try:
        for has_starters in (True, False):
            connector, starters = netlink(NETLINK_CONNECTOR, PROCESS_GROUP), netlink(NETLINK_CONNECTOR, PROCESS_GROUP)
            sockets, names = [starters, connector], "starters:connector"
            if not has_starters:
                sockets, names = [connector], "connector"
            port = free_port()
            program = enricher("--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port,
                               pass_fds=[x.fileno() for x in sockets], prefix=handing_over(*sockets, names=names))

            def metric(name):
                return value(get(port)[1], name)

            assert metric("process_events_paced") == has_starters
            events, before, began = metric("process_events_total"), wakeups(program), time.monotonic()
            subprocess.run(["sh", "-c", "i=0; while [ $i -lt %d ]; do (:); i=$((i + 1)); done" % count], check=True)
            wait_for(lambda: metric("process_events_total") >= events + 2 * count, "all events are read")
            periods = (time.monotonic() - began) / 0.02
            woken[has_starters] = wakeups(program) - before
            if has_starters:
                # Two waits in each 20 ms: for an event, and for the events that follow it. Some single events are read at once.
                assert woken[True] <= 2 * periods + periods / 5 + 64
                # `true` starts no container, so no event arrives at the other socket.
                while starters in select.select([starters], [], [], 0)[0]:
                    starters.recv(4096)
                subprocess.run(["true"], check=True)
                assert select.select([starters], [], [], 0)[0] == []
            program.stop()
        assert woken[True] < woken[False]
    finally:
        subprocess.run([BINARY, "process-events", "off"], check=True)


def test_an_audit_socket_without_a_multicast_group_is_an_error(tmp_path):
    audit = netlink(NETLINK_AUDIT, 0)
    done = subprocess.run([*handing_over(audit), BINARY, "run", "--cri-endpoint", "none"], env=clean_environment(),
                          capture_output=True, text=True, pass_fds=[audit.fileno()], timeout=60)
    assert done.returncode == 1
    assert done.stderr.endswith("belongs to no multicast group: no record would arrive "
                                "(the socket unit needs 'ListenNetlink=audit 1')\n")


def test_a_silent_inherited_connector_is_reported_and_not_needed(manager, enricher):
    # The socket belongs to no group, so it never receives events, even if they are switched on.
    connector = netlink(NETLINK_CONNECTOR, 0)
    program = enricher("--cri-endpoint", "none", env=manager.env, pass_fds=[connector.fileno()],
                       prefix=handing_over(connector))
    make_record()
    wait_for(lambda: len(program.lines()) >= 4, "its lines")
    assert "no process events arrive" in program.stderr()
    assert "process-events" in program.stderr()


def test_a_socket_of_another_kind_is_an_error(tmp_path):
    other = socket.socket(socket.AF_UNIX)
    done = subprocess.run([*handing_over(other), BINARY, "run"], env=clean_environment(), capture_output=True,
                          text=True, pass_fds=[other.fileno()])
    assert done.returncode == 1
    assert "none of the 1 sockets handed over is an audit netlink socket" in done.stderr
