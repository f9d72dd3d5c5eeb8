"""Profiles that are made of lines let containers start, whatever the runtime and the container's user are."""
import itertools
import json
import os
import shutil
import subprocess

import pytest

from conftest import BINARY, Enricher, clean_environment, wait_for

SHELL = "echo started; sleep 600"
EXECUTED = ["ls", "/bin"]
# Of each variant. The signals that a runtime sends to itself come now and then: a few runs would show nothing.
RUNS = 50
# This Debian's, with whose runc the profile is recorded, and those of a later one.
RUNTIMES = ("runc", "crun", "newer-runc", "newer-crun")


def make_profile(lines, *options):
    """The profile that the program makes of a file with lines, and what it reports."""
    done = subprocess.run([BINARY, "profile", lines, "--namespace", "prod", *options], env=clean_environment(), check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def recording(node, tmp_path_factory):
    """Lines of one start and one exec of a container with no_new_privs. For such a container the runtime sets the filter last, so
    that its records lack most of what it calls for others."""
    program = Enricher(str(tmp_path_factory.mktemp("lines")), "--cri-endpoint", node.endpoint).ready()
    try:
        node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", "--no-new-privs", namespace="prod")
        node.bench("exec", "prod/web/app", *EXECUTED)
        # And of a start for which the runtime sets the filter early.
        node.run_pod("web", "-c", "app=" + SHELL, "--seccomp", "log-all", namespace="stage")
        node.bench("pod", "rm", "--all")
        # Pods end with their processes, whose last records come before that.
        wait_for(lambda: "exit_group" in {x["syscallName"] for x in program.lines()}, "the end of the second program")
    finally:
        program.stop()
    return program.output


class Bundle:
    """A container of the recorded program, run by a runtime without containerd."""

    def __init__(self, directory, runtime, profile, user, no_new_privs):
        name = runtime.removeprefix("newer-")
        program = os.path.join(os.environ["NODE_BENCH_CACHE"], "runtimes-sid/usr/bin", name) if name != runtime else name
        if name != runtime and not os.path.exists(program):
            pytest.skip("newer runtimes cannot be had on this machine")
        self.runtime = [program, "--root", os.path.join(directory, "state")]
        if name == "crun":
            # It refuses a machine that has both versions of cgroups, so it gets to see one.
            self.runtime = ["unshare", "--mount", "sh", "-c", 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', "crun",
                            *self.runtime, "--cgroup-manager=disabled"]
        self.directory = os.path.join(directory, "bundle")
        binaries = os.path.join(self.directory, "rootfs", "bin")
        os.makedirs(binaries)
        for name in ("proc", "dev"):
            os.makedirs(os.path.join(self.directory, "rootfs", name))
        shutil.copy("/bin/busybox", binaries)
        for name in ("sh", "ls", "sleep"):
            os.symlink("busybox", os.path.join(binaries, name))
        with open(os.path.join(self.directory, "config.json"), "w") as file:
            json.dump(self.config(profile, user, no_new_privs), file)

    @staticmethod
    def config(profile, user, no_new_privs):
        # containerd ignores what the OCI specification does not have.
        for rule in profile["syscalls"]:
            rule.pop("comment", None)
        kept = ["CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL"]
        return {
            "ociVersion": "1.0.2", "root": {"path": "rootfs"}, "hostname": "web",
            "process": {"args": ["/bin/sh", "-c", SHELL], "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": no_new_privs,
                        "user": {"uid": user, "gid": user, "additionalGids": [user, 7]},
                        "capabilities": {kind: kept for kind in ("bounding", "effective", "permitted")}},
            "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                       {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
            "linux": {"namespaces": [{"type": t} for t in ("pid", "mount", "ipc", "uts", "network")], "seccomp": profile}}

    def call(self, *argv, **more):
        return subprocess.run([*self.runtime, *argv], cwd=self.directory, timeout=60, **more)

    def run(self):
        """Starts the container and executes a program in it. Returns what went wrong, or nothing."""
        process = subprocess.Popen([*self.runtime, "run", "c"], cwd=self.directory, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            if process.stdout.readline() != "started\n":
                return "start: " + process.stderr.read()
            done = self.call("exec", "c", *EXECUTED, capture_output=True, text=True)
            if done.returncode != 0 or "busybox" not in done.stdout:
                return "exec: %d %s" % (done.returncode, done.stderr)
            return None
        finally:
            self.call("delete", "--force", "c", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            process.communicate(timeout=60)


VARIANTS = list(itertools.product(RUNTIMES, (False, True), (0, 1000)))


@pytest.mark.parametrize("runtime, no_new_privs, user", VARIANTS)
def test_a_profile_of_one_start_and_one_exec_is_enough_also_after_an_upgrade(recording, tmp_path, runtime, no_new_privs, user):
    profile, report = make_profile(recording, "--base", "all")
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert "no loss reported" in report
    bundle = Bundle(str(tmp_path), runtime, profile, user, no_new_privs)
    failures = [failure for failure in (bundle.run() for _ in range(RUNS)) if failure]
    assert failures == []


def test_the_profile_of_the_node_s_runtime_works_on_the_node(node, recording, tmp_path):
    path = str(tmp_path / "profile.json")
    subprocess.run([BINARY, "profile", recording, "--namespace", "prod", "--output", path], env=clean_environment(), check=True)
    for index, options in enumerate(([], ["--no-new-privs"], ["--user", "1000"])):
        name = "web%d" % index
        node.run_pod(name, "-c", "app=" + SHELL, "--seccomp", path, *options, namespace="prod")
        assert "busybox" in node.bench("exec", "prod/%s/app" % name, *EXECUTED)
        # What was not seen is refused.
        with pytest.raises(AssertionError, match="mkdir: can't create directory '/tmp/x': Operation not permitted"):
            node.bench("exec", "prod/%s/app" % name, "mkdir", "/tmp/x")
    node.bench("pod", "rm", "--all")


def test_check_says_whether_a_container_would_start(recording, tmp_path):
    """The profiles are those of the other tests, which start containers with them."""
    def check(*options):
        path = tmp_path / "profile.json"
        path.write_text(json.dumps(make_profile(recording, *options)[0]))
        return subprocess.run([BINARY, "check", str(path), recording, "--namespace", "stage"], env=clean_environment(),
                              capture_output=True, text=True)

    bare = check("--base", "none")
    assert bare.returncode == 1 and "the container would not start" in bare.stdout
    assert "blocks what runc or any program may need: capget" in bare.stderr
    whole = check()
    assert whole.returncode == 0 and "may need" not in whole.stderr, whole.stdout


def test_an_installed_profile_is_that_of_a_pod(node, enricher, tmp_path):
    """A SeccompProfile becomes a file, a pod is started with it, its calls are logged, and then refused under another one."""
    program = enricher("--cri-endpoint", node.endpoint)
    root = tmp_path / "seccomp"
    root.mkdir()
    names = {"name": "log-mkdir", "action": "SCMP_ACT_LOG"}, {"name": "no-mkdir", "action": "SCMP_ACT_ERRNO"}
    # As in the operator's own examples.
    resources = ["""\
apiVersion: security-profiles-operator.x-k8s.io/v1beta1
kind: SeccompProfile
metadata:
  name: %(name)s
  namespace: prod
spec:
  defaultAction: SCMP_ACT_ALLOW
  architectures:
  - SCMP_ARCH_X86_64
  syscalls:
  - action: %(action)s
    names:
    - mkdir
    - mkdirat
""" % about for about in names]
    path = tmp_path / "resources.yaml"
    path.write_text("---\n".join(resources))
    done = subprocess.run([BINARY, "install-profile", str(path), "--root", str(root)], env=clean_environment(), check=True,
                          capture_output=True, text=True)
    assert done.stdout == "localhostProfile: operator/prod/log-mkdir.json\nlocalhostProfile: operator/prod/no-mkdir.json\n"
    for about in names:
        about["path"] = str(root / "operator/prod" / (about["name"] + ".json"))
    logged, refused = names
    node.run_pod("logged", "--seccomp", logged["path"], namespace="prod")
    node.bench("exec", "prod/logged/main", "mkdir", "/tmp/x")
    wait_for(lambda: [x for x in program.lines() if (x["pod"], x["syscallName"]) == ("logged", "mkdir")], "the call's line")
    node.run_pod("refused", "--seccomp", refused["path"], namespace="prod")
    with pytest.raises(AssertionError, match="Operation not permitted"):
        node.bench("exec", "prod/refused/main", "mkdir", "/tmp/x")
    node.bench("pod", "rm", "--all")
    subprocess.run([BINARY, "install-profile", "--remove", "log-mkdir", "--namespace", "prod", "--root", str(root)],
                   env=clean_environment(), check=True)
    assert os.listdir(root / "operator/prod") == ["no-mkdir.json"]


def test_records_of_an_audit_log_have_the_names_of_a_snapshot(tmp_path):
    """In one file with lines, and from a pipe, which can be read only once."""
    container = {"id": "c" * 64, "name": "app", "namespace": "prod", "pod": "web", "podUID": "u"}
    snapshot = tmp_path / "node.json"
    snapshot.write_text(json.dumps({
        "version": 1, "node": "n1", "time": 1715847190000, "containers": [container],
        "processes": [{"pid": 7, "start": 1715847180000, "container": container["id"]}]}))
    record = ('type=SECCOMP msg=audit(1715847187.650:%d): auid=0 uid=0 gid=0 ses=1 pid=7 comm="app" exe="/app" sig=0 '
              "arch=c000003e syscall=%d compat=0 ip=0x0 code=0x7ffc0000\n")
    line = '{"namespace":"prod","pod":"web","container":"app","syscallName":"fork","arch":"x86_64"}\n'
    text = record % (1, 0) + line + "".join(record % (2 + number, 1) for number in range(5000))

    def run(command, *options):
        return subprocess.run([BINARY, command, "-", *options], input=text, env=clean_environment(), check=True, capture_output=True,
                              text=True)

    done = run("profile", "--snapshot", str(snapshot), "--base", "none", "--format", "names")
    assert done.stdout == "fork\nread\nwrite\n"
    assert "records=5001 enriched=5001 unresolved=0" in done.stderr
    done = run("summary", "--snapshot", str(snapshot), "--json")
    assert {row["syscall"]: row["records"] for row in json.loads(done.stdout)["rows"]} == {"write": 5000, "read": 1, "fork": 1}
    done = run("profile", "--base", "none", "--format", "names")
    assert done.stdout == "fork\n" and "records without names, which were not read: 5001" in done.stderr


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_profile_of_records_alone_is_not_enough(recording, tmp_path, runtime):
    profile, _ = make_profile(recording, "--base", "none")
    assert Bundle(str(tmp_path), runtime, profile, user=0, no_new_privs=False).run().startswith("start: ")
