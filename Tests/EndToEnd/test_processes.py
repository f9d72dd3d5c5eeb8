"""Records of processes that end at once, or that reuse a PID, name their own container.

The record itself shows which container it belongs to: each container makes a system call of its own.
"""
import collections
import contextlib
import os
import resource
import signal
import subprocess
import threading
import time

import pytest

import seccomp
from conftest import BINARY, clean_environment, suspend, wait_for
from load import ahead_of_others, busy_machine
from seccomp import syscall_number
from test_metrics import free_port, get, value
from test_notify import NETLINK_ADD_MEMBERSHIP, NETLINK_AUDIT, NETLINK_CONNECTOR, PROCESS_GROUP, SOL_NETLINK, handing_over, netlink
from test_output import make_record

# System calls that no runtime, shell or C library makes by itself.
OWN_CALLS = {"left": "getpriority", "right": "sched_getparam", "third": "sched_rr_get_interval"}
KINDS = ["fork", "exec", "vfork", "double-fork", "thread", "borrow"]
# The rate of children, on a loaded machine, up to which every record has to have a name.
GOAL = 5000
# Children in each pod that overflow the connector's buffer of 161,000 events while the program is stopped: each makes four events, whose
# records are in order.
LOST = 18_000
NS_LAST_PID = "/proc/sys/kernel/ns_last_pid"
PID_MAX = "/proc/sys/kernel/pid_max"
NETLINK_DROP_MEMBERSHIP = 2
# The clock of the records' timestamps, which is up to some milliseconds behind.
CLOCK_REALTIME_COARSE = 5


@pytest.fixture(scope="session")
def storm(tmp_path_factory):
    """The directory of the program that creates short-lived processes."""
    directory = tmp_path_factory.mktemp("storm")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "storm.c")
    subprocess.run(["clang", "-O2", "-Wall", "-Werror", "-static", "-pthread", "-o", directory / "storm", source],
                   check=True)
    return str(directory)


class Storms:
    """A pod for each of OWN_CALLS, in which processes are created."""

    def __init__(self, node, storm):
        self.node = node
        self.directory = storm
        self.pods = {name: node.run_pod(name, "--mount", storm + ":/storm:rw", namespace="storm") for name in OWN_CALLS}

    def exec(self, pod, *argv, before=""):
        command = before + "exec /storm/storm " + " ".join([str(syscall_number(OWN_CALLS[pod])), *argv])
        # The timeout allows for a machine that is busy.
        return self.node.bench("exec", "--timeout", "300", "storm/%s/main" % pod, "sh", "-c", command)

    def run(self, count, kinds=("all",), execs=0):
        """Creates `count` children of each of `kinds` in all pods at once, and executes `execs` more processes in each from outside.

        Waits for all of them. Returns how many children a second were created, from the first one to the last.
        """
        failures, made = [], []
        ready = {pod: os.path.join(self.directory, "ready-" + pod) for pod in self.pods}
        go = os.path.join(self.directory, "go")

        def attempt(pod, *argv, **more):
            try:
                return self.exec(pod, *argv, **more)
            except AssertionError as e:
                left = subprocess.run(["ps", "-eo", "pid,ppid,stat,wchan:24,time,args"], capture_output=True, text=True)
                failures.append((e, [line for line in left.stdout.splitlines() if "storm" in line]))

        def storm(pod):
            # Starting the program is not part of the measured time.
            before = ": > /storm/ready-%s; until [ -e /storm/go ]; do sleep 0.01; done; " % pod
            made.append(attempt(pod, ",".join(kinds), str(count), before=before))

        def from_outside(pod):
            for _ in range(execs):
                attempt(pod)

        def start(function):
            threads = [threading.Thread(target=function, args=(pod,)) for pod in self.pods]
            for thread in threads:
                thread.start()
            return threads

        threads = start(storm)
        try:
            wait_for(lambda: failures or all(map(os.path.exists, ready.values())), "all are ready")
            with open(go, "w"):
                threads += start(from_outside)
            for thread in threads:
                thread.join()
        finally:
            for path in (go, *ready.values()):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(path)
        assert not failures, failures
        children, began, ended = zip(*(map(int, text.split()) for text in made))
        return sum(children) / ((max(ended) - min(began)) / 1e9)

    def own(self, program):
        """By pod: the records of the pod's own system call, whatever container they name."""
        lines = program.lines()
        return {pod: [r for r in lines if r.get("syscallName") == call] for pod, call in OWN_CALLS.items()}

    def wait(self, program, count):
        wait_for(lambda: all(len(records) >= count for records in self.own(program).values()), "all records")
        records = self.own(program)
        assert {pod: len(records[pod]) for pod in records} == {pod: count for pod in records}
        return records

    def is_right(self, pod, record):
        return (record["namespace"], record["pod"], record["container"], record.get("containerID")) == (
            "storm", pod, "main", self.pods[pod]["containers"]["main"]["id"])


