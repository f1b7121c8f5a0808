"""JSON messages with descriptors over a SOCK_SEQPACKET pair: one packet is one message. Also read by the programs in the
node and in the containers, so it imports nothing of the sandbox."""
import array
import json
import socket

MAX_MESSAGE = 1 << 20
MAX_FDS = 8


def pair():
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_MESSAGE)
    return ends


def send(sock, message, fds=()):
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([json.dumps(message).encode()], ancillary)


def receive(sock):
    """(message, descriptors), or (None, []) at the end of the connection."""
    data, ancillary, flags, _ = sock.recvmsg(MAX_MESSAGE, socket.CMSG_SPACE(MAX_FDS * 4), socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, payload in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(payload[:len(payload) - len(payload) % 4])
    if not data:
        return None, list(fds)
    return json.loads(data), list(fds)
