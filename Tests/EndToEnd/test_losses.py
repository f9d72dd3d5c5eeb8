"""For each stage at which something can be lost, the loss is reported in the lines, in the metrics and by doctor.

test_journald.py covers records that journald does not accept.
"""
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from conftest import BINARY, HERE, clean_environment, suspend, wait_for
from fake_runtime import FakeRuntime
from test_doctor import SMALL_BUFFER, ask
from test_floods import Tally, flood, made, settled
from test_metrics import free_port, get, value
from test_notify import AUDIT_GROUP, NETLINK_AUDIT, handing_over, netlink
from test_output import make_record
from test_processes import listening_connector

sys.path.insert(0, os.path.join(HERE, "node-bench", "lib"))
import auditnl  # noqa: E402


class Metered:
    """A program, and the losses that it reports."""

    def __init__(self, enricher, *options, **more):
        self.port = free_port()
        self.program = enricher("--metrics-listen", "127.0.0.1:%d" % self.port, *options, **more)

    def counted(self, place):
        return value(get(self.port)[1], "losses_total", place=place)

    def reported(self, place, message="audit records lost"):
        """The sum of the losses in the lines. Each such line names the node."""
        lines = [x for x in self.program.lines() if x.get("message") == message and x["where"] == place]
        assert all((x["type"], x["place"], x["node"]) == ("loss", place, socket.gethostname()) for x in lines), lines
        return sum(x["count"] for x in lines)

    def check(self, place, count):
        """Checks that metrics and doctor report the same number."""
        assert self.counted(place) == count
        losses = ask(self.port)["service losses"]
        assert losses["verdict"] == "warning" and "%s %d" % (place, count) in losses["found"], losses
        assert "%s: " % place in losses["remedy"], losses

    @contextlib.contextmanager
    def stopped(self):
        suspend(self.program.process)
        try:
            yield
        finally:
            self.program.process.send_signal(signal.SIGCONT)


def small(held):
    """Shrinks the socket's receive buffer to some hundred datagrams."""
    held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    return held


def test_what_a_full_receive_buffer_drops(enricher):
    audit = small(netlink(NETLINK_AUDIT, AUDIT_GROUP))
    metered = Metered(enricher, "--cri-endpoint", "none", style="klog", pass_fds=[audit.fileno()],
                      prefix=handing_over(audit))
    assert "(the socket unit needs 'ReceiveBuffer=256M')" in metered.program.stderr()
    with metered.stopped():
        total = made(flood(1, 2, 10_000))
    tally = Tally(metered.program.output)
    settled(tally, total)
    assert tally.lost > 0 and tally.where == {"socket"}
    losses = [x for x in metered.program.lines() if x.get("type") != "seccomp"]
    assert {(x["type"], x["node"], x["where"], x["place"]) for x in losses} == {
        ("loss", socket.gethostname(), "socket", "socket")}
    metered.check("socket", tally.lost)


def test_what_is_left_in_the_socket_at_a_stop(tmp_path):
    """The reader of the lines is too slow for the time that a stop may take."""
    read, write = os.pipe()
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen([BINARY, "run", "--cri-endpoint", "none"], stdout=write, stderr=err, env=clean_environment())
        os.close(write)
        wait_for(lambda: "reading" in open(err.name).read(), "the program reads")
        suspend(process)
        total = made(flood(1, 2, 20_000))
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        with open(tmp_path / "lines", "wb") as lines:
            while block := os.read(read, 65536):
                lines.write(block)
                time.sleep(0.05)
        os.close(read)
        assert process.wait(30) == 0
    tally = Tally(tmp_path / "lines").update()
    assert (tally.lines + tally.lost, tally.where) == (total, {"socket"})


@contextlib.contextmanager
def rate_limit(records, is_read=lambda lost: True):
    """Makes the kernel drop records beyond `records` a second. At the end it restores the limit, and resets the count after `is_read`."""
    before = auditnl.status()
    try:
        auditnl.set_rate_limit(records)
        yield
    finally:
        auditnl.set_rate_limit(before["rate_limit"])
        if before["lost"] == 0:
            lost = auditnl.status()["lost"]
            wait_for(lambda: is_read(lost), "the count was read")
            auditnl.reset_lost()


