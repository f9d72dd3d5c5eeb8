"""Stands in for systemd: holds the audit socket, and the memory file descriptor that the program stores with it."""
import contextlib
import os
import socket
import struct
import subprocess

from conftest import BINARY, clean_environment, wait_for

NETLINK_AUDIT, READLOG, SO_RCVBUFFORCE, SOL_NETLINK, ADD_MEMBERSHIP = 9, 1, 33, 270, 1
LAUNCH = """
import fcntl, os, sys
descriptors, names = sys.argv[1].split(","), sys.argv[2]
# Out of the way of their places to be.
copies = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in descriptors]
for place, fd in enumerate(copies, 3):
    os.dup2(fd, place, inheritable=True)
    os.close(fd)
os.environ.update(LISTEN_FDS=str(len(copies)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=names)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Holder:
    def __init__(self, directory, buffer=256 << 20):
        """Opens the socket as a systemd socket unit does: it is sized and in the multicast group before any reader starts."""
        self.audit = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        self.audit.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer)
        self.audit.bind((0, 0))
        self.audit.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, READLOG)
        self.path = os.path.join(directory, "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path)
        self.notify.settimeout(1)
        # The stored descriptors by their names, as with FileDescriptorStoreMax=3.
        self.kept = {}
        # Descriptors that precede the program's own, as with OpenFile=.
        self.others = {}
        self.processes = []
        self.errors = os.path.join(directory, "errors")

    def start(self, *options, **env):
        """Starts a program and waits until it is ready."""
        process = self.launch(*options, **env)
        wait_for(lambda: "READY=1" in self.receive() or process.poll() is not None, "the program is ready")
        assert process.poll() is None, self.said()
        return process

    def launch(self, *options, **env):
        given = {**self.others, "audit": self.audit.fileno()}
        given.update(self.kept)
        held = list(given.values())
        with open(self.errors, "ab") as err:
            process = subprocess.Popen(
                ["python3", "-c", LAUNCH, ",".join(map(str, held)), ":".join(given), BINARY, "run", *options], stderr=err,
                pass_fds=held, env=clean_environment(NOTIFY_SOCKET=self.path, **env))
        self.processes.append(process)
        return process

    @staticmethod
    def stop(process):
        """Stops the program with SIGTERM as systemd does, and expects exit code 0."""
        process.terminate()
        assert process.wait(30) == 0

    def receive(self):
        try:
            text, descriptors, _, _ = socket.recv_fds(self.notify, 4096, 4)
        except TimeoutError:
            return []
        lines = text.decode().splitlines()
        if "FDSTOREREMOVE=1" in lines:
            self.forget(dict(x.split("=", 1) for x in lines)["FDNAME"])
        for fd in descriptors:
            name = dict(x.split("=", 1) for x in lines).get("FDNAME")
            if "FDSTORE=1" in lines and name in ("records", "recordings", "counts") and name not in self.kept:
                self.kept[name] = fd
            else:
                os.close(fd)
        return lines

    @property
    def memory(self):
        """The memory with records; None if there is none."""
        return self.kept.get("records")

    def forget(self, name):
        if name in self.kept:
            os.close(self.kept.pop(name))

    def drops(self):
        """How many records the socket dropped because its buffer was full."""
        SO_MEMINFO, SK_MEMINFO_DROPS = 55, 8
        return struct.unpack("9I", self.audit.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[SK_MEMINFO_DROPS]

    def said(self):
        with open(self.errors) as f:
            return f.read()


@contextlib.contextmanager
def holding(directory, **more):
    held = Holder(str(directory), **more)
    try:
        yield held
    finally:
        for process in held.processes:
            process.kill()
            process.wait(30)
        held.audit.close()
        held.notify.close()
        for name in list(held.kept):
            held.forget(name)
