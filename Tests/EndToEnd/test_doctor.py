"""Doctor finds every cause that keeps lines away, and prints its remedy."""
import errno
import json
import os
import re
import resource
import subprocess
import threading

import pytest

import seccomp
from conftest import BINARY, clean_environment, wait_for
from test_errors import PLAIN_USER
from fake_runtime import FakeRuntime
from test_metrics import free_port, get, value
from test_output import make_record

# For a service that may not enlarge its receive buffer.
SMALL_BUFFER = ["setpriv", "--bounding-set", "-net_admin"]


def doctor(*options, prefix=(), **more):
    done = subprocess.run([*prefix, BINARY, "doctor", "--json", *options], env=clean_environment(), capture_output=True,
                          text=True, timeout=120, **more)
    report = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0), done
    checks = {x["check"]: x for x in report["checks"]}
    assert len(checks) == len(report["checks"])
    for check in checks.values():
        assert check["verdict"] in ("ok", "warning", "failed")
        # Every finding that is not "ok" has a remedy.
        assert check["found"] and bool(check["remedy"]) == (check["verdict"] != "ok"), check
    return report["ok"], checks


def test_a_wrong_configuration_is_found(tmp_path):
    path = tmp_path / "conf"
    path.write_text("AUDIT_ENRICHER_FORMAT=nonsense\n")
    ok, checks = doctor("--config", str(path))
    assert not ok and "line 1: AUDIT_ENRICHER_FORMAT" in checks["configuration"]["found"]


def test_another_network_namespace_is_found():
    ok, checks = doctor("--cri-endpoint", "none", prefix=["unshare", "--net"])
    # Where the namespaces of process 1 may not be read, doctor only suspects it.
    assert not ok and checks["network namespace"]["verdict"] in ("failed", "warning")
    assert "run" in checks["network namespace"]["remedy"]
    assert checks["records"]["verdict"] == "failed" and "network and PID namespace" in checks["records"]["remedy"]
    # The process connector is missing there, too.
    assert checks["process events"]["verdict"] == "warning" and "short-lived" in checks["process events"]["remedy"]


def test_another_pid_namespace_is_found():
    ok, checks = doctor("--cri-endpoint", "none", prefix=["unshare", "--pid", "--fork", "--mount-proc"])
    assert not ok and checks["PID namespace"]["verdict"] == "failed" and "hostPID" in checks["PID namespace"]["remedy"]


def test_another_user_namespace_is_found():
    ok, checks = doctor("--cri-endpoint", "none", prefix=["unshare", "--user", "--map-root-user"])
    assert not ok and "user namespace" in checks["audit"]["remedy"] and "user namespace" in checks["multicast group"]["remedy"]
    # Someone who runs doctor already is not advised to run it.
    assert not [x for x in checks.values() if "audit-enricher doctor" in x["remedy"]]


def test_missing_rights_are_found():
    ok, checks = doctor("--cri-endpoint", "none", prefix=PLAIN_USER)
    assert not ok and checks["multicast group"]["verdict"] == "failed"
    assert "CAP_AUDIT_READ" in checks["multicast group"]["remedy"]


@pytest.mark.parametrize("error", [errno.EPERM, errno.EACCES, errno.ENOSYS])
@pytest.mark.parametrize("also_prctl", [False, True])
def test_a_ban_on_seccomp_filters_is_found(error, also_prctl):
    def without_seccomp():
        PR_SET_SECCOMP = 22
        if also_prctl:
            seccomp.apply(seccomp.fail_with(error), "prctl", (0, PR_SET_SECCOMP))
        # This filter comes last, because it blocks the call that sets filters.
        seccomp.apply(seccomp.fail_with(error), "seccomp")

    ok, checks = doctor("--cri-endpoint", "none", preexec_fn=without_seccomp)
    assert not ok and "cannot set a seccomp filter that logs" in checks["records"]["found"]
    assert "container" in checks["records"]["remedy"]


def test_a_missing_runtime_is_found(tmp_path):
    ok, checks = doctor("--cri-endpoint", "unix://%s/none" % tmp_path)
    assert not ok and "no such socket" in checks["container runtime"]["found"]


def test_a_runtime_socket_without_permission_is_found(node):
    ok, checks = doctor("--cri-endpoint", node.endpoint, prefix=PLAIN_USER)
    assert not ok and checks["container runtime"]["verdict"] == "failed"
    assert "permission denied" in checks["container runtime"]["found"]
    assert "group that owns the socket" in checks["container runtime"]["remedy"]
    _, checks = doctor("--cri-endpoint", node.endpoint)
    assert checks["container runtime"]["verdict"] == "ok" and "containerd" in checks["container runtime"]["found"]