def not_right(storms, pod, records):
    """Counts the records that do not name their own container, by what they say instead."""
    return dict(collections.Counter(
        (r["pod"], r["comm"], r["executable"], r.get("unit"), r.get("attribution"), r.get("reason"))
        for r in records if not storms.is_right(pod, r)))


def was_moved_unseen(record):
    """On a fast machine, a process that the runtime executes in a container enters it some 3 ms before its program begins. On a busy
    machine the service may miss that time: the record is then unresolved, which is correct."""
    return (record.get("attribution"), record.get("reason")) == ("unresolved", "process-moved")


def not_right_but_reused(storms, pod, records):
    """If two processes had the PID within a moment, a record's time does not identify one of them. The record says so, which is correct."""
    return {key: count for key, count in not_right(storms, pod, records).items()
            if key[-2:] != ("unresolved", "pid-reused")}


@contextlib.contextmanager
def storms_on(node, storm):
    try:
        yield Storms(node, storm)
    finally:
        node.bench("pod", "rm", "--all")


def shared_pids(records):
    """The PIDs that processes of more than one pod had."""
    pods = collections.defaultdict(set)
    for pod in records:
        for r in records[pod]:
            pods[r["pid"]].add(pod)
    return {pid for pid in pods if len(pods[pid]) > 1}


def last_pid(pid=None):
    """The PID that was assigned last. With `pid`, sets it: the next process gets the first free PID after `pid`."""
    with open(NS_LAST_PID, "r" if pid is None else "w") as f:
        return int(f.read()) if pid is None else f.write(str(pid))


@contextlib.contextmanager
def pids_that_come_again():
    done = threading.Event()
    first = last_pid()

    def reuse():
        with open(NS_LAST_PID, "w") as f:
            while not done.wait(0.002):
                f.seek(0)
                f.write(str(first))
                f.flush()

    reuser = threading.Thread(target=reuse)
    reuser.start()
    try:
        yield
    finally:
        done.set()
        reuser.join()


@contextlib.contextmanager
def as_many_pids_as_on_a_node():
    """systemd allows the maximum of PIDs. With the kernel's default of 32,768 a fast machine uses them up within a second."""
    with open(PID_MAX) as f:
        before = f.read()
    try:
        with open(PID_MAX, "w") as f:
            f.write("4194304")
        yield
    finally:
        with open(PID_MAX, "w") as f:
            f.write(before)


def test_storms_of_short_lived_processes_name_their_own_container(every_node, storm, enricher, record_property):
    with as_many_pids_as_on_a_node(), storms_on(every_node, storm) as storms, busy_machine():
        # The program has priority over the processes that it watches, as in the unit.
        program = enricher("--cri-endpoint", every_node.endpoint, preexec_fn=ahead_of_others)
        kinds = KINDS + 5 * ["borrow"]
        rate = storms.run(1000, kinds, execs=3)
        record_property(
            "children a second" + (", of %d: is this machine too busy?" % GOAL if rate < GOAL else ""), round(rate))
        for pod, records in storms.wait(program, len(kinds) * 1000 + 3).items():
            named = [r for r in records if not was_moved_unseen(r)]
            assert not_right(storms, pod, named) == {}
            # At most one of the processes that were executed from outside.
            assert len(records) - len(named) <= 1
            assert {r.get("attribution") for r in named} <= {None, "inherited", "exited"}
        assert "lost" not in program.stderr()


