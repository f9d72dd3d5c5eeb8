"""Processes that live for a moment are attributed like all others."""
import contextlib

from conftest import wait_for

CHILDREN = 1000
# Each makes one call, in a subshell that ends with it; every other one executes a program.
STORM = ("i=0; while [ $i -lt %d ]; do ( kill -0 1 ); ( exec /bin/true ); i=$((i+1)); done" % CHILDREN)


def test_storms_of_short_lived_children_name_their_own_container(every_node, enricher):
    node = every_node
    pods = {name: node.run_pod(name, namespace="storm") for name in ("left", "right", "third")}
    try:
        program = enricher("--cri-endpoint", node.endpoint)
        with contextlib.ExitStack() as running:
            for pod in pods:
                running.enter_context(node.process("storm/%s/main" % pod, "busybox" + pod, STORM))
            for pod in pods:
                wait_for(lambda: len([r for r in program.records("busybox" + pod) if r["syscallName"] == "kill"])
                         >= CHILDREN, "all records of " + pod)
        for pod, about in pods.items():
            records = program.records("busybox" + pod)
            assert {(r["namespace"], r["pod"], r["container"]) for r in records} == {("storm", pod, "main")}
            assert {r["containerID"] for r in records} == {about["containers"]["main"]["id"]}
            assert {r.get("attribution") for r in records} <= {None, "inherited", "exited"}
            assert len([r for r in records if r["syscallName"] == "kill"]) == CHILDREN
    finally:
        node.bench("pod", "rm", "--all")
