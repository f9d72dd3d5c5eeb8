"""What containers' filters do is shown, is part of their recordings, and explains why some cannot be recorded."""
import json
import os
import subprocess

import pytest

from conftest import BINARY, clean_environment, wait_for
from test_profiles import EXECUTED, RUNS, SHELL
from test_recordings import DEPLOYMENT, POD, call, recorded, recordings

# A profile that logs less: what it allows, runc's base has.
RECORD = os.path.join(os.path.dirname(__file__), "../../packaging/eks/record.json")


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def run_pods(node):
    node.run_pod(POD, *DEPLOYMENT, "--label", "team=a", "--annotation", "note=hello", "-c", "app=" + SHELL, "--seccomp", "log-all",
                 "--no-new-privs", namespace="prod")
    node.run_pod("less", "-c", "app=" + SHELL, "--seccomp", RECORD, namespace="prod")
    node.run_pod("strict", "-c", "app=" + SHELL, "--seccomp", "default", namespace="prod")
    node.run_pod("open", "-c", "app=" + SHELL, "--seccomp", "unconfined", namespace="prod")
    node.run_pod("root", "-c", "app=" + SHELL, "--privileged", namespace="prod")


def containers(node, state, *options):
    return subprocess.run([BINARY, "containers", "--cri-endpoint", node.endpoint, *options], check=True, capture_output=True, text=True,
                          env=clean_environment(STATE_DIRECTORY=str(state))).stdout


def test_containers_have_filters_and_recordings(node, enricher, state):
    enricher("--cri-endpoint", node.endpoint, "--record", "all", "--lines", "none", env={"STATE_DIRECTORY": str(state)})
    run_pods(node)
    wait_for(lambda: recordings(state).get("web", {}).get("runtimes") and recordings(state).get("less", {}).get("runtimes"),
             "what the runtime reports")
    shown = {x["pod"]: x for x in json.loads(containers(node, state, "--json"))}
    allowed = len(json.load(open(RECORD))["syscalls"][0]["names"])
    assert {pod: x["seccomp"]["summary"] for pod, x in shown.items()} == {
        POD: "logs all", "less": "logs the rest of %d" % allowed, "strict": "enforces", "open": "none", "root": "none"}
    web = shown[POD]
    assert web["labels"]["team"] == "a" and web["annotations"]["note"] == "hello" and "busybox" in web["image"]
    assert web["seccomp"] == {"summary": "logs all", "defaultAction": "SCMP_ACT_LOG", "noNewPrivileges": True, "privileged": False}
    assert shown["root"]["seccomp"]["privileged"] and not shown["open"]["seccomp"]["privileged"]
    assert web["recorded"]["complete"] and web["recorded"]["syscalls"] >= 20 and "recorded" not in shown["strict"]
    table = containers(node, state).splitlines()
    assert table[0].split()[-2:] == ["SECCOMP", "RECORDED"]
    assert [x for x in table if POD in x and "logs all" in x and x.endswith(", complete")], table

    found = recordings(state)
    assert found["web"]["noNewPrivileges"] == [True] and found["less"]["noNewPrivileges"] == [False]
    assert found["web"]["profile"] == {"defaultAction": "SCMP_ACT_LOG", "allowed": []}
    assert len(found["less"]["profile"]["allowed"]) == allowed
    assert found["web"]["runtimes"][0].startswith("containerd ") and found["web"]["labels"] == {"team": "a"}
    # Their pods' labels select recordings.
    for options in (["--label", "team=a"], ["--label", "team=a", "--image", "*busybox*"]):
        assert [x["workload"] for x in json.loads(call(state, "recordings", "--json", *options).stdout)] == ["web"]
        assert "prod/web/app: " in call(state, "profile", "--format", "names", *options).stderr
    other = call(state, "profile", "--label", "team=b", check=False)
    assert other.returncode == 1 and "no syscalls of the containers that were asked for" in other.stderr
    node.bench("pod", "rm", "--all")


def test_doctor_says_why_a_container_cannot_be_recorded(node, state):
    run_pods(node)

    def doctor(record):
        done = subprocess.run([BINARY, "doctor", "--json", "--cri-endpoint", node.endpoint], capture_output=True, text=True,
                              env=clean_environment(AUDIT_ENRICHER_RECORD=record))
        return next(x for x in json.loads(done.stdout)["checks"] if x["check"] == "recording")

    all_of_them = doctor("all")
    assert all_of_them["verdict"] == "ok"
    assert all_of_them["found"] == (
        "the filters of 2 of 5 running containers log calls; these cannot be recorded: "
        "prod/open/app (it has no filter: seccompProfile is Unconfined), prod/root/app (it is privileged, so it has no filter), "
        "prod/strict/app (its profile logs no call that it permits)")
    # Who asks for one is warned.
    assert doctor("pod=strict")["verdict"] == "warning" and "seccompProfile that logs" in doctor("pod=strict")["remedy"]
    assert doctor("pod=less")["verdict"] == "ok"
    node.bench("pod", "rm", "--all")


def test_under_crun_less_is_logged_and_the_profile_is_the_same(node, enricher, state, tmp_path):
    """What record.json allows is runc's base. Under crun the recording's own profile tells that it has to be part of the new one."""
    enricher("--cri-endpoint", node.endpoint, "--record", "all", "--lines", "none", env={"STATE_DIRECTORY": str(state)})
    for name, profile in (("web", "log-all"), ("less", RECORD)):
        node.run_pod(name, "--runtime", "crun", "-c", "app=" + SHELL, "--seccomp", profile, namespace="prod")
        node.bench("exec", "prod/%s/app" % name, *EXECUTED)
    wait_for(lambda: "exit_group" in recorded(state, "web"), "the recording of what was executed")
    wait_for(lambda: all(recordings(state).get(x, {}).get("runtimes") for x in ("web", "less")), "what the runtime reports")

    def names(pod, *options):
        return set(call(state, "profile", "--pod", pod, "--format", "names", *options).stdout.split())

    wait_for(lambda: names("web", "--base", "all") == names("less", "--base", "all"), "the same profile")
    assert names("less") == names("less", "--base", "all")
    text = call(state, "recordings", "--format", "recording", "--pod", "less").stdout
    assert {x["by"] for x in json.loads(text)["syscalls"]} == {"crun", "program"}
    assert json.loads(text)["complete"], text
    done = call(state, "profile", "--pod", "less", "--strict", "--output", str(tmp_path / "profile.json"))
    assert "base runc, crun" in done.stderr and "complete" in done.stderr
    # Of a base alone it is not complete, and says so.
    bare = call(state, "profile", "--pod", "less", "--base", "crun", "--strict", check=False)
    assert bare.returncode == 1 and "allowed and not logged by the profile that it had" in bare.stderr
    node.bench("pod", "rm", "--all")
    for number in range(RUNS // 5):
        node.run_pod("web%d" % number, "--runtime", "crun", "-c", "app=" + SHELL, "--seccomp", str(tmp_path / "profile.json"),
                     namespace="prod")
        assert "busybox" in node.bench("exec", "prod/web%d/app" % number, *EXECUTED)
    node.bench("pod", "rm", "--all")
