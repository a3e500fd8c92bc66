"""Python imports this module at its start, from PYTHONPATH, in a real program that a test watches.

It appends what the process asks the network for, and which variables it reads where, to the file in CONTRACT_WATCH, a line
each. CONTRACT_CANARY is a variable that no program knows: who reads it reads all variables, and so wants none of them.
"""

import os
import sys

LOG = os.open(os.environ["CONTRACT_WATCH"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
WRITTEN = set()
PLUMBING = ("os.py", "<frozen os>", "_collections_abc.py", "<frozen _collections_abc>")


def write(*words):
    line = " ".join(map(str, words))
    if line not in WRITTEN:
        WRITTEN.add(line)
        os.write(LOG, f"{line}\n".encode())


def on_event(name, values):
    if name == "socket.getaddrinfo":
        write("asked", _text(values[0]))
    elif name in ("socket.connect", "socket.sendto") and isinstance(values[1], tuple):
        write("asked", _text(values[1][0]))
    elif name in ("socket.gethostbyname", "socket.gethostbyaddr"):
        write("asked", _text(values[0]))


def _text(host):
    return host.decode() if isinstance(host, bytes) else host


def watch_names(kind, method):
    """Watches a method, whose first argument is a name, of a library that does not ask through Python's sockets."""
    original = getattr(kind, method)

    def watched(self, host, *args, **kwargs):
        write("asked", _text(host))
        return original(self, host, *args, **kwargs)

    setattr(kind, method, watched)


def watch_variables():
    original = os._Environ.__getitem__

    def watched(self, key):
        frame = sys._getframe(1)
        while frame.f_back and os.path.basename(frame.f_code.co_filename) in PLUMBING:
            frame = frame.f_back
        write("read", key, f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return original(self, key)

    os._Environ.__getitem__ = watched


sys.addaudithook(on_event)
watch_variables()
try:
    import uvloop

    watch_names(uvloop.Loop, "getaddrinfo")
except ImportError:
    pass
try:
    import aiodns

    for question in ("getaddrinfo", "gethostbyname", "query", "query_dns"):
        if hasattr(aiodns.DNSResolver, question):
            watch_names(aiodns.DNSResolver, question)
except ImportError:
    pass
