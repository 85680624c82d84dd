#!/usr/bin/env python3
"""Shoal beside what people would use instead, on loopback, in turns. Rows for the table go to standard output.

Each time is that of one copy, from an empty directory to the last byte written. For programs it runs from the start of
the (first) receiving process to its end; for Shoal to its `complete`; for libtorrent, a library, from handing the torrent
to running sessions, so that the start of Python does not count against it. What was fetched is compared with the
source outside the time. A tool that is not installed is skipped with a word.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from hashing import measure_hashing
from machine import GIB, bytes_of, make_source, make_tree, warm_up
from peers import Aria2, Libtorrent
from servers import NginxCurl, RsyncDaemon, TarNetcat
from shoal import Shoal


def size(text):
    units = {"K": 1 << 10, "M": 1 << 20, "G": GIB}
    return int(text[:-1]) * units[text[-1].upper()] if text[-1].upper() in units else int(text)


def one_run(tool, source, receivers, scratch):
    targets = [os.path.join(scratch, "target-%d" % i) for i in range(receivers)]
    for target in targets:
        os.mkdir(target)
    try:
        warm_up(source, bytes_of(source) * receivers)
        run = tool.fetch(targets)
        for target in targets:
            subprocess.run(["diff", "-r", source, os.path.join(target, os.path.basename(source))], check=True)
        return run
    finally:
        for target in targets:
            shutil.rmtree(target)


def measure_file(tools, length, receivers, runs, scratch):
    source = make_source(os.path.join(scratch, "source"), length)
    shape = "one to %d, %g GiB" % (receivers, length / GIB)
    measure([(make, source) for make in tools], shape, receivers, runs, scratch)
    os.remove(source)


def measure_tree(tools, files, length, runs, scratch):
    source = make_tree(os.path.join(scratch, "tree"), files, length)
    shape = "a folder of %d files of %d KiB" % (files, length >> 10)
    measure([(make, source) for make in tools], shape, 1, runs, scratch)
    shutil.rmtree(source)


def measure_alone(shoal, length, runs, scratch):
    """A file, and a folder with nothing but that file."""
    folder = os.path.join(scratch, "folder")
    os.mkdir(folder)
    source = make_source(os.path.join(folder, "source"), length)
    named = lambda name: lambda *about: shoal(*about, name=name)
    measure([(named("Shoal"), source), (named("Shoal, the folder it is in"), folder)], "%g GiB" % (length / GIB), 1, runs,
            scratch)
    shutil.rmtree(folder)


def measure(tools, shape, receivers, runs, scratch):
    """`tools`: what makes each of them, and its source."""
    best = {}
    running = []
    try:
        for make, source in tools:
            tool = make(source, scratch, receivers)
            missing = tool.missing()
            if missing:
                print("%s: left out, there is no %s here" % (tool.name, missing), file=sys.stderr)
                continue
            tool.start()
            running.append(tool)
        for _ in range(runs):
            for tool in running:
                run = one_run(tool, tool.source, receivers, scratch)
                print("%s, %s: %.2f s" % (tool.name, shape, run.seconds), file=sys.stderr)
                if tool.name not in best or run.seconds < best[tool.name].seconds:
                    best[tool.name] = run
    finally:
        for tool in running:
            tool.stop()
    print_rows(best, shape, bytes_of(source) * receivers)


def print_rows(best, shape, moved):
    ours = best["Shoal"]
    for name, run in best.items():
        value = "%.2f s, %.2f GB/s, CPU %.2f + %.2f s/GiB" % (
            run.seconds, moved / run.seconds / 1e9, run.source_cpu / (moved / GIB), run.receiver_cpu / (moved / GIB))
        ratio = "-" if run is ours else "Shoal is %.2f times as fast, for %.2f of the CPU" % (
            run.seconds / ours.seconds,
            (ours.source_cpu + ours.receiver_cpu) / (run.source_cpu + run.receiver_cpu))
        print("%s, %s | %s | %s" % (name, shape, value, ratio), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--programs", required=True, help="directory of tracker, seeder and leecher")
    options.add_argument("--size", type=size, default="2G", help="of the file for one receiver (2G)")
    options.add_argument("--many-size", type=size, default="1G", help="of the file for several receivers at once (1G)")
    options.add_argument("--receivers", type=int, default=4, help="how many several are (4)")
    options.add_argument("--runs", type=int, default=3, help="of each tool, in turns; the best counts (3)")
    known = ["one", "many", "folders", "alone", "hashing"]
    options.add_argument("--case", choices=known, action="append", help="only this one")
    asked = options.parse_args()
    cases = asked.case or known

    def shoal(*about, **more):
        return Shoal(asked.programs, *about, **more)

    def aria2(*about):
        return Aria2(os.path.join(asked.programs, "tracker"), *about)

    with tempfile.TemporaryDirectory(prefix="shoal-beside-") as scratch:
        if "one" in cases:
            checked = lambda *about: NginxCurl(*about, check=True)
            measure_file([shoal, RsyncDaemon, NginxCurl, checked, Libtorrent, aria2], asked.size, 1, asked.runs, scratch)
        if "many" in cases:
            measure_file([shoal, Libtorrent, aria2], asked.many_size, asked.receivers, asked.runs, scratch)
        if "folders" in cases:
            for files, length in (10_000, 16 << 10), (100_000, 4 << 10):
                measure_tree([shoal, RsyncDaemon, TarNetcat, Libtorrent, aria2], files, length, asked.runs, scratch)
        if "alone" in cases:
            measure_alone(shoal, asked.size, asked.runs, scratch)
        if "hashing" in cases:
            measure_hashing(asked.programs, asked.size, asked.runs, scratch)


if __name__ == "__main__":
    main()