def test_pids_that_are_used_again_and_again_never_give_another_containers_name(node, storm, enricher, record_property):
    with storms_on(node, storm) as storms:
        program = enricher("--cri-endpoint", node.endpoint)
        with pids_that_come_again():
            storms.run(1000)
        records = storms.wait(program, len(KINDS) * 1000)
        # Without reused PIDs this test would prove nothing.
        assert len(shared_pids(records)) >= 10
        for pod in records:
            assert not_right_but_reused(storms, pod, records[pod]) == {}
            right = sum(storms.is_right(pod, r) for r in records[pod])
            record_property("of %d right in %s" % (len(records[pod]), pod), right)
            assert right > 0


def test_a_pid_that_is_used_again_names_the_container_of_each_record(node, storm, enricher):
    """The pods use the same PIDs one after the other, and each record is read before its PID is reused."""
    count = 300
    with storms_on(node, storm) as storms:
        program = enricher("--cri-endpoint", node.endpoint)
        first = last_pid()
        for done in range(1, 4):
            for pod in storms.pods:
                last_pid(first)
                storms.exec(pod, "fork", str(count))
                wait_for(lambda: len(storms.own(program)[pod]) >= done * count, "all records of %s" % pod)
        records = storms.wait(program, 3 * count)
        assert len(shared_pids(records)) >= count // 2
        for pod in records:
            assert not_right(storms, pod, records[pod]) == {}


def test_lost_process_events_are_reported_and_no_record_gets_a_wrong_name(node, storm, enricher):
    with storms_on(node, storm) as storms:
        program = enricher("--cri-endpoint", node.endpoint)
        # While the program is stopped, more processes run than the connector's buffer can hold, and they use all PIDs.
        suspend(program.process)
        try:
            storms.run(LOST, ["thread"])
        finally:
            program.process.send_signal(signal.SIGCONT)
        wait_for(lambda: "process events were lost; all processes were read again count=" in program.stderr(),
                 "the loss is reported")
        storms.wait(program, LOST)
        storms.run(200)
        for pod, records in storms.wait(program, LOST + len(KINDS) * 200).items():
            wrong = [r for r in records if not storms.is_right(pod, r)]
            assert [r for r in wrong if r["attribution"] != "unresolved"] == []
            assert {r["reason"] for r in wrong} <= {"process-exited", "pid-reused", "process-moved"}
            # Records after the loss are attributed as if nothing had been lost.
            assert not_right(storms, pod, records[LOST:]) == {}


def test_a_scan_that_fails_with_too_many_open_files_is_repeated(node, storm, enricher):
    with storms_on(node, storm) as storms:
        port = free_port()
        program = enricher("--cri-endpoint", node.endpoint, "--metrics-listen", "127.0.0.1:%d" % port)
        pid = program.process.pid
        suspend(program.process)
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        try:
            storms.run(LOST, ["thread"])
            # A limit below the number of files that are already open.
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
        finally:
            program.process.send_signal(signal.SIGCONT)
        wait_for(lambda: "processes could not be looked up" in program.stderr(), "the failure is reported")
        assert "all processes were read again" not in program.stderr()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
        wait_for(lambda: value(get(port)[1], "containers_with_processes") >= len(storms.pods), "all are found")


