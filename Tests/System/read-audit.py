#!/usr/bin/python3
"""Prints the audit records of AppArmor and SELinux as the kernel sends them, one a line, until it is stopped."""
import socket
import struct

NETLINK_AUDIT, READLOG, SO_RCVBUFFORCE, AVC = 9, 1, 33, 1400
audit = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
audit.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
audit.bind((0, READLOG))
while True:
    message = audit.recv(65536)
    length, kind = struct.unpack_from("=IH", message)
    if kind == AVC:
        print(message[16:length].rstrip(b"\0").decode("latin-1"), flush=True)