def test_pods_without_filters_are_found_and_an_unknowable_log_flag_is_reported(node, tmp_path):
    node.run_pod("bare", "--seccomp", "unconfined", namespace="prod")
    try:
        _, checks = doctor("--cri-endpoint", node.endpoint)
        bare = checks["seccomp filters"]
        assert bare["verdict"] == "warning" and bare["found"].startswith("0 of ") and "SCMP_ACT_LOG" in bare["remedy"], bare
        profile = tmp_path / "errno.json"
        profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}))
        node.run_pod("quiet", "--seccomp", str(profile), namespace="prod")
        _, checks = doctor("--cri-endpoint", node.endpoint)
        assert not checks["seccomp filters"]["found"].startswith("0 of ")
        assert "SCMP_ACT_ERRNO" in checks["seccomp filters"]["found"]
        assert "SECCOMP_FILTER_FLAG_LOG" in checks["seccomp filters"]["found"]
    finally:
        node.bench("pod", "rm", "--all")


# --- the service that runs -----------------------------------------------------------


def ask(port, *options):
    return doctor("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none", *options)[1]


def test_the_running_service_is_checked(enricher):
    port = free_port()
    enricher("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none")
    make_record()
    checks = ask(port)
    assert "127.0.0.1:%d answers" % port in checks["service metrics"]["found"]
    asked = {"service metrics", "service output", "service losses", "service buffer", "service events", "service names",
             "service runtime", "service processes", "service owners"}
    assert asked <= checks.keys() and {checks[x]["verdict"] for x in asked} == {"ok"}, checks
    assert int(checks["service names"]["found"].split()[0]) >= 4


def test_a_service_that_does_not_answer_is_found():
    port = free_port()
    checks = ask(port)
    assert checks["service metrics"]["verdict"] == "warning" and checks["service metrics"]["remedy"]
    assert checks["service metrics"]["found"] == "127.0.0.1:%d does not answer: Connection refused" % port


def test_a_small_buffer_and_missing_process_events_of_the_service_are_found(enricher):
    port = free_port()
    enricher("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "none", prefix=SMALL_BUFFER,
             preexec_fn=seccomp.without_connector)
    checks = ask(port)
    assert checks["service buffer"]["verdict"] == "warning" and "ReceiveBuffer=" in checks["service buffer"]["remedy"]
    assert checks["service events"]["verdict"] == "warning"
    assert "audit-enricher-process-events" in checks["service events"]["remedy"]


def test_a_runtime_that_never_answered_the_service_is_found(enricher, tmp_path):
    port = free_port()
    enricher("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", "unix://%s/none" % tmp_path)
    checks = wait_for(lambda: (lambda c: "missing" in c["service runtime"]["found"] and c)(ask(port)), "a question")
    assert checks["service runtime"]["verdict"] == "failed" and checks["service runtime"]["remedy"]


def dropped():
    """How many records the audit sockets of this machine dropped."""
    with open("/proc/net/netlink") as f:
        columns = [line.split() for line in f]
    return sum(int(x[8]) for x in columns if x[1] == "9")


def test_an_output_without_an_active_reader_and_the_losses_are_found(tmp_path):
    """The output is a pipe whose reader has stopped, as a log shipper may."""
    port = free_port()
    read, write = os.pipe()
    with open(tmp_path / "err", "w+") as err:
        process = subprocess.Popen(
            [*SMALL_BUFFER, BINARY, "run", "--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port], stdout=write,
            stderr=err, env=clean_environment())
        os.close(write)
        try:
            wait_for(lambda: "reading" in open(err.name).read(), "the program reads")
            assert ask(port)["service output"]["verdict"] == "ok"

            def found():
                # The pipe holds 64 KiB, and the receive buffer what the kernel's limit allows.
                subprocess.run([os.environ["FLOOD_BINARY"], "1", "1"], check=True, stdout=subprocess.DEVNULL)
                checks = ask(port)
                return dropped() > before and checks["service output"]["verdict"] == "failed" and checks

            before = dropped()
            checks = wait_for(found, "a blocked output", 180)
            assert "pipe" in checks["service output"]["remedy"]
            threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(read, 65536), b"")]).start()
            wait_for(lambda: ask(port)["service output"]["verdict"] == "ok", "lines are accepted again")
            losses = ask(port)["service losses"]
            assert losses["found"].startswith("socket ") and "ReceiveBuffer=" in losses["remedy"], losses
        finally:
            process.terminate()
            assert process.wait(30) == 0
            os.close(read)


