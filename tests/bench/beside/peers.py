"""Other BitTorrent programs: libtorrent with BitTorrent v2, and aria2, which knows v1 only."""
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time

from machine import Run, cpu_seconds, free_port, start, stop

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
        files.add_file(os.path.basename(self.source), os.path.getsize(self.source))
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
        # It is aria2 that calls this when a download is complete, with the path as the last argument.
        self.hook = os.path.join(self.directory, "complete")
        with open(self.hook, "w") as out:
            out.write('#!/bin/sh\n: >"$3.complete"\n')
        os.chmod(self.hook, 0o755)
        self.seeder = self.peer(os.path.dirname(self.source), "--check-integrity", "--bt-seed-unverified=false")
        self.wait(self.source + ".complete")

    def peer(self, directory, *more):
        return start(*self.COMMON, "--dht-file-path", os.path.join(self.directory, "dht.dat"), "--dht-listen-port",
                     free_port(), "--dir", directory, "--listen-port", free_port(),
                     "--on-bt-download-complete", self.hook, *more, self.torrent)

    def wait(self, path):
        deadline = time.monotonic() + 60
        while not os.path.exists(path):
            if time.monotonic() > deadline:
                raise RuntimeError("aria2 does not get on")
            time.sleep(0.005)

    def stop(self):
        stop(self.seeder)
        stop(self.tracker)
        os.remove(self.source + ".complete")
        shutil.rmtree(self.directory)

    def fetch(self, targets):
        before = cpu_seconds(self.seeder.pid)
        begin = time.monotonic()
        leechers = [self.peer(target) for target in targets]
        try:
            for target in targets:
                self.wait(os.path.join(target, os.path.basename(self.source) + ".complete"))
            seconds = time.monotonic() - begin
            return Run(seconds, cpu_seconds(self.seeder.pid) - before,
                       sum(cpu_seconds(leecher.pid) for leecher in leechers))
        finally:
            for leecher in leechers:
                stop(leecher)


def v1_torrent(source, announce):
    with open(source, "rb") as content:
        pieces = b"".join(hashlib.sha1(piece).digest() for piece in iter(lambda: content.read(PIECE), b""))
    return bencode({
        "announce": announce,
        "info": {"length": os.path.getsize(source), "name": os.path.basename(source), "piece length": PIECE,
                 "pieces": pieces, "private": 1},
    })


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    return b"d" + b"".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + b"e"
