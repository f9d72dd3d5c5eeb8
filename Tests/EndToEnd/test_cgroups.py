"""Which cgroup paths can name a container, and what lines say of containers that belong to no pod."""
import json
import os
import subprocess
import time

import pytest

from cgroups import CALL, Cgroups
from conftest import BINARY, clean_environment, has_cgroup_v1, wait_for
from test_metrics import free_port, get, value

SLICE = "kubepods-burstable-pod5d2d3c5c_8b7e_4c0f_a1f9_0f6b9c3e7a11.slice"
DIGITS = "9" * 64
# An ID of BuildKit's.
BUILD = "jvifp9a6b1lxa1kuw8bwfcovf"
USERS = [
    "machine.slice/libpod-%s.scope/container" % DIGITS, "system.slice/docker-%s.scope" % DIGITS,
    "machine.slice/machine-x.scope/payload", "lxc.payload.c1", "docker/" + DIGITS, "system.slice/run-u1.scope",
    "system.slice/x.service", "user.slice/user-1000.slice/session-1.scope",
]


@pytest.fixture(scope="module")
def victim(node):
    """The ID of a pod's container."""
    yield node.run_pod("victim", namespace="prod")["containers"]["main"]["id"]
    node.bench("pod", "rm", "--all")


def line_of(program, pid):
    return wait_for(lambda: [x for x in program.lines() if x.get("pid") == pid and x["syscallName"] == CALL], "its line")[0]


def test_a_users_cgroup_with_a_pods_name_is_not_the_pod(node, victim, enricher):
    program = enricher("--cri-endpoint", node.endpoint)
    for base in USERS:
        for below in ("x.slice/cri-containerd-%s.scope", "kubepods-pod11111111.slice/crio-%s.scope", "k8s.io/%s",
                      "kubepods/pod11111111/%s", SLICE + ":cri-containerd:%s",
                      "k3s.service/" + SLICE + ":cri-containerd:%s"):
            with Cgroups() as cgroups, cgroups.process(base, below % victim) as pid:
                line = line_of(program, pid)
            assert (line["namespace"], line["pod"], line["container"]) == ("", "", ""), (base, below, line)
            assert line.get("containerID") != victim, (base, below, line)


@pytest.mark.parametrize("parent", ["system.slice", "runtime.slice", "podruntime.slice/containerd.service",
                                    "system.slice/k3s.service", "system.slice/snap.k8s.containerd.service",
                                    "podruntime/runtime", "any"])
def test_a_pod_is_named_if_kubelet_and_containerd_use_different_cgroup_drivers(node, victim, enricher, parent):
    program = enricher("--cri-endpoint", node.endpoint, "--host-processes", "drop")
    with Cgroups() as cgroups, cgroups.process("%s/%s:cri-containerd:%s" % (parent, SLICE, victim)) as pid:
        line = line_of(program, pid)
    assert (line["namespace"], line["pod"], line["container"], line["containerID"]) == ("prod", "victim", "main", victim)


@pytest.mark.parametrize("path", ["docker/" + DIGITS, "user.slice/user-1000.slice/session-1.scope"])
def test_a_process_moved_in_one_hierarchy_only_does_not_get_the_pods_name(node, victim, enricher, path):
    if not has_cgroup_v1():
        pytest.skip("this machine has no cgroup v1")
    program = enricher("--cri-endpoint", node.endpoint)
    with Cgroups() as cgroups, Cgroups(controller="pids") as others:
        with cgroups.process(path, beside=others.make("kubepods/pod11111111/" + victim)) as pid:
            line = line_of(program, pid)
    assert (line["namespace"], line["pod"], line["container"]) == ("", "", ""), line
    assert line.get("containerID") != victim, line


@pytest.mark.parametrize("path, runtime, cid", [
    ("docker/" + DIGITS, "docker", DIGITS), ("system.slice/docker-%s.scope" % DIGITS, "docker", DIGITS),
    ("machine.slice/libpod-%s.scope/container" % DIGITS, "podman", DIGITS), ("lxc.payload.c1", "lxc", "c1"),
    ("libpod_parent/%s/libpod-%s" % ("8" * 64, DIGITS), "podman", DIGITS), ("docker/buildkit/" + BUILD, "docker", BUILD),
    ("system.slice/system.slice:docker:" + BUILD, "docker", BUILD),
])
def test_a_container_without_cri_has_its_id_and_runtime_and_causes_no_cri_call(node, enricher, path, runtime, cid):
    port = free_port()
    program = enricher("--cri-endpoint", node.endpoint, "--host-processes", "drop", "--metrics-listen", "127.0.0.1:%d" % port)
    klog = enricher("--cri-endpoint", node.endpoint, style="klog")
    wait_for(lambda: value(get(port)[1], "cri_calls_total") == 1, "the question at the start")
    with Cgroups() as cgroups, cgroups.process(path) as pid:
        line = line_of(program, pid)
        assert (line["containerID"], line["runtime"], line["pod"]) == (cid, runtime, "")
        assert "attribution" not in line and "unit" not in line
        keys = list(line_of(klog, pid))
        assert keys[keys.index("containerID") + 1] == "runtime"
        assert value(get(port)[1], "owner_records_total", owner="container") == 1
    assert value(get(port)[1], "cri_calls_total") == 1


def test_thousands_of_unknown_containers_cause_few_calls_and_delay_no_pods_names(node, enricher):
    count, port = 4200, free_port()
    program = enricher("--cri-endpoint", node.endpoint, "--metrics-listen", "127.0.0.1:%d" % port)
    started = time.monotonic()
    with Cgroups() as cgroups:
        directories = [cgroups.make("k8s.io/%064x" % (0xabc0000 + number)) for number in range(count)]
        # A process in each cgroup makes one record a second.
        flood = subprocess.Popen([os.environ["FLOOD_BINARY"], "3", str(count), str(count), *directories], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert flood.stderr.readline() == "ready\n"
        flood.stdin.close()
        made = int(flood.stdout.read())
        assert flood.wait(60) == 0 and made > count
        lines = wait_for(lambda: (lambda x: len(x) == made and x)(
            [x for x in program.lines() if x.get("comm") == "flood"]), "a line of each", 120)
        assert {x["containerID"] for x in lines} == {os.path.basename(x) for x in directories}
        node.run_pod("new", namespace="prod")
        try:
            with node.process("prod/new/main", "busyboxnew", "kill -0 $$"):
                lines = wait_for(lambda: program.records("busyboxnew"), "a line of the new pod")
            assert {x["pod"] for x in lines} == {"new"}
        finally:
            node.bench("pod", "rm", "prod/new")
    # At most one call a second while new containers appear, and some more at the start and for the new pod.
    assert value(get(port)[1], "cri_calls_total") <= time.monotonic() - started + 24


def test_the_socket_of_k3s_is_found_and_if_no_socket_answers_all_are_listed(node, victim):
    def containers(script):
        command = "mount -t tmpfs tmpfs /run && mkdir -p /run/k3s/containerd && %s && exec %s containers --json" % (script, BINARY)
        return subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", command], env=clean_environment(),
                              capture_output=True, text=True, timeout=120)

    found = containers("ln -s %s /run/k3s/containerd/containerd.sock" % node.socket)
    assert found.returncode == 0, found.stderr
    assert victim in [x["id"] for x in json.loads(found.stdout)]
    missing = containers("true")
    assert missing.returncode == 1
    for path in ("/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock",
                 "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock",
                 "/var/snap/microk8s/common/run/containerd.sock"):
        assert path in missing.stderr, missing.stderr
