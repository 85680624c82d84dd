"""Other BitTorrent programs: libtorrent with BitTorrent v2, and aria2, which knows v1 only."""
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time

from machine import Run, cpu_seconds, files_of, free_port, start, stop

PIECE = 1 << 20


class Libtorrent:
    name = "libtorrent v2"

    def __init__(self, source, scratch, receivers):
        self.source = source
        self.torrent = os.path.join(scratch, "libtorrent.torrent")
        self.peers = []

    def missing(self):
        return None if importlib.util.find_spec("libtorrent") else "python3-libtorrent"

    def peer(self, directory):
        port = free_port()
        script = os.path.join(os.path.dirname(__file__), "libtorrent_peer.py")
        process = start(sys.executable, script, self.torrent, directory, port, stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, text=True)
        return process, port

    def start(self):
        import libtorrent
        files = libtorrent.file_storage()
        for path in files_of(self.source):
            files.add_file(os.path.relpath(path, os.path.dirname(self.source)), os.path.getsize(path))
        torrent = libtorrent.create_torrent(files, PIECE, libtorrent.create_torrent.v2_only)
        libtorrent.set_piece_hashes(torrent, os.path.dirname(self.source))
        with open(self.torrent, "wb") as out:
            out.write(libtorrent.bencode(torrent.generate()))
        self.seeder, self.port = self.peer(os.path.dirname(self.source))
        ask(self.seeder, [])  # checks the whole file

    def stop(self):
        stop(self.seeder)
        os.remove(self.torrent)

    def fetch(self, targets):
        peers = [self.peer(target) for target in targets]
        try:
            for process, _ in peers:
                process.stdout.readline()  # its session listens
            before = [cpu_seconds(process.pid) for process, _ in peers]
            seeder_before = cpu_seconds(self.seeder.pid)
            known = [self.port]
            begin = time.monotonic()
            for process, port in peers:  # everybody knows everybody
                say(process, known)
                known.append(port)
            for process, _ in peers:
                answer(process)
            seconds = time.monotonic() - begin
            return Run(seconds, cpu_seconds(self.seeder.pid) - seeder_before,
                       sum(cpu_seconds(process.pid) for process, _ in peers) - sum(before))
        finally:
            for process, _ in peers:
                stop(process)


def say(process, ports):
    process.stdin.write(json.dumps(ports) + "\n")
    process.stdin.flush()


def answer(process):
    if process.stdout.readline().strip() != "complete":
        raise RuntimeError("a libtorrent peer has ended too early")


def ask(process, ports):
    process.stdout.readline()
    say(process, ports)
    answer(process)


class Aria2:
    name = "aria2"
    # UDP trackers come with its DHT only, which a private torrent does not use. Nothing is encrypted, and nothing asked of
    # the disk before the start.
    COMMON = ["aria2c", "--no-conf", "--quiet", "--enable-dht=true", "--enable-dht6=false", "--bt-enable-lpd=false",
              "--enable-peer-exchange=false", "--disable-ipv6", "--bt-require-crypto=false", "--file-allocation=none",
              "--disk-cache=64M", "--bt-max-peers=0", "--seed-ratio=0"]

    def __init__(self, tracker, source, scratch, receivers):
        self.tracker_program = tracker
        self.source = source
        self.directory = os.path.join(scratch, "aria2")

    def missing(self):
        return None if shutil.which("aria2c") else "aria2c"

    def start(self):
        os.mkdir(self.directory)
        self.tracker = start(self.tracker_program, "--open", "--listen", "127.0.0.1:0", "--json", stdout=subprocess.PIPE)
        address = json.loads(self.tracker.stdout.readline())["address"]
        self.torrent = os.path.join(self.directory, "aria2.torrent")
        with open(self.torrent, "wb") as out:
            out.write(v1_torrent(self.source, "udp://%s/announce" % address))
        # It is aria2 that calls this when a download is complete.
        self.hook = os.path.join(self.directory, "complete")
        with open(self.hook, "w") as out:
            out.write('#!/bin/sh\n: >"$COMPLETE"\n')
        os.chmod(self.hook, 0o755)
        self.seeder = self.peer(os.path.dirname(self.source), "--check-integrity", "--bt-seed-unverified=false")
        self.wait(os.path.dirname(self.source))

    def peer(self, directory, *more):
        return start(*self.COMMON, "--dht-file-path", os.path.join(self.directory, "dht.dat"), "--dht-listen-port",
                     free_port(), "--dir", directory, "--listen-port", free_port(),
                     "--on-bt-download-complete", self.hook, *more, self.torrent,
                     env={**os.environ, "COMPLETE": self.sign(directory)})

    def sign(self, directory):
        return os.path.join(self.directory, os.path.basename(directory) + ".complete")

    def wait(self, directory):
        """Until the download into that directory is complete."""
        deadline = time.monotonic() + 300
        while not os.path.exists(self.sign(directory)):
            if time.monotonic() > deadline:
                raise RuntimeError("aria2 does not get on")
            time.sleep(0.005)

    def stop(self):
        stop(self.seeder)
        stop(self.tracker)
        shutil.rmtree(self.directory)

    def fetch(self, targets):
        for target in targets:
            if os.path.exists(self.sign(target)):
                os.remove(self.sign(target))
        before = cpu_seconds(self.seeder.pid)
        begin = time.monotonic()
        leechers = [self.peer(target) for target in targets]
        try:
            for target in targets:
                self.wait(target)
            seconds = time.monotonic() - begin
            return Run(seconds, cpu_seconds(self.seeder.pid) - before,
                       sum(cpu_seconds(leecher.pid) for leecher in leechers))
        finally:
            for leecher in leechers:
                stop(leecher)


def v1_torrent(source, announce):
    info = {"name": os.path.basename(source), "piece length": PIECE, "pieces": sha1_pieces(files_of(source)), "private": 1}
    if os.path.isdir(source):
        info["files"] = [{"length": os.path.getsize(path), "path": os.path.relpath(path, source).split(os.sep)}
                         for path in files_of(source)]
    else:
        info["length"] = os.path.getsize(source)
    return bencode({"announce": announce, "info": info})


def sha1_pieces(paths):
    """Of all that the files hold, one after the other."""
    pieces = b""
    rest = b""
    for path in paths:
        with open(path, "rb") as content:
            for more in iter(lambda: content.read(PIECE), b""):
                rest += more
                if len(rest) >= PIECE:
                    pieces += hashlib.sha1(rest[:PIECE]).digest()
                    rest = rest[PIECE:]
    return pieces + hashlib.sha1(rest).digest() if rest else pieces


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(bencode(one) for one in value) + b"e"
    return b"d" + b"".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + b"e"