def test_missing_process_events_are_reported_once_and_everything_else_works(node, storm, enricher):
    with storms_on(node, storm) as storms:
        program = enricher("--cri-endpoint", node.endpoint, preexec_fn=seccomp.without_connector)
        storms.run(100)
        for pod, records in storms.wait(program, len(KINDS) * 100).items():
            wrong = [r for r in records if not storms.is_right(pod, r)]
            # Names are right where there are any, and every other record has a reason.
            assert {(r["attribution"], r["reason"]) for r in wrong} <= {
                ("unresolved", "process-exited"), ("unresolved", "pid-reused")}
        # A living process is known all the same, once its age exceeds the precision of its start time.
        with node.process("storm/left/main", "busyboxlives", "for i in $(seq 20); do kill -0 $$; sleep 0.05; done"):
            wait_for(lambda: len(program.records("busyboxlives")) >= 20, "records of a process that lives")
        records = program.records("busyboxlives")
        assert storms.is_right("left", records[-1]) and "attribution" not in records[-1]
        assert {(r.get("attribution"), r.get("reason")) for r in records} <= {(None, None), ("unresolved", "pid-reused")}
        assert program.stderr().count("the process connector cannot be opened") == 1
    doctor = subprocess.run([BINARY, "doctor", "--cri-endpoint", node.endpoint], preexec_fn=seccomp.without_connector,
                            capture_output=True, text=True, env=clean_environment())
    assert "WARNING process events" in doctor.stdout and doctor.returncode == 0, doctor


def switch(connector, state):
    """Switches the kernel's events on or off for this socket. Since 6.6 the kernel keeps that state for each socket."""
    subprocess.run([*handing_over(connector), BINARY, "process-events", state], check=True,
                   pass_fds=[connector.fileno()])


def listening_connector():
    connector = netlink(NETLINK_CONNECTOR, PROCESS_GROUP)
    switch(connector, "on")
    return connector


def wait_until_records_are_later():
    """Waits until records are stamped later than the first waiting event: an earlier record may be of a process that ended before it."""
    subprocess.run(["true"], check=True)
    reported = time.clock_gettime(time.CLOCK_REALTIME)
    wait_for(lambda: time.clock_gettime(CLOCK_REALTIME_COARSE) > reported + 0.002, "records get later stamps")


def test_process_events_that_another_program_switches_off_are_switched_on_again(node, storm, enricher):
    connector = listening_connector()
    with storms_on(node, storm) as storms:
        program = enricher("--cri-endpoint", node.endpoint, pass_fds=[connector.fileno()],
                           prefix=handing_over(connector))
        storms.run(20)
        storms.wait(program, len(KINDS) * 20)
        with pids_that_come_again():
            storms.run(100)
            switch(connector, "off")
            storms.run(100)
        # The service notices the loss with the first records.
        wait_for(lambda: "process events were lost" in program.stderr(), "the loss is reported")
        for pod, records in storms.wait(program, len(KINDS) * 220).items():
            wrong = [r for r in records if not storms.is_right(pod, r)]
            assert {r["attribution"] for r in wrong} <= {"unresolved"}
        storms.run(20)
        for pod, records in storms.wait(program, len(KINDS) * 240).items():
            assert not_right(storms, pod, records[len(KINDS) * 220:]) == {}
        assert "no longer arrive" not in program.stderr()


def test_events_that_waited_show_what_happened_while_the_service_was_down(node, storm, enricher):
    connector = listening_connector()
    audit = netlink(NETLINK_AUDIT, 1)
    sockets = dict(pass_fds=[connector.fileno(), audit.fileno()], prefix=handing_over(connector, audit))
    go, done = os.path.join(storm, "go"), os.path.join(storm, "done")
    call = syscall_number("getpriority")
    try:
        main = "main=until [ -e /storm/go ]; do sleep 0.05; done; /storm/storm %d all 200; : > /storm/done; sleep 1000" % call
        pod = node.run_pod("left", "-c", main, "--mount", storm + ":/storm:rw", namespace="storm")
        enricher("--cri-endpoint", node.endpoint, **sockets).stop()
        wait_until_records_are_later()
        with open(go, "w"):
            wait_for(lambda: os.path.exists(done), "the end of all")
        program = enricher("--cri-endpoint", node.endpoint, **sockets)
        count = len(KINDS) * 200

        def own():
            return [r for r in program.lines() if r.get("syscallName") == "getpriority"]

        wait_for(lambda: len(own()) >= count, "all records")
        assert {(r["pod"], r["attribution"], r.get("reason"), r.get("containerID")) for r in own()} == {
            ("left", "inherited", None, pod["containers"]["main"]["id"])}
    finally:
        for path in (go, done):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        node.bench("pod", "rm", "--all")