def test_running_containers_without_a_known_process_are_found(node, enricher, tmp_path):
    with FakeRuntime(str(tmp_path / "cri.sock")) as runtime:
        runtime.add("ab" * 32, state=1)
        runtime.add("cd" * 32, state=2)
        port = free_port()
        enricher("--cri-endpoint", runtime.endpoint, "--metrics-listen", "127.0.0.1:%d" % port)

        def asked():
            return doctor("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", runtime.endpoint)[1]

        checks = asked()
        for check in ("container processes", "service processes"):
            assert checks[check]["verdict"] == "failed" and "--proc-root" in checks[check]["remedy"], checks[check]
            assert checks[check]["found"].startswith("1 containers run"), checks[check]
        assert value(get(port)[1], "containers_with_processes") == 0
        # One container that has a process is enough.
        cid = node.run_pod("web")["containers"]["main"]["id"]
        try:
            runtime.add(cid, state=1)
            checks = asked()
            assert checks["container processes"]["found"] == "found in 1 of 2 running containers"
            assert checks["container processes"]["verdict"] == checks["service processes"]["verdict"] == "ok"
            assert value(get(port)[1], "containers_with_processes") >= 1
        finally:
            node.bench("pod", "rm", "--all")


def test_a_proc_root_without_processes_is_found(enricher, tmp_path):
    port = free_port()
    program = enricher("--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port, "--proc-root", str(tmp_path))
    assert "%s does not show all processes" % tmp_path in program.stderr()
    assert value(get(port)[1], "proc_failures_total", kind="no-processes") >= 1
    checks = ask(port)
    assert checks["service processes"]["verdict"] == "warning" and "--proc-root" in checks["service processes"]["remedy"]
    _, checks = doctor("--cri-endpoint", "none", "--proc-root", str(tmp_path))
    assert checks["container processes"]["verdict"] == "failed" and "--proc-root" in checks["container processes"]["remedy"]


def test_too_many_open_files_of_the_service_are_found(enricher):
    port = free_port()
    program = enricher("--cri-endpoint", "none", "--metrics-listen", "127.0.0.1:%d" % port)
    assert ask(port)["service processes"]["verdict"] == "ok"
    pid = program.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    # A limit below the number of files that are already open.
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
    lines = make_record()
    wait_for(lambda: [x for x in program.lines() if x.get("pid") == lines[0]["pid"]], "lines all the same")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
    assert value(get(port)[1], "proc_failures_total", kind="too-many-files") >= 1
    checks = ask(port)["service processes"]
    assert checks["verdict"] == "warning" and "LimitNOFILE=" in checks["remedy"], checks
    assert re.search(r"processes could not be looked up: .* count=\d+ too-many-files=\d+", program.stderr())


def test_only_host_records_beside_pods_with_filters_are_found(node, enricher):
    node.run_pod("web", "--seccomp", "log-rest", namespace="prod")
    try:
        port = free_port()
        program = enricher("--cri-endpoint", node.endpoint, "--metrics-listen", "127.0.0.1:%d" % port)
        make_record()

        def asked():
            return doctor("--metrics-listen", "127.0.0.1:%d" % port, "--cri-endpoint", node.endpoint)[1]["service owners"]

        wait_for(lambda: value(get(port)[1], "owner_records_total", owner="host") >= 4, "records")
        assert asked()["verdict"] == "ok"
        subprocess.run([os.environ["FLOOD_BINARY"], "1", "1", "1000"], check=True, stdout=subprocess.DEVNULL)
        wait_for(lambda: value(get(port)[1], "owner_records_total", owner="host") >= 900, "records")
        found = asked()
        assert found["verdict"] == "warning" and "records are the host's" in found["found"] and "unit=" in found["remedy"], found
        with node.process("prod/web/main", "busyboxweb", "i=0; while [ $i -lt 2500 ]; do kill -0 $$; i=$((i+1)); done"):
            wait_for(lambda: len(program.records("busyboxweb")) >= 2500, "records of the pod")
        assert asked()["verdict"] == "ok"
    finally:
        node.bench("pod", "rm", "--all")


def test_possible_losses_outside_the_service_are_checked():
    _, checks = doctor("--cri-endpoint", "none")
    assert {"socket drops", "journald", "exclude rules", "actions_logged", "process events", "output", "service",
            "service metrics"} <= checks.keys()