def test_what_the_kernel_loses_before_any_socket(enricher):
    """The kernel's own limit of records a second causes the loss; it is restored at the end."""
    metered = Metered(enricher, "--cri-endpoint", "none", style="klog")
    before = auditnl.status()
    with rate_limit(100, lambda lost: metered.counted("kernel") >= lost):
        total = made(flood(1, 2, 20_000))
    tally = Tally(metered.program.output)
    settled(tally, total)
    assert tally.lost > 0 and tally.where == {"kernel"}
    metered.check("kernel", tally.lost)
    after = auditnl.status()
    assert (after["rate_limit"], after["enabled"], after["pid"]) == (before["rate_limit"], before["enabled"], before["pid"])


def test_losses_right_before_a_stop_are_reported(enricher):
    program = enricher("--cri-endpoint", "none", style="klog")
    with rate_limit(100):
        total = made(flood(0.5, 2, 20_000))
        wait_for(lambda: auditnl.status()["backlog"] == 0, "the kernel passed on what it has")
        assert program.stop() == 0
    tally = Tally(program.output).update()
    assert (tally.lines + tally.lost, tally.where) == (total, {"kernel"})


def test_losses_that_only_serial_numbers_show(enricher):
    """For a unicast reader the kernel waits for a while, and then drops records without counting them."""
    metered = Metered(enricher, "--source", "unicast", "--cri-endpoint", "none", style="klog", prefix=SMALL_BUFFER)
    with metered.stopped():
        # The kernel makes the producers wait, so they make few records.
        total = made(flood(3, 2))
    tally = Tally(metered.program.output)
    settled(tally, total)
    assert "serial-gap" in tally.where
    assert sum(metered.counted(x) for x in ("serial-gap", "socket", "kernel")) == tally.lost
    for place in tally.where:
        metered.check(place, metered.counted(place))


def test_serial_numbers_of_other_records_are_only_an_upper_bound(enricher):
    """The socket's filter passes SECCOMP records alone, so the type of the missing records is unknown."""
    metered = Metered(enricher, "--cri-endpoint", "none")
    make_record()
    for _ in range(20):
        auditnl.send_user_record("of nobody")
    make_record()
    wait_for(lambda: metered.counted("serial-gap") >= 20, "missing serials")
    assert metered.reported("serial-gap") == 0
    missing = metered.counted("serial-gap")
    losses = ask(metered.port)["service losses"]
    assert losses["verdict"] == "ok" and "%d serial numbers did not arrive" % missing in losses["found"], losses


def test_process_events_at_a_full_buffer(enricher):
    """Lost process events lose no record."""
    connector = small(listening_connector())
    metered = Metered(enricher, "--cri-endpoint", "none", pass_fds=[connector.fileno()], prefix=handing_over(connector))
    with metered.stopped():
        for _ in range(1000):
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
    make_record()
    reported = wait_for(lambda: metered.reported("connector", "process events lost"), "the loss is reported")
    metered.check("connector", reported)
    # The loss is also counted as an event loss of the process table.
    assert value(get(metered.port)[1], "process_event_losses_total") == reported
    assert ask(metered.port)["service names"]["verdict"] in ("ok", "warning")


def test_records_that_wait_too_long_or_too_many_for_names(node, enricher, tmp_path):
    """Such records still become lines."""
    cid = node.run_pod("web", namespace="prod")["containers"]["main"]["id"]
    # So many records exceed 4 MiB.
    count = 40_000
    try:
        with FakeRuntime(str(tmp_path / "cri.sock")) as runtime:
            runtime.add(cid)
            runtime.delay = 5
            metered = Metered(enricher, "--cri-endpoint", runtime.endpoint)
            loop = "i=0; while [ $i -lt %d ]; do kill -0 $$; i=$((i+1)); done" % count
            with node.process("prod/web/main", "busyboxweb", loop):
                def lines():
                    with open(metered.program.output, "rb") as f:
                        return [x for x in f.read().splitlines() if b'"busyboxweb"' in x and b'"kill"' in x]
                wait_for(lambda: len(lines()) >= count, "all records")
                wait_for(lambda: metered.counted("parked") >= 15_000, "a full queue")
                # Later records did not wait.
                reported = metered.reported("parked", "audit records without names")
                metered.check("parked", reported)
            serials = [int(re.search(rb':(\d+)","type', x)[1]) for x in lines()]
            assert len(serials) == count and serials == sorted(set(serials))
            assert all(b'"attribution":"no-cri"' in x for x in lines()) and cid.encode() in lines()[0]
    finally:
        node.bench("pod", "rm", "--all")


