"""The container runtime stops and starts. Records do not wait for it, and none is lost."""
import contextlib
import os
import socket
import subprocess
import threading

import grpc
import pytest

from conftest import start_node, wait_for
from fake_runtime import FakeRuntime
from test_metrics import free_port, get, value

LOOP = "i=0; until [ -e /tmp/stop ]; do kill -0 $$; i=$((i+1)); sleep 0.02; done; echo $i > /tmp/count"


def serial(record):
    """The record's serial number, which the kernel assigns in order."""
    return int(record["timestamp"].split(":")[1])


@pytest.mark.parametrize("kind", ["v2-systemd", "v2-systemd-containerd2"])
def test_many_calls_in_a_row_and_at_once_succeed_on_one_connection(kind, tmp_path_factory):
    """containerd sends a PING with nearly every answer, which must not end the connection."""
    node = start_node(kind, str(tmp_path_factory.mktemp("n")))
    try:
        node.run_pod("web", namespace="prod")
        calls = subprocess.run([os.environ["CRI_CALLS_BINARY"], node.socket, "2000", "100"], stdout=subprocess.PIPE, text=True)
        assert (calls.returncode, calls.stdout) == (0, "0 of 2100 calls failed\n")
    finally:
        node.bench("down")


@contextlib.contextmanager
def beside_a_known_pod(node, enricher, runtime, other):
    """A pod whose names are known makes records all the time, beside another pod that the runtime does not list yet.

    Yields the program and the ID of the other pod's container.
    """
    known, cid = (node.run_pod(name)["containers"]["main"]["id"] for name in ("known", other))
    try:
        runtime.add(known, pod="known")
        program = enricher("--cri-endpoint", runtime.endpoint)
        with node.process("default/known/main", "busyboxknown", LOOP):
            wait_for(lambda: program.records("busyboxknown"), "records of a container that is known")
            yield program, cid
            node.bench("exec", "default/known/main", "sh", "-c", ": > /tmp/stop")
    finally:
        node.bench("pod", "rm", "--all")


def test_a_socket_that_is_missing_at_the_start_is_used_as_soon_as_it_exists(node, enricher, tmp_path):
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
        # Records without names come first, then records with names: the two are never mixed.
        states = [bool(r["pod"]) for r in program.records(mark)]
        assert states == sorted(states)
    finally:
        node.bench("pod", "rm", "--all")


def test_a_runtime_that_starts_later_is_called_again_without_any_record(enricher, tmp_path):
    path = str(tmp_path / "cri.sock")
    port = free_port()
    enricher("--cri-endpoint", "unix://" + path, "--metrics-listen", "127.0.0.1:%d" % port)
    assert value(get(port)[1], "cri_up") == 0
    with FakeRuntime(path) as runtime:
        runtime.add("ab" * 32, pod="web")
        wait_for(lambda: value(get(port)[1], "cri_up") == 1 and value(get(port)[1], "containers") == 1, "its answer")


def test_a_restart_of_containerd_while_records_flow_loses_none(node, enricher):
    node.run_pod("steady", namespace="prod")
    try:
        program = enricher("--cri-endpoint", node.endpoint)
        mark = "busyboxsteady"
        with node.process("prod/steady/main", mark, LOOP, detached=True):
            wait_for(lambda: program.records(mark), "the first records")
            node.bench("restart", "--kill", "--pause", "1")
            # Only the restarted containerd can name a pod that is created after the restart.
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


def test_a_hanging_runtime_delays_only_records_that_need_it(node, enricher, tmp_path):
    """The socket accepts connections and never sends a byte."""
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
            assert records == sorted(records, key=serial)
    finally:
        server.close()
        node.bench("pod", "rm", "--all")


def test_a_slow_runtime_delays_only_the_requested_container(node, enricher, tmp_path):
    with FakeRuntime(str(tmp_path / "cri.sock")) as runtime:
        with beside_a_known_pod(node, enricher, runtime, "new") as (program, cid):
            runtime.add(cid, pod="new")
            runtime.delay = 0.5
            with node.process("default/new/main", "busyboxnew", "for i in 1 2 3; do kill -0 $$; done"):
                wait_for(lambda: len(program.records("busyboxnew")) == 3, "records of the new one")
        lines = [r for r in program.lines() if r.get("comm") in ("busyboxknown", "busyboxnew")]
        new = [i for i, r in enumerate(lines) if r["pod"] == "new"]
        serials = [serial(r) for r in lines]
        assert len(new) == 3 and [serials[i] for i in new] == sorted(serials[i] for i in new)
        # Later records of other containers did not wait.
        assert [i for i in range(new[0]) if serials[i] > serials[new[0]]]
        assert {r["pod"] for r in lines} == {"known", "new"}


