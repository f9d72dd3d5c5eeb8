"""Keeps the machine busy, and gives a service priority over that load."""
import contextlib
import os
import subprocess


@contextlib.contextmanager
def busy_machine():
    loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count())]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def ahead_of_others():
    """Gives the calling process priority, as the unit does. The kernel weighs whole sessions, so the process gets its own."""
    os.setsid()
    os.nice(-20)
    with contextlib.suppress(FileNotFoundError), open("/proc/self/autogroup", "w") as f:
        f.write("-20")
