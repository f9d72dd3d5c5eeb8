"""What fills a disk, a name or a directory harms no recording of others, and no line."""
import json
import os
import subprocess
import sys

import pytest

from cgroups import CALL, HERE, Cgroups
from conftest import wait_for
from fake_runtime import FakeRuntime
from test_metrics import free_port, get, value
from test_profiles import SHELL
from test_recordings import call, recorded, recordings

MOST = 1000
# Makes one record in each cgroup, by a process of its own that lives until the input ends.
MAKER = """
import os, sys
sys.path.insert(0, sys.argv[1])
import seccomp
seccomp.apply(seccomp.LOG, "getpriority")
reader, writer = os.pipe()
for line in sys.stdin:
    if line == "end\\n":
        break
    if os.fork() == 0:
        os.close(writer)
        with open(line.strip() + "/cgroup.procs", "w") as file:
            file.write("0")
        os.dup2(reader, 0)
        os.execv("/bin/busybox", ["busybox", "sh", "-c", "nice > /dev/null; read x"])
print("done", flush=True)
sys.stdin.read()
os.close(writer)
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
"""


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


class Containers:
    """Containers of a runtime that does not exist, with real processes."""

    def __init__(self, runtime, cgroups):
        self.runtime, self.cgroups, self.count, self.directories = runtime, cgroups, 0, []

    def add(self, annotations=(), **names):
        self.count += 1
        cid, sandbox = "%064x" % (0xc0ffee << 32 | self.count), "%064x" % (0xbeef << 32 | self.count)
        self.runtime.add(cid, state=1, **names)
        container = self.runtime.containers[-1]
        container.pod_sandbox_id = sandbox
        # After the service began.
        container.created_at = 1 << 62
        self.runtime.sandboxes.append(self.runtime.pb.PodSandbox(id=sandbox, annotations=dict(annotations)))
        self.directories.append(self.cgroups.make("kubepods/pod6c5ff6f3-5bd1-4d54-9a5d-%012x/%s" % (self.count, cid)))

    def run(self):
        """Makes a record in each container. Returns the process that has to end before the cgroups are removed."""
        process = subprocess.Popen([sys.executable, "-c", MAKER, HERE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write("".join(x + "\n" for x in self.directories) + "end\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        return process


@pytest.fixture
def containers(tmp_path):
    with FakeRuntime(str(tmp_path / "cri")) as runtime, Cgroups() as cgroups:
        found = Containers(runtime, cgroups)
        yield found


def files(directory):
    return sorted(os.path.join(d, name)[len(str(directory)) + 1:] for d, _, names in os.walk(directory) for name in names)


HOSTILE = [
    {"namespace": "..", "pod": "..", "name": ".."}, {"namespace": "../../etc", "pod": "x", "name": "y"}, {"namespace": "prod", "pod": "/tmp", "name": "y"},
    {"namespace": "prod", "pod": "a\nb", "name": "y"}, {"namespace": "prod", "pod": "x", "name": "a\0b"}, {"namespace": "prod", "pod": "x", "name": "-rf"},
    {"namespace": "PROD", "pod": "x", "name": "y"}, {"namespace": "prod", "pod": "x" * 300, "name": "y"}, {"namespace": "n" * 64, "pod": "x", "name": "y"},
    {"namespace": "prod", "pod": "x", "name": ".hidden"}, {"namespace": "prod", "pod": "web.json/../../..", "name": "main"},
]


def test_names_that_are_none_become_no_file(enricher, containers, state, tmp_path):
    port = free_port()
    for names in HOSTILE:
        containers.add(**names)
    containers.add(namespace="prod", pod="web", name="main")
    program = enricher("--cri-endpoint", containers.runtime.endpoint, "--record", "all", "--metrics-listen", "127.0.0.1:%d" % port,
                       env={"STATE_DIRECTORY": str(state)})
    before = files(tmp_path)
    process = containers.run()
    wait_for(lambda: recorded(state, "web") == {CALL}, "the recording of the container with real names")
    wait_for(lambda: value(get(port)[1], "recording_refused_total") == len(HOSTILE), "the count of the others")
    assert files(state) == ["prod/web/main.json"]
    assert set(files(tmp_path)) - set(before) == {"state/prod/web/main.json"}
    # Their lines are there all the same.
    wait_for(lambda: len([x for x in program.lines() if x["syscallName"] == CALL]) == len(HOSTILE) + 1, "a line of each container")
    assert "containers are not recorded" in program.stderr()
    process.communicate()


def test_annotations_opt_in_whatever_else_there_is(enricher, containers, state):
    many = {"io.containers.trace-logs/x%d" % number: "y" * 100 for number in range(4000)}
    named = {"audit-enricher/record": "main, ../../x", "io.containers.trace-logs/../..": "z", "note": "\n\x1b[2J" * 1000}
    for pod, annotations in ("web", named), ("many", many), ("long", {"audit-enricher/record": "main," * 10_000}), ("none", {}):
        containers.add(annotations, namespace="prod", pod=pod, name="main")
    program = enricher("--cri-endpoint", containers.runtime.endpoint, "--record", "opt-in", env={"STATE_DIRECTORY": str(state)})
    process = containers.run()
    wait_for(lambda: "web" in recordings(state), "the recording of the pod that asks for one")
    wait_for(lambda: len([x for x in program.lines() if x["syscallName"] == CALL]) == 4, "a line of each container")
    # A text that is longer than any such list is none.
    assert files(state) == ["prod/web/main.json"]
    process.communicate()


def test_more_containers_than_a_node_may_have_recordings(enricher, containers, state, record_property):
    port = free_port()
    for number in range(MOST + 20):
        containers.add(namespace="prod", pod="web-%d" % number, name="main")
    program = enricher("--cri-endpoint", containers.runtime.endpoint, "--record", "all", "--metrics-listen", "127.0.0.1:%d" % port,
                       env={"STATE_DIRECTORY": str(state)})
    process = containers.run()
    wait_for(lambda: value(get(port)[1], "recording_refused_total") == 20, "the count of those that are too many")
    wait_for(lambda: len(files(state)) == MOST, "a file of each recording")
    assert value(get(port)[1], "recordings") == MOST and len(recordings(state)) == MOST
    wait_for(lambda: len({x["pod"] for x in program.lines() if x["syscallName"] == CALL}) == MOST + 20, "a line of each container")
    with open("/proc/%d/status" % program.process.pid) as status:
        record_property("KiB of memory at most with 1,000 recordings", next(x.split()[1] for x in status if x.startswith("VmHWM")))
    process.communicate()


def test_a_full_disk_is_reported_once_and_loses_no_line_and_no_call(node, enricher, state):
    port = free_port()
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(state)], check=True)
    try:
        filler = os.open(state / "filler", os.O_WRONLY | os.O_CREAT)
        with pytest.raises(OSError):
            while True:
                os.write(filler, b"x" * 4096)
        os.close(filler)
        program = enricher("--cri-endpoint", node.endpoint, "--record", "all", "--metrics-listen", "127.0.0.1:%d" % port,
                           env={"STATE_DIRECTORY": str(state)})
        node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="prod")
        # The first failure, and that of the next attempt.
        wait_for(lambda: value(get(port)[1], "recording_write_failures_total") >= 2, "another attempt")
        # On a busy machine the container of a process that the runtime has just moved there may be unknown.
        while not [x for x in program.lines() if (x["pod"], x["syscallName"]) == ("web", "mkdir")]:
            count = len(program.lines())
            node.bench("exec", "prod/web/app", "mkdir", "/tmp/d", check=False)
            wait_for(lambda: "mkdir" in [x["syscallName"] for x in program.lines()[count:]], "the line of a call")
        assert program.stderr().count("cannot write recordings to %s: no space left on device; trying again" % state) == 1
        assert [x for x in files(state) if "json" in x] == [] and recordings(state) == {}
        os.unlink(state / "filler")
        wait_for(lambda: "mkdir" in recorded(state, "web"), "the recording with the call")
        assert [x for x in recordings(state)["web"]["incomplete"] if "unresolved" not in x] == []
        wait_for(lambda: "recordings can be written again" in program.stderr(), "the report")
        assert program.stderr().count("cannot write recordings") == 1
        program.stop()
    finally:
        subprocess.run(["umount", "--lazy", str(state)], check=True)
    node.bench("pod", "rm", "--all")
