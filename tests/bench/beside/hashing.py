"""How long it takes to know what a file is: the seeder, sha256sum, and libtorrent's own way of making a v2 torrent."""
import importlib.util
import os
import sys
import time

from machine import GIB, cpu_seconds, finish, make_source, start, stop, warm_up
from shoal import Shoal, wait_for

LIBTORRENT = """
import libtorrent, os, sys
path = sys.argv[1]
files = libtorrent.file_storage()
files.add_file(os.path.basename(path), os.path.getsize(path))
torrent = libtorrent.create_torrent(files, 4 << 20, libtorrent.create_torrent.v2_only)
libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
"""


def timed(process):
    begin = time.monotonic()
    cpu = finish(process)
    return time.monotonic() - begin, cpu


class Registering(Shoal):
    """From the start of a seeder to its `registered`, with nothing in its cache or with the file."""

    def run(self, *options):
        seeder = self.program("seeder", "--tracker", self.address, self.source, *options)
        begin = time.monotonic()
        try:
            wait_for(seeder, "registered")
            return time.monotonic() - begin, cpu_seconds(seeder.pid)
        finally:
            stop(seeder)


def measure_hashing(programs, length, runs, scratch):
    source = make_source(os.path.join(scratch, "source"), length)
    os.environ["XDG_CACHE_HOME"] = scratch
    shoal = Registering(programs, source, scratch, 0)
    shoal.start()
    stop(shoal.seeder)  # has filled the cache
    ways = {
        "a file already known": lambda: shoal.run(),
        "seeder": lambda: shoal.run("--no-cache"),
        "sha256sum": lambda: timed(start("sha256sum", source)),
    }
    if importlib.util.find_spec("libtorrent"):
        ways["libtorrent v2"] = lambda: timed(start(sys.executable, "-c", LIBTORRENT, source))
    else:
        print("libtorrent v2: left out, there is no python3-libtorrent here", file=sys.stderr)
    best = {}
    for _ in range(runs):
        for name, way in ways.items():
            warm_up(source, 0)
            best[name] = min(best.get(name, (float("inf"), 0)), way())
            print("%s: %.3f s" % (name, best[name][0]), file=sys.stderr)
    stop(shoal.tracker)
    os.remove(source)
    seconds, cpu = best["seeder"]
    for name, (its_seconds, its_cpu) in best.items():
        what = "registering" if name in ("seeder", "a file already known") else "hashing"
        ratio = "-" if what == "registering" else "the seeder is %.1f times as fast, %.1f times for each core" % (
            its_seconds / seconds, its_cpu / cpu)
        value = "%.1f ms" % (its_seconds * 1e3) if name == "a file already known" else "%.2f s, CPU %.2f s/GiB" % (
            its_seconds, its_cpu / (length / GIB))
        print("%s %g GiB, %s | %s | %s" % (what, length / GIB, name, value, ratio), flush=True)
