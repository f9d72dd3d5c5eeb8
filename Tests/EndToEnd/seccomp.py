"""Applies a seccomp filter to a test's own process, through libseccomp."""
import ctypes
import errno
import socket

ALLOW, LOG = 0x7FFF0000, 0x7FFC0000
EQUAL = 4


def fail_with(error):
    return 0x50000 | error


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def apply(action, syscall, *equal):
    """Makes the kernel apply `action` to `syscall` from now on, if its arguments equal those in `equal` ((index, value), ...)."""
    lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(ALLOW)))
    rules = (Compare * len(equal))(*(Compare(index, EQUAL, value, 0) for index, value in equal))
    number = lib.seccomp_syscall_resolve_name(syscall.encode())
    assert lib.seccomp_rule_add_array(context, ctypes.c_uint32(action), number, len(equal), rules) == 0
    assert lib.seccomp_load(context) == 0


def syscall_number(name):
    """A system call's number on this machine."""
    number = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name(name.encode())
    assert number >= 0, name
    return number


def without_connector():
    """Makes the process connector unavailable, as on a kernel without it."""
    NETLINK_CONNECTOR = 11
    apply(fail_with(errno.EPROTONOSUPPORT), "socket", (0, socket.AF_NETLINK), (2, NETLINK_CONNECTOR))
