"""Real processes in real cgroups with chosen names; each process makes one record."""
import contextlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# The system call that makes the record. Nothing else here makes it.
CALL = "getpriority"
MAKER = """
import os, sys
sys.path.insert(0, sys.argv[1])
import seccomp
base, below, beside = sys.argv[2:]
def enter(path):
    with open(path + "/cgroup.procs", "w") as f:
        f.write("0")
enter(base)
if beside:
    enter(beside)
if below:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    os.makedirs(base + "/" + below)
    enter(base + "/" + below)
seccomp.apply(seccomp.LOG, "getpriority")
os.getpriority(os.PRIO_PROCESS, 0)
sys.stdin.read()
"""


def root(controller=None):
    """The directory where the machine mounts cgroup v2, or a controller's hierarchy of cgroup v1."""
    with open("/proc/self/mounts") as f:
        mounts = [line.split() for line in f]
    if controller:
        return next(x[1] for x in mounts if x[2] == "cgroup" and controller in x[3].split(","))
    return next(x[1] for x in mounts if x[2] == "cgroup2" and x[1].startswith("/sys/fs/cgroup"))


class Cgroups:
    """Creates cgroups, and removes them at the end together with those that users created below them."""

    def __init__(self, controller=None):
        self.root = root(controller)
        self.made = []

    def make(self, path, user=False):
        """Creates a cgroup, which an unprivileged user owns if `user` is true, and returns its directory."""
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            directory = "/".join([self.root, *parts[:end]])
            if not os.path.isdir(directory):
                os.mkdir(directory)
                self.made.append(directory)
        if user:
            for name in ("", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"):
                os.chown(directory + name, 65534, 65534)
        return directory

    @contextlib.contextmanager
    def process(self, path, below="", beside=""):
        """Yields the ID of a process that has made a record and lives until the block ends. The process is in the cgroup `path`, or, with
        `below`, it runs as an unprivileged user in a cgroup of that name that it has created below `path`. With `beside`, it is in that
        directory's cgroup of another hierarchy, too."""
        directory = self.make(path, user=bool(below))
        maker = subprocess.Popen([sys.executable, "-c", MAKER, HERE, directory, below, beside], stdin=subprocess.PIPE)
        try:
            yield maker.pid
        finally:
            maker.stdin.close()
            assert maker.wait(30) == 0
            for end in range(below.count("/") + 1, 0, -1) if below else ():
                os.rmdir("/".join([directory, *below.split("/")[:end]]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for directory in reversed(self.made):
            os.rmdir(directory)
