"""The service records what containers call, and a profile that is made of a recording lets them start, whatever happened meanwhile."""
import json
import os
import signal
import subprocess

import pytest

from conftest import BINARY, clean_environment, wait_for
from holder import holding
from test_metrics import free_port, get, value
from test_profiles import EXECUTED, RUNS, SHELL, Bundle

DEPLOYMENT = ["--label", "pod-template-hash=7d4b9c6f5"]
POD = "web-7d4b9c6f5-x2x9z"


def call(state, *argv, check=True):
    return subprocess.run([BINARY, *argv], env=clean_environment(STATE_DIRECTORY=str(state)), check=check, capture_output=True, text=True)


def recordings(state):
    """What the node has recorded, by workload; nothing if there is no directory yet."""
    done = call(state, "recordings", "--json", check=False)
    return {x["workload"]: x for x in json.loads(done.stdout)} if done.returncode == 0 else {}


def recorded(state, workload):
    """The names of the syscalls of a recording."""
    lines = call(state, "recordings", "--format", "recording", "--pod", workload, check=False).stdout.splitlines()
    return {x.get("name") for line in lines for x in json.loads(line)["syscalls"]}


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def test_from_a_recording_to_a_profile_that_is_enforced(node, enricher, state, tmp_path):
    port = free_port()
    # The same program under the profile that logs less.
    less = os.path.join(os.path.dirname(__file__), "../../packaging/eks/record.json")
    program = enricher("--cri-endpoint", node.endpoint, "--record", "all", "--lines", "none", "--metrics-listen",
                       "127.0.0.1:%d" % port, env={"STATE_DIRECTORY": str(state)})
    node.run_pod(POD, *DEPLOYMENT, "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="prod")
    node.bench("exec", "prod/%s/app" % POD, *EXECUTED)
    node.run_pod("less", "-c", "app=" + SHELL, "--seccomp", less, namespace="stage")
    node.bench("exec", "stage/less/app", *EXECUTED)
    # The shell runs on, so this is the end of what was executed.
    wait_for(lambda: "exit_group" in recorded(state, "web"), "the recording of what was executed")
    web = recordings(state)["web"]
    assert web["complete"] and (web["instances"], web["executions"]) == (1, 1) and web["workloadKind"] == "Deployment", web
    assert (web["namespace"], web["container"]) == ("prod", "app") and web["incomplete"] == []
    assert "prod        web        app         1" in call(state, "recordings").stdout
    # No line was needed.
    assert program.lines() == []
    wait_for(lambda: value(get(port)[1], "recordings_complete") == 2, "both files")
    page = get(port)[1]
    assert value(page, "recordings") == 2
    assert value(page, "recording_new_syscalls_total") >= 30 and value(page, "unselected_records_total") > 0

    made = call(state, "profile", "--namespace", "prod", "--output", str(tmp_path / "profile.json"))
    assert "1 instance on 1 node, complete" in made.stderr, made.stderr
    profile = json.loads((tmp_path / "profile.json").read_text())
    def names(namespace):
        return call(state, "profile", "--namespace", namespace, "--format", "names").stdout

    wait_for(lambda: names("prod") == names("stage"), "the same profile")
    bundle = Bundle(str(tmp_path), "runc", profile, 0, False)
    failures = [failure for failure in (bundle.run() for _ in range(RUNS)) if failure]
    assert failures == []
    # The same pod under it.
    node.bench("pod", "rm", "--all")
    node.run_pod(POD, *DEPLOYMENT, "-c", "app=" + SHELL, "--seccomp", str(tmp_path / "profile.json"), namespace="prod")
    assert "busybox" in node.bench("exec", "prod/%s/app" % POD, *EXECUTED)
    with pytest.raises(AssertionError, match="Operation not permitted"):
        node.bench("exec", "prod/%s/app" % POD, "mkdir", "/tmp/x")
    checked = call(state, "check", str(tmp_path / "profile.json"), check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "prod/web/app: " in checked.stdout


def test_recordings_of_two_nodes_are_merged(node, enricher, tmp_path):
    programs = {}
    for name in ("n1", "n2"):
        programs[name] = enricher("--cri-endpoint", node.endpoint, "--record", "all", "--node", name,
                                  env={"STATE_DIRECTORY": str(tmp_path / name)})
    node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="prod")
    for name in programs:
        wait_for(lambda: recordings(tmp_path / name).get("web", {}).get("complete"), "a complete recording")
    text = "".join(call(tmp_path / name, "recordings", "--format", "recording").stdout for name in programs)
    (tmp_path / "both.jsonl").write_text(text)
    done = call(tmp_path, "profile", str(tmp_path / "both.jsonl"), "--namespace", "prod")
    assert "2 instances on 2 nodes, complete" in done.stderr
    node.bench("pod", "rm", "--all")


def test_what_had_started_before_and_what_is_not_chosen(node, enricher, state):
    node.run_pod("early", "-c", "app=until [ -e /tmp/go ]; do sleep 0.1; done", "--seccomp", "log-all", namespace="prod")
    program = enricher("--cri-endpoint", node.endpoint, "--record", "namespace=prod", env={"STATE_DIRECTORY": str(state)})
    node.run_pod("other", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="stage")
    wait_for(lambda: "early" in recordings(state), "a recording")
    early = recordings(state)["early"]
    assert not early["complete"] and early["incomplete"] == ["1 instance started before the recording"]
    strict = call(state, "profile", "--namespace", "prod", "--strict", check=False)
    assert strict.returncode == 1 and "started before the recording" in strict.stderr
    assert "other" not in recordings(state)
    wait_for(lambda: [x for x in program.lines() if x["pod"] == "other"], "lines of what is not recorded")
    node.bench("pod", "rm", "--all")


def test_kills_lose_no_syscall_and_a_restart_is_reported(node, state, tmp_path):
    options = ["--cri-endpoint", node.endpoint, "--record", "all", "--output", str(tmp_path / "lines")]

    def has_line(syscall):
        """Whether a call of this name was attributed to the pod."""
        lines = (tmp_path / "lines").read_text().splitlines() if (tmp_path / "lines").exists() else []
        return any('syscallName="%s"' % syscall in x and 'pod="web"' in x for x in lines)

    with holding(tmp_path) as held:
        process = held.start(*options, STATE_DIRECTORY=str(state))
        node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="prod")
        wait_for(lambda: recordings(state).get("web", {}).get("complete"), "a complete recording")
        for number, syscall in enumerate(("mkdir", "rmdir", "symlink", "rename", "chmod")):
            command = {"mkdir": "mkdir /tmp/d", "rmdir": "rmdir /tmp/d", "symlink": "ln -s x /tmp/l", "rename": "mv /tmp/l /tmp/m",
                       "chmod": "chmod 600 /bin/busybox"}[syscall]
            # It has been read, and is not yet in a file. Of a process that began while the service did, the container may be unknown.
            while not has_line(syscall):
                node.bench("exec", "prod/web/app", *command.split(), check=False)
                wait_for(lambda: 'syscallName="%s"' % syscall in (tmp_path / "lines").read_text(), "a line of the call")
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            process = held.start(*options, STATE_DIRECTORY=str(state))
            wait_for(lambda: syscall in recorded(state, "web"), "the call that was read before kill %d" % number)
        web = recordings(state)["web"]
        assert web["instances"] == 1 and [x for x in web["incomplete"] if "unresolved" not in x] == [], (web, held.said())
        held.stop(process)
        # As after a stop, for which systemd keeps nothing.
        held.forget("recordings")
        process = held.start(*options, STATE_DIRECTORY=str(state))
        web = recordings(state)["web"]
        wait_for(lambda: "1 restart of the service that lost its memory" in recordings(state)["web"]["incomplete"], "the restart")
        held.stop(process)
    node.bench("pod", "rm", "--all")


