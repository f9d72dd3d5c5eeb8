"""What the end-to-end tests share: a node (containerd driven over CRI) and the program under test."""
import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
NODE_BENCH = os.path.join(HERE, "node-bench", "node-bench")
BINARY = os.path.abspath(os.environ["AUDIT_ENRICHER_BINARY"])
LOCK = os.environ["NODE_BENCH_AUDIT_LOCK"]


def wait_for(condition, what, seconds=60):
    """Waits until `condition()` is true, and returns what it returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("not within %d s: %s" % (seconds, what))


# --- lines ---------------------------------------------------------------------

class GrowingFile:
    """A file to which lines are appended, and which need not exist yet. `rest` is the part of its last line that has been written."""

    def __init__(self, path):
        self.path, self.offset, self.rest = path, 0, b""

    def new_lines(self):
        """The lines that were completed since the last call."""
        if not os.path.exists(self.path):
            return []
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            text = file.read()
        self.offset += len(text)
        *lines, self.rest = (self.rest + text).split(b"\n")
        return lines


FIELD = re.compile(r' (\w+)=("(?:[^"\\]|\\.)*"|-?\d+)')


def parse_klog(line):
    """The fields of a klog line. Every byte of the line has to belong to a field."""
    head = re.match(
        r'([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ enricher\.swift:1\] '
        r'"(audit|audit records (?:lost|without names|suppressed)|audit details merged|process events lost)"(?= )', line)
    assert head, line
    rest, fields = line[head.end():], {}
    while rest:
        field = FIELD.match(rest)
        assert field, line
        key, value = field.groups()
        assert key not in fields, line
        fields[key] = json.loads(value) if "\\x" not in value else value
        rest = rest[field.end():]
    return fields


def parse(line, style):
    return parse_klog(line) if style == "klog" else json.loads(line)


TEN_KEYS = ["timestamp", "type", "node", "namespace", "pod", "container", "executable", "pid", "syscallID",
            "syscallName"]


# --- the program -----------------------------------------------------------------


class Enricher:
    """A running `audit-enricher run` that writes its lines to a file."""

    def __init__(self, directory, *options, style="json", prefix=(), env=None, pass_fds=(), preexec_fn=None):
        self.style = style
        self.output = os.path.join(directory, "lines-%d.%s" % (time.monotonic_ns(), style))
        argv = [*prefix, BINARY, "run", "--format", style, "--output", self.output, *options]
        self.stderr_path = self.output + ".stderr"
        with open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen(
                argv, stdout=subprocess.DEVNULL, stderr=err, stdin=subprocess.DEVNULL, pass_fds=pass_fds,
                env=clean_environment(**(env or {})), preexec_fn=preexec_fn)

    def stderr(self):
        with open(self.stderr_path) as f:
            return f.read()

    def ready(self):
        wait_for(lambda: "reading audit records" in self.stderr() or self.process.poll() is not None,
                 "the program reads")
        assert self.process.poll() is None, self.stderr()
        return self

    def lines(self):
        if not os.path.exists(self.output):
            return []
        with open(self.output, "rb") as f:
            text = f.read()
        # The last line may be incomplete.
        return [parse(x.decode(), self.style) for x in text.split(b"\n")[:-1]]

    def records(self, mark):
        return [x for x in self.lines() if x.get("comm") == mark]

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(30)


def suspend(process):
    """Stops a program until it gets SIGCONT. On a busy machine its threads may run on for a moment, so it waits for them."""
    process.send_signal(signal.SIGSTOP)
    wait_for(lambda: is_suspended(process.pid), "the program's stop")


def is_suspended(pid):
    states = []
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/stat" % (pid, thread)) as file:
            states.append(file.read().rpartition(")")[2].split()[0])
    return set(states) == {"T"}


def clean_environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("AUDIT_ENRICHER_") and k != "NODE_NAME"}
    return {**env, **more}


@pytest.fixture
def enricher(tmp_path):
    """Starts programs. At the end of the test each is stopped and must exit with 0."""
    running = []

    def start(*options, ready=True, **more):
        running.append(Enricher(str(tmp_path), *options, **more))
        return running[-1].ready() if ready else running[-1]

    yield start
    codes = [e.stop() for e in running]
    assert codes == [0] * len(codes), [e.stderr() for e in running]


def pytest_terminal_summary(terminalreporter):
    """Prints what tests measured. The figures depend on the machine, and no test asserts them."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            terminalreporter.write_line("%s: %s %s" % (report.nodeid, figure, name))