def test_records_beyond_a_containers_limit(node, enricher):
    node.run_pod("loud", namespace="limit")
    node.run_pod("quiet", namespace="limit")
    try:
        metered = Metered(enricher, "--cri-endpoint", node.endpoint, "--max-records-per-container", "100/s")
        whole = enricher("--cri-endpoint", node.endpoint)
        loop = "i=0; while [ $i -lt %d ]; do kill -0 $$; i=$((i+1)); done"
        with node.process("limit/loud/main", "busyboxloud", loop % 5000), \
                node.process("limit/quiet/main", "busyboxquiet", loop % 20):
            wait_for(lambda: len(whole.records("busyboxloud")) >= 5000 and len(whole.records("busyboxquiet")) >= 20,
                     "all records, without a limit")

        def made_by(pod):
            return len([x for x in whole.lines() if x["pod"] == pod])

        def written(pod):
            return [x for x in metered.program.lines() if x.get("pod") == pod and "suppressed" not in x]

        def suppressed():
            return [x for x in metered.program.lines() if "suppressed" in x]

        # Lines and summaries cover all records of the pod exactly, also those that the runtime caused.
        wait_for(lambda: len(written("loud")) + sum(x["suppressed"] for x in suppressed()) == made_by("loud"),
                 "lines and summaries are as many as records were made")
        assert len(written("quiet")) == made_by("quiet")
        seconds = len({x["timestamp"].split(".")[0] for x in written("loud")}) + 1
        assert 0 < len(written("loud")) <= 100 * (seconds + 1)
        assert {(x["message"], x["type"], x["place"], x["node"]) for x in suppressed()} == {
            ("audit records suppressed", "suppressed", "suppressed", socket.gethostname())}
        assert {(x["namespace"], x["pod"], x["container"]) for x in suppressed()} == {("limit", "loud", "main")}
        metered.check("suppressed", sum(x["suppressed"] for x in suppressed()))
    finally:
        node.bench("pod", "rm", "--all")


def test_datagrams_from_other_programs_do_not_fill_the_services_own_log(enricher):
    """The service reports such datagrams as a sum, so a process that sends many causes no more than one message a minute."""
    program = enricher("--cri-endpoint", "none")
    count = 30

    def rows():
        """The program's audit sockets as rows of /proc/net/netlink, which have the bytes that wait in each."""
        directory = "/proc/%d/fd" % program.process.pid
        inodes = {os.readlink("%s/%s" % (directory, fd)) for fd in os.listdir(directory)}
        with open("/proc/net/netlink") as f:
            found = [line.split() for line in f][1:]
        return [x for x in found if x[1] == str(NETLINK_AUDIT) and "socket:[%s]" % x[9] in inodes]

    # The socket that belongs to a multicast group.
    port = next(int(x[2]) for x in rows() if int(x[3], 16))
    payload = b"audit(1.002:3): pid=1"
    message = struct.pack("=LHHLL", 16 + len(payload), 1326, 0, 0, 0) + payload
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT) as stranger:
        for _ in range(count):
            stranger.sendto(message, (port, 0))
            wait_for(lambda: all(x[4] == "0" for x in rows()), "it is read")
    assert program.stop() == 0
    counts = [int(x) for x in re.findall(r"senders other than the kernel were ignored count=(\d+)", program.stderr())]
    assert sum(counts) == count and len(counts) <= 2, program.stderr()
    assert program.lines() == []
