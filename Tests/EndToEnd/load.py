"""A machine that has much to do, and how a service goes before all of that."""
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
    """As the unit has it: with more weight than others, each session and each cgroup being weighed as a whole."""
    os.setsid()
    os.nice(-20)
    with contextlib.suppress(FileNotFoundError), open("/proc/self/autogroup", "w") as f:
        f.write("-20")