def test_a_flood_of_a_container_without_names_delays_no_other_pods_lines(node, enricher, tmp_path):
    # More records than may wait.
    count = 40_000
    flood = "i=0; while [ $i -lt %d ]; do kill -0 $$; i=$((i+1)); done" % count
    with FakeRuntime(str(tmp_path / "cri.sock")) as runtime:
        with beside_a_known_pod(node, enricher, runtime, "loud") as (program, cid):
            # Longer than a record waits for the runtime.
            runtime.delay = 5
            with node.process("default/loud/main", "busyboxloud", flood):
                wait_for(lambda: len(program.records("busyboxloud")) >= count, "all records of the flood")
        lines = [r for r in program.lines() if r.get("comm") in ("busyboxknown", "busyboxloud")]
        loud = [r for r in lines if r["comm"] == "busyboxloud"]
        # All records of the flood become lines, in order, with what is known.
        assert len(loud) == count and loud == sorted(loud, key=serial)
        assert {(r["pod"], r["containerID"], r["attribution"]) for r in loud} == {("", cid, "no-cri")}
        assert {(r["pod"], r.get("attribution")) for r in lines if r["comm"] == "busyboxknown"} == {("known", None)}
        # Some records waited, and records that were made after them became lines before them.
        latest, waited, overtaken = 0, 0, 0
        for r in lines:
            # The tolerance is for the few records whose serial numbers two CPUs assigned at the same time.
            late = serial(r) < latest - 64
            if r["comm"] == "busyboxknown":
                overtaken += late
            else:
                waited += late
            latest = max(latest, serial(r))
        assert waited > 0 and overtaken == 0


def test_an_answer_after_the_records_waiting_time_names_later_records(node, enricher, tmp_path):
    cid = node.run_pod("web", namespace="prod")["containers"]["main"]["id"]
    try:
        with FakeRuntime(str(tmp_path / "cri.sock")) as runtime:
            runtime.add(cid)
            runtime.delay = 4
            program = enricher("--cri-endpoint", runtime.endpoint)
            with node.process("prod/web/main", "busyboxweb", LOOP):
                wait_for(lambda: [r for r in program.records("busyboxweb") if r["pod"] == "web"], "names")
                node.bench("exec", "prod/web/main", "sh", "-c", ": > /tmp/stop")
            first = program.records("busyboxweb")[0]
            assert (first["pod"], first["containerID"], first["attribution"]) == ("", cid, "no-cri")
    finally:
        node.bench("pod", "rm", "--all")


def test_calls_to_a_failing_runtime_become_more_and_more_rare(node, enricher, tmp_path):
    cid = node.run_pod("web", namespace="prod")["containers"]["main"]["id"]
    try:
        with FakeRuntime(str(tmp_path / "cri.sock")) as runtime:
            runtime.add(cid)
            runtime.fails = grpc.StatusCode.INTERNAL
            program = enricher("--cri-endpoint", runtime.endpoint)
            with node.process("prod/web/main", "busyboxweb", LOOP):
                first = wait_for(lambda: program.records("busyboxweb"), "records without names")[0]
                assert (first["pod"], first["containerID"], first["attribution"]) == ("", cid, "no-cri")
                # The pauses double from 20 ms on, which makes some seven requests in the two seconds that a record waits.
                assert 2 <= runtime.questions <= 12
                runtime.fails = None
                named = wait_for(lambda: [r for r in program.records("busyboxweb") if r["pod"]], "names")[0]
                assert (named["pod"], named["containerID"]) == ("web", cid) and "attribution" not in named
                node.bench("exec", "prod/web/main", "sh", "-c", ": > /tmp/stop")
            assert program.stderr().count("does not answer") == 1
    finally:
        node.bench("pod", "rm", "--all")


def test_a_runtime_with_250_pods_and_one_with_strange_data_name_their_containers(node, enricher, tmp_path):
    cid = node.run_pod("web", namespace="prod")["containers"]["main"]["id"]
    other = node.run_pod("other", namespace="prod")["containers"]["main"]["id"]
    try:
        with FakeRuntime(str(tmp_path / "cri.sock")) as runtime:
            # More than a gRPC message may contain by default.
            for i in range(250):
                runtime.add("%064x" % i, pod="pod-%d" % i, annotation="x" * 20_000)
            for nonsense in ("", "/", "../../" + cid, cid[:63], cid + "0", cid.upper(), "é" * 64):
                runtime.add(nonsense, pod="nonsense")
            runtime.add(cid, pod='web" pod="evil\n', name="\\\t\x1b[31m", uid="")
            runtime.add(cid, pod='web" pod="evil\n', name="\\\t\x1b[31m", uid="")
            programs = [enricher("--cri-endpoint", runtime.endpoint, style=style) for style in ("klog", "json")]
            for program in programs:
                wait_for(lambda: "the container runtime answers" in program.stderr(), "an answer of 5 MB")
            with node.process("prod/web/main", "busyboxweb", "kill -0 $$"), \
                    node.process("prod/other/main", "busyboxother", "kill -0 $$"):
                for program in programs:
                    wait_for(lambda: program.records("busyboxweb") and program.records("busyboxother"), "records")
            for program in programs:
                for r in program.records("busyboxweb"):
                    assert (r["pod"], r["containerID"]) == ('web" pod="evil\n', cid) and "attribution" not in r
                # The runtime answers, and does not list this container.
                for r in program.records("busyboxother"):
                    assert (r["pod"], r["containerID"], r["attribution"], r["reason"]) == (
                        "", other, "unresolved", "unknown-container")
    finally:
        node.bench("pod", "rm", "--all")
