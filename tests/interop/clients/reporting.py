"""What the client drivers have in common: they speak as Shoal's programs do with --json, and end on SIGTERM."""

import argparse
import ctypes
import json
import signal
import socket
import subprocess
import time

_stopping = False


def tell(event, **fields):
    """One event, one line."""
    print(json.dumps({"event": event, **fields}), flush=True)


def catch_signals():
    def stop(_number, _frame):
        global _stopping
        _stopping = True
        for each in (signal.SIGTERM, signal.SIGINT):  # once is enough, also for a Python that is leaving
            signal.signal(each, signal.SIG_IGN)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def until_stopped(step, every=0.1):
    """Calls `step` again and again until somebody wants us to end."""
    while not _stopping:
        step()
        time.sleep(every)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="the only way it speaks")
    parser.add_argument("--folder", required=True, help="where the content is, or goes")
    parser.add_argument("--state", help="where the client keeps what it remembers")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--magnet")
    what.add_argument("--torrent", metavar="FILE")
    parser.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--upload-limit", type=int, default=0, metavar="BYTES", help="a second")
    parser.add_argument("--download-limit", type=int, default=0, metavar="BYTES", help="a second")
    return parser


def free_port(kind=socket.SOCK_STREAM):
    """A port that was free a moment ago, for clients that cannot choose one and tell it."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, **options):
    """A child process that does not outlive this one."""
    pr_set_pdeathsig = 1
    libc = ctypes.CDLL(None)
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: libc.prctl(pr_set_pdeathsig, signal.SIGKILL),
        **options,
    )


def finish(process, number=signal.SIGTERM):
    """Asks a child to end and waits for that; kills it when it does not."""
    process.send_signal(number)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