def test_damaged_files_and_directories_are_reported(node, enricher, state, tmp_path):
    (state / "prod" / "web").mkdir(parents=True)
    (state / "prod" / "web" / "app.json").write_text("{")
    # Nothing can be written below this name.
    (state / "stage").write_text("")
    program = enricher("--cri-endpoint", node.endpoint, "--record", "all", env={"STATE_DIRECTORY": str(state)})
    assert "a damaged recording is set aside" in program.stderr()
    assert (state / "prod" / "web" / "app.json.bad").read_text() == "{"
    node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="prod")
    node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="stage")
    wait_for(lambda: "web" in recordings(state), "the recording that can be written")
    wait_for(lambda: "cannot write recordings to %s" % state in program.stderr(), "the report")
    assert program.stderr().count("cannot write recordings") == 1
    assert [x for x in program.lines() if x["namespace"] == "stage"]
    os.unlink(state / "stage")
    node.bench("pod", "rm", "--all")


def test_a_reload_changes_what_is_recorded(node, enricher, state, tmp_path):
    conf = tmp_path / "conf"
    conf.write_text("AUDIT_ENRICHER_RECORD=none\n")
    program = enricher("--cri-endpoint", node.endpoint, "--config", str(conf), env={"STATE_DIRECTORY": str(state)})
    node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="prod")
    wait_for(lambda: [x for x in program.lines() if x["pod"] == "web"], "lines")
    assert recordings(state) == {}
    conf.write_text("AUDIT_ENRICHER_RECORD=all\nAUDIT_ENRICHER_LINES=none\n")
    program.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "the settings were reloaded" in program.stderr(), "the reload")
    node.bench("exec", "prod/web/app", "mkdir", "/tmp/d")
    wait_for(lambda: "mkdir" in recorded(state, "web"), "the recording")
    assert not [x for x in program.lines() if x["syscallName"] == "mkdir"]
    node.bench("pod", "rm", "--all")
