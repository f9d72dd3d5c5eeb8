"""Every record of a container's process names that container, on every kind of node."""
import contextlib
import json
import subprocess

from conftest import BINARY, TEN_KEYS, clean_environment, wait_for

CALLS = 50
SCRIPT = "i=0; while [ $i -lt %d ]; do kill -0 $$; i=$((i+1)); done" % CALLS


def test_records_of_pods_at_once_name_their_own_container(every_node, enricher):
    node = every_node
    # The record itself shows its true owner: each container's process has a name of its own.
    pods = {name: node.run_pod(name, "-c", "app", "-c", "side", namespace=namespace)
            for name, namespace in (("web", "prod"), ("db", "stage"))}
    try:
        programs = [enricher("--cri-endpoint", node.endpoint, style=style) for style in ("klog", "json")]
        truth = {}
        with contextlib.ExitStack() as running:
            for pod, about in pods.items():
                namespace = "prod" if pod == "web" else "stage"
                for container in ("app", "side"):
                    mark = "busybox" + pod + container
                    truth[mark] = (namespace, pod, container, about["uid"], about["containers"][container]["id"])
                    running.enter_context(node.process("%s/%s/%s" % truth[mark][:3], mark, SCRIPT))
            for program in programs:
                for mark in truth:
                    wait_for(lambda: len(program.records(mark)) >= CALLS, "%s: all lines of %s" % (program.style, mark))
        for program in programs:
            for mark, (namespace, pod, container, uid, cid) in truth.items():
                records = program.records(mark)
                assert len(records) == CALLS
                for r in records:
                    assert (r["namespace"], r["pod"], r["container"], r["podUID"], r["containerID"]) == (
                        namespace, pod, container, uid, cid)
                    assert (r["syscallName"], r["syscallID"], r["arch"], r["action"]) == ("kill", 62, "x86_64", "log")
                    assert r["executable"] == "/tmp/" + mark and "attribution" not in r
                    keys = [k for k in r if k in TEN_KEYS]
                    assert keys == TEN_KEYS
        # Both formats give the same values for each record.
        klog, js = ({r["timestamp"]: r for r in p.lines() if r.get("comm") in truth} for p in programs)
        assert klog.keys() == js.keys()
        for stamp, r in klog.items():
            assert {k: js[stamp][k] for k in r} == r
    finally:
        node.bench("pod", "rm", "--all")


def test_a_container_started_while_records_are_read_is_named_from_its_first_record(every_node, enricher):
    node = every_node
    program = enricher("--cri-endpoint", node.endpoint)
    # runc sets the filter before it executes the container's program. Calls that runc itself makes from then on are logged with its PID.
    pod = node.run_pod("fresh", "--seccomp", "log-all", namespace="prod")
    try:
        cid = pod["containers"]["main"]["id"]
        first = wait_for(
            lambda: [r for r in program.lines() if r.get("containerID") == cid and r["pod"] == "fresh"],
            "records of the new container")
        wait_for(lambda: [r for r in program.lines() if r["pod"] == "fresh" and r["executable"] != "/"],
                 "records after runc's own")
        assert {(r["namespace"], r["pod"], r["container"]) for r in first} == {("prod", "fresh", "main")}
        runc = [r for r in program.lines() if r.get("comm", "").startswith("runc:[2:INIT]")]
        assert runc and {r["pod"] for r in runc} == {"fresh"}, runc
    finally:
        node.bench("pod", "rm", "--all")


def test_the_commands_show_the_node(every_node):
    node = every_node
    pod = node.run_pod("web", "-c", "app", namespace="prod")
    try:
        cid = pod["containers"]["app"]["id"]

        def output(*argv):
            return subprocess.run([BINARY, *argv, "--cri-endpoint", node.endpoint], env=clean_environment(),
                                  check=True, capture_output=True, text=True).stdout

        # test_container_filters.py has the other keys and columns.
        (listed,) = json.loads(output("containers", "--json"))
        names = {"id": cid, "name": "app", "namespace": "prod", "pod": "web", "podUID": pod["uid"]}
        assert {key: listed[key] for key in names} == names
        assert [cid[:13], "prod", "web", "app", pod["uid"]] in [x.split()[:5] for x in output("containers").splitlines()]

        snapshot = json.loads(output("snapshot", "--node", "worker-1"))
        assert (snapshot["version"], snapshot["node"]) == (1, "worker-1")
        assert {"id": pod["sandbox"], "name": "", "namespace": "prod", "pod": "web",
                "podUID": pod["uid"]} in snapshot["containers"]
        assert cid in [p.get("container") for p in snapshot["processes"]]
        assert pod["sandbox"] in [p.get("container") for p in snapshot["processes"]]
    finally:
        node.bench("pod", "rm", "--all")
