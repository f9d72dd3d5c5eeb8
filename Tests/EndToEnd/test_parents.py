"""The parent that the kernel reports is not always the process that created a child, and may belong to another container."""
import os
import subprocess

import pytest

from conftest import wait_for
from seccomp import syscall_number

# A system call for each container, which no runtime, shell or C library makes by itself. It shows a record's true owner.
OWN, OTHER = "getpriority", "sched_getparam"
COUNT = 20


@pytest.fixture(scope="session")
def siblings(tmp_path_factory):
    """Builds the program that creates sibling processes; returns the options that mount its directory in a pod."""
    directory = tmp_path_factory.mktemp("siblings")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "siblings.c")
    subprocess.run(["clang", "-O2", "-Wall", "-Werror", "-static", "-o", directory / "siblings", source], check=True)
    return "--mount", "%s:/siblings:rw" % directory


@pytest.fixture
def pods(node):
    yield node
    node.bench("pod", "rm", "--all")


def command(call, *arguments):
    return ["/siblings/siblings", str(syscall_number(call)), *map(str, arguments)]


def records(program, call, count=0):
    def found():
        return [r for r in program.lines() if r.get("syscallName") == call]

    wait_for(lambda: len(found()) >= count, "%d records of %s" % (count, call))
    return found()


def named(records):
    return {(r["pod"], r["container"], r.get("attribution")) for r in records}


UNRESOLVED = ("", "", "unresolved")


def check_siblings(program, execute, owner):
    """Runs siblings that end at once, and siblings that live for a while. No record may have another container's name."""
    execute(COUNT, 0)
    short = records(program, OTHER, COUNT)
    assert {(pod, container) for pod, container, _ in named(short)} <= {owner, ("", "")}
    assert {r.get("reason") for r in short if not r["pod"]} <= {"process-moved"}
    execute(COUNT, 300)
    living = records(program, OTHER, 3 * COUNT)[COUNT:]
    assert {(r["pod"], r["container"]) for r in living} == {owner}


def test_children_of_an_orphan_in_a_shared_pid_namespace_are_not_the_pause_containers(pods, siblings, enricher):
    pods.run_pod("shared", "--pid", "pod", "-c", "web", "-c", "other", *siblings)
    program = enricher("--cri-endpoint", pods.endpoint)
    check_siblings(program, lambda *what: pods.bench("exec", "shared/other", *command(OTHER, "orphan", *what)),
                   ("shared", "other"))
    # The same holds for a service that starts later.
    later = enricher("--cri-endpoint", pods.endpoint)
    check_siblings(later, lambda *what: pods.bench("exec", "shared/other", *command(OTHER, "orphan", *what)),
                   ("shared", "other"))


def test_children_of_an_orphan_of_a_debug_container_are_not_the_targets(pods, siblings, enricher):
    main = "while :; do /siblings/siblings %d call; sleep 0.05; done" % syscall_number(OWN)
    pods.run_pod("web", "-c", "main=" + main, *siblings)
    program = enricher("--cri-endpoint", pods.endpoint)
    own = ("web", "main", "inherited")
    wait_for(lambda: own in named(records(program, OWN)), "records of what it makes")
    # Only a process that was created before the program started, and ended before it was read, may have no name.
    assert {name[:2] for name in named(records(program, OWN))} <= {("web", "main"), UNRESOLVED[:2]}
    start = len(records(program, OWN))
    assert {name[:2] for name in named(records(program, OWN, start + COUNT)[start:])} == {("web", "main")}
    pods.bench("ctr", "create", "web", "debugger", "--target", "web/main", *siblings)
    check_siblings(program, lambda *what: pods.bench("exec", "web/debugger", *command(OTHER, "orphan", *what)),
                   ("web", "debugger"))
    assert {name[:2] for name in named(records(program, OWN))} <= {("web", "main"), UNRESOLVED[:2]}
    # Once the debug container is gone, records are attributed as before.
    pods.bench("ctr", "stop", "web/debugger", "--timeout", "0")
    pods.bench("ctr", "rm", "web/debugger")
    count = len(records(program, OWN))
    wait_for(lambda: own in named(records(program, OWN)[count:]), "records of what it makes")


def test_children_of_an_orphan_that_entered_a_container_are_not_that_containers(pods, siblings, enricher):
    web = pods.run_pod("web", *siblings)["containers"]["main"]["pid"]
    pods.run_pod("agent", "--pid", "host", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE", *siblings)
    program = enricher("--cri-endpoint", pods.endpoint)
    check_siblings(program, lambda *what: pods.bench("exec", "agent/main", *command(OTHER, "enter", web, *what)),
                   ("agent", "main"))


def test_a_child_of_an_entered_process_is_not_the_containers_before_its_parents_exit_event(pods, siblings, enricher):
    web = pods.run_pod("web", *siblings)["containers"]["main"]["pid"]
    pods.run_pod("agent", "--pid", "host", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE", *siblings)
    program = enricher("--cri-endpoint", pods.endpoint)
    rounds = 50
    pods.bench("exec", "agent/main", *command(OTHER, "race", web, rounds, COUNT))
    found = records(program, OTHER, rounds * COUNT)
    assert {name[:2] for name in named(found)} <= {("agent", "main"), UNRESOLVED[:2]}
    assert {r.get("reason") for r in found if not r["pod"]} <= {"process-moved"}


def unified_hierarchy():
    with open("/proc/self/mounts") as f:
        return next(line.split()[1] for line in f if line.split()[2] == "cgroup2")


def test_a_process_that_left_its_containers_cgroup_is_still_attributed_to_it_after_a_restart(pods, siblings, enricher):
    main = "/siblings/siblings %d calls & wait" % syscall_number(OWN)
    pid = pods.run_pod("web", "-c", "main=" + main, *siblings)["containers"]["main"]["pid"]
    first = enricher("--cri-endpoint", pods.endpoint)
    records(first, OWN, 1)
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        child = f.read().split()[0]
    with open(os.path.join(unified_hierarchy(), "cgroup.procs"), "w") as f:
        f.write(child)
    with open("/proc/%s/cgroup" % child) as f:
        assert "0::/\n" in f.read()
    count = len(records(first, OWN))
    second = enricher("--cri-endpoint", pods.endpoint)
    for program, more in ((first, count + COUNT), (second, COUNT)):
        assert named(records(program, OWN, more)) == {("web", "main", None)}