def test_records_are_attributed_while_process_events_are_off_and_after(node, storm, enricher):
    connector = listening_connector()
    port = free_port()
    with storms_on(node, storm) as storms:
        program = enricher("--cri-endpoint", node.endpoint, "--metrics-listen", "127.0.0.1:%d" % port,
                           pass_fds=[connector.fileno()], prefix=handing_over(connector))

        def is_up():
            return value(get(port)[1], "process_connector_up")

        assert is_up() == 1
        storms.run(20)
        storms.wait(program, len(KINDS) * 20)
        # The socket receives nothing any more, not even an answer.
        connector.setsockopt(SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, PROCESS_GROUP)
        wait_for(lambda: make_record() and "process events no longer arrive" in program.stderr(), "it is reported")
        assert is_up() == 0
        storms.run(100)
        for pod, records in storms.wait(program, len(KINDS) * 120).items():
            wrong = not_right(storms, pod, records)
            assert {key[-2:] for key in wrong} <= {("unresolved", "process-exited"), ("unresolved", "pid-reused")}, wrong
        connector.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, PROCESS_GROUP)
        wait_for(lambda: make_record() and "process events arrive again" in program.stderr(), "their return")
        wait_for(lambda: value(get(port)[1], "process_scans_total") >= 2, "a scan of all processes")
        assert is_up() == 1
        storms.run(20)
        for pod, records in storms.wait(program, len(KINDS) * 140).items():
            assert not_right(storms, pod, records[len(KINDS) * 120:]) == {}
        assert [program.stderr().count("process events " + x) for x in ("no longer arrive", "arrive again")] == [1, 1]


def test_containers_that_come_and_go_are_named_by_themselves(every_node, storm, enricher):
    node = every_node
    call = str(syscall_number("getpriority"))
    go = os.path.join(storm, "go")

    def own(program, cid):
        return [r for r in program.lines() if r.get("syscallName") == "getpriority" and r.get("containerID") == cid]

    try:
        program = enricher("--cri-endpoint", node.endpoint)
        app = "app=until [ -e /storm/go ]; do sleep 0.05; done; exec /storm/storm " + call
        pod = node.run_pod("web", "-c", app, "--mount", storm + ":/storm", "--sandbox-seccomp", "log-all",
                           namespace="prod")
        pause = wait_for(lambda: [r for r in program.lines() if r.get("containerID") == pod["sandbox"]], "its pause's")
        assert {(r["namespace"], r["pod"], r["podUID"], r["container"]) for r in pause} == {
            ("prod", "web", pod["uid"], "")}
        names = {pod["containers"]["app"]["id"]: "app"}
        # A container's very first process makes the call and ends at once, as an init container's may.
        once = ["--mount", storm + ":/storm", "--shell", "exec /storm/storm " + call]
        for name, attempt in (("init", 0), ("ephemeral", 0), ("again", 0), ("again", 1), ("again", 2)):
            cid = node.bench("ctr", "create", "prod/web", name, "--attempt", str(attempt), *once).strip()
            names[cid] = name
            wait_for(lambda: own(program, cid), "the record of %s %d" % (name, attempt))
            if name == "again":
                # The kubelet stops a container before it removes it; the runtime may not have noticed yet that the container ended.
                node.bench("ctr", "stop", "prod/web/again")
                node.bench("ctr", "rm", "prod/web/again")
        # The service reads the record after the whole container is gone.
        suspend(program.process)
        with open(go, "w"):
            wait_for(lambda: not os.path.exists("/proc/%d" % pod["containers"]["app"]["pid"]), "its end")
        node.bench("pod", "rm", "prod/web")
        program.process.send_signal(signal.SIGCONT)
        wait_for(lambda: own(program, pod["containers"]["app"]["id"]), "the record of app")
        records = [r for r in program.lines() if r.get("syscallName") == "getpriority"]
        assert len(records) == len(names) == 6
        for r in records:
            assert (r["namespace"], r["pod"], r["podUID"], r["container"]) == (
                "prod", "web", pod["uid"], names[r["containerID"]])
        assert len({r["containerID"] for r in records}) == 6
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(go)
        node.bench("pod", "rm", "--all")
