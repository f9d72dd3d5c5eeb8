"""The container runtime comes and goes; records do not wait for it, nor are they lost."""
import os
import socket
import threading

from conftest import wait_for

LOOP = "i=0; until [ -e /tmp/stop ]; do kill -0 $$; i=$((i+1)); sleep 0.02; done; echo $i > /tmp/count"


def test_a_socket_that_is_missing_at_the_start_is_used_as_soon_as_it_is_there(node, enricher, tmp_path):
    pod = node.run_pod("late", namespace="prod")
    cid = pod["containers"]["main"]["id"]
    try:
        link = tmp_path / "cri.sock"
        program = enricher("--cri-endpoint", "unix://%s" % link)
        mark = "busyboxlate"
        with node.process("prod/late/main", mark, LOOP):
            first = wait_for(lambda: program.records(mark), "records without a runtime")[0]
            assert (first["namespace"], first["pod"], first["container"]) == ("", "", "")
            assert (first["containerID"], first["attribution"]) == (cid, "no-cri")
            os.symlink(node.socket, link)
            named = wait_for(lambda: [r for r in program.records(mark) if r["pod"]], "records with names")[0]
            assert (named["namespace"], named["pod"], named["container"]) == ("prod", "late", "main")
            assert "attribution" not in named
            node.bench("exec", "prod/late/main", "sh", "-c", ": > /tmp/stop; until [ -e /tmp/count ]; do sleep 0.05; done")
            count = int(node.bench("exec", "prod/late/main", "cat", "/tmp/count"))
            wait_for(lambda: len(program.records(mark)) >= count, "all records")
        assert len(program.records(mark)) == count
        # No answer, then names: never the one after the other has begun.
        states = [bool(r["pod"]) for r in program.records(mark)]
        assert states == sorted(states)
    finally:
        node.bench("pod", "rm", "--all")


def test_a_restart_of_containerd_while_records_flow_loses_none(node, enricher):
    node.run_pod("steady", namespace="prod")
    try:
        program = enricher("--cri-endpoint", node.endpoint)
        mark = "busyboxsteady"
        with node.process("prod/steady/main", mark, LOOP, detached=True):
            wait_for(lambda: program.records(mark), "the first records")
            node.bench("restart", "--kill", "--pause", "1")
            # A pod that is made after the restart can only be named by the new containerd.
            node.run_pod("after", namespace="prod")
            with node.process("prod/after/main", "busyboxafter", "kill -0 $$"):
                wait_for(lambda: program.records("busyboxafter"), "a record of the new pod")
            node.bench("exec", "prod/steady/main", "sh", "-c", ": > /tmp/stop; until [ -e /tmp/count ]; do sleep 0.05; done")
            count = int(node.bench("exec", "prod/steady/main", "cat", "/tmp/count"))
            wait_for(lambda: len(program.records(mark)) >= count, "all records")
        steady = program.records(mark)
        assert len(steady) == count
        assert {(r["pod"], r["container"]) for r in steady} == {("steady", "main")}
        assert [r["pod"] for r in program.records("busyboxafter")] == ["after"]
        assert {r.get("attribution") for r in steady} <= {None, "inherited"}
    finally:
        node.bench("pod", "rm", "--all")


def test_a_runtime_that_hangs_delays_only_what_needs_it(node, enricher, tmp_path):
    """The socket takes connections and never says a word."""
    pod = node.run_pod("mute", namespace="prod")
    path = str(tmp_path / "mute.sock")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    held = []

    def accept():
        while True:
            try:
                held.append(server.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    try:
        program = enricher("--cri-endpoint", "unix://" + path)
        mark = "busyboxmute"
        with node.process("prod/mute/main", mark, "for i in 1 2 3; do kill -0 $$; done"):
            records = wait_for(lambda: len(program.records(mark)) == 3 and program.records(mark), "all records")
            assert {r["attribution"] for r in records} == {"no-cri"}
            assert {r["containerID"] for r in records} == {pod["containers"]["main"]["id"]}
            serials = [int(r["timestamp"].split(":")[1]) for r in records]
            assert serials == sorted(serials)
    finally:
        server.close()
        node.bench("pod", "rm", "--all")
