"""Every cause for which no line comes is found, and its remedy is said."""
import json
import subprocess

from conftest import BINARY, clean_environment
from test_errors import PLAIN_USER


def doctor(*options, prefix=()):
    done = subprocess.run([*prefix, BINARY, "doctor", "--json", *options], env=clean_environment(), capture_output=True,
                          text=True, timeout=120)
    report = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0), done
    checks = {x["check"]: x for x in report["checks"]}
    assert len(checks) == len(report["checks"])
    for check in checks.values():
        assert check["verdict"] in ("ok", "warning", "failed")
        # Whatever stands in the way comes with what to do.
        assert check["remedy"] or check["verdict"] != "failed", check
    return report["ok"], checks


def test_another_network_namespace_is_found():
    ok, checks = doctor("--cri-endpoint", "none", prefix=["unshare", "--net"])
    # Where process 1 may not be looked at, it is only suspected.
    assert not ok and checks["network namespace"]["verdict"] in ("failed", "warning")
    assert "run" in checks["network namespace"]["remedy"]
    assert checks["records"]["verdict"] == "failed" and "network namespace" in checks["records"]["remedy"]


def test_missing_rights_are_found():
    ok, checks = doctor("--cri-endpoint", "none", prefix=PLAIN_USER)
    assert not ok and checks["multicast group"]["verdict"] == "failed"
    assert "CAP_AUDIT_READ" in checks["multicast group"]["remedy"]


def test_a_runtime_that_is_not_there_is_found(tmp_path):
    ok, checks = doctor("--cri-endpoint", "unix://%s/none" % tmp_path)
    assert not ok and "no such socket" in checks["container runtime"]["found"]


def test_containers_without_a_filter_are_found_and_what_cannot_be_seen_is_said(node):
    node.run_pod("bare", namespace="prod")
    try:
        _, checks = doctor("--cri-endpoint", node.endpoint)
        assert "container processes have one" in checks["seccomp filters"]["found"]
    finally:
        node.bench("pod", "rm", "--all")


def test_losses_on_the_way_are_looked_for():
    _, checks = doctor("--cri-endpoint", "none")
    assert {"socket drops", "journald", "exclude rules", "actions_logged", "process events", "output"} <= checks.keys()