@pytest.fixture(scope="session", autouse=True)
def audit_lock():
    """Holds a lock, because the whole machine shares the kernel's audit subsystem."""
    with open(LOCK, "a") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


# --- the node --------------------------------------------------------------------


class Node:
    def __init__(self, directory, cgroup, driver, containerd):
        self.dir = directory
        self.up = ["up", "--cgroup", cgroup, "--driver", driver, "--containerd", containerd]

    @property
    def socket(self):
        return os.path.join(self.dir, "containerd.sock")

    @property
    def endpoint(self):
        return "unix://" + self.socket

    def bench(self, *argv, check=True):
        done = subprocess.run([NODE_BENCH, "--dir", self.dir, *argv], capture_output=True, text=True)
        if check:
            assert done.returncode == 0, done.stderr
        return done.stdout

    def run_pod(self, name, *options, namespace="default"):
        return json.loads(self.bench("pod", "run", name, "--namespace", namespace, *options))

    @contextlib.contextmanager
    def process(self, container, mark, script, detached=False):
        """Runs `script` in a shell whose comm= is `mark` and which lives until the block ends.

        `detached`: does not depend on containerd, which the test will stop.
        """
        # busybox needs a name that starts with "busybox" to act as busybox.
        assert mark.startswith("busybox") and len(mark) <= 15
        command = ("cp /bin/busybox /tmp/{0}; "
                   "/tmp/{0} sh -c '{1}; until [ -e /tmp/{0}.go ]; do sleep 0.05; done'").format(mark, script)
        if detached:
            command += " > /dev/null 2>&1 < /dev/null &"
        failure = []

        def execute():
            try:
                self.bench("exec", container, "sh", "-c", command)
            except AssertionError as e:
                failure.append(e)

        thread = threading.Thread(target=execute)
        thread.start()
        try:
            yield
        finally:
            self.bench("exec", container, "sh", "-c", ": > /tmp/%s.go" % mark)
            thread.join()
        assert not failure, failure


def has_cgroup_v1():
    with open("/proc/self/mounts") as f:
        return any(line.split()[2] == "cgroup" for line in f)


NODES = {
    "v2-systemd": ("v2", "systemd", "containerd"),
    "v2-cgroupfs": ("v2", "cgroupfs", "containerd"),
    "v1-cgroupfs": ("v1", "cgroupfs", "containerd"),
    "v1-systemd": ("v1", "systemd", "containerd"),
    "v2-systemd-containerd2": ("v2", "systemd", "sid"),
}


def start_node(name, directory):
    cgroup, driver, containerd = NODES[name]
    if cgroup == "v1" and not has_cgroup_v1():
        pytest.skip("this machine has no cgroup v1")
    if containerd == "sid" and not os.path.exists(
            os.path.join(os.environ["NODE_BENCH_CACHE"], "containerd-sid/usr/bin/containerd")):
        # A machine that cannot reach Debian's newer suites says so, and is not the one that decides about a change.
        missing = "containerd 2.x is not installed: 'node-bench install sid' failed"
        if os.environ.get("WITHOUT_CONTAINERD2"):
            pytest.skip(missing)
        pytest.fail(missing + " (WITHOUT_CONTAINERD2=1 leaves these tests out)")
    node = Node(directory, cgroup, driver, containerd)
    node.bench(*node.up)
    return node


@pytest.fixture(scope="module", params=list(NODES))
def every_node(request, tmp_path_factory):
    """A node of each kind, one after the other."""
    node = start_node(request.param, str(tmp_path_factory.mktemp("n")))
    yield node
    node.bench("down")


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A node of the most common kind."""
    node = start_node("v2-systemd", str(tmp_path_factory.mktemp("n")))
    yield node
    node.bench("down")
