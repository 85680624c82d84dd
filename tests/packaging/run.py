#!/usr/bin/env python3
"""Runs what is installed in another root: a tracker, a seeder and a leecher, and a file between them.

Usage: run.py units ROOT         the command lines of the systemd units, told of as systemd would be
       run.py programs ROOT BIN  the programs in BIN of that root, as they are
Run by scripts/test-package as root, in a network of its own, where every port is free.
"""
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time

PATIENCE = 30  # seconds; a failing test takes as long, no other does
CONTENT = os.urandom(3_000_000)


def fail(why):
    sys.exit(f"run.py: {why}")


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            fail(f"waited in vain until {what}")
        time.sleep(0.02)


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content)


class Unit:
    """What systemd would do of a .service file that can be done without systemd."""

    def __init__(self, root, name, instance=""):
        text = open(f"{root}/lib/systemd/system/{name}.service", encoding="utf-8").read()
        settings = [line.split("=", 1) for line in re.findall(r"^[A-Za-z]+=.*$", text, re.M)]
        of = lambda key: [value.replace("%i", instance) for k, value in settings if k == key]
        if of("Type") != ["notify"] or len(of("ExecStart")) != 1:
            fail(f"{name} is not of the kind that is run here")
        self.name = name
        user = of("User")[0]
        for directory in of("CacheDirectory"):
            path = f"{root}/var/cache/{directory}"
            os.makedirs(path, exist_ok=True)
            subprocess.run(["chroot", root, "chown", user, f"/var/cache/{directory}"], check=True)
        environment = dict(pair.split("=", 1) for line in of("Environment") for pair in shlex.split(line))
        source = [value.removeprefix("file:") for value in of("StandardInput")]
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        place = f"@shoal-packaging-{os.getpid()}-{name}"
        self.manager.bind("\0" + place[1:])
        self.manager.settimeout(PATIENCE)
        command = ["chroot", f"--userspec={user}", root, *shlex.split(of("ExecStart")[0])]
        with open(root + source[0] if source else os.devnull, "rb") as stdin:
            self.process = subprocess.Popen(command, stdin=stdin, env={"PATH": "/usr/sbin:/usr/bin", "NOTIFY_SOCKET": place,
                                                                       **environment})
        self.expect("READY=1")
        uid = int(subprocess.check_output(["chroot", root, "id", "-u", user]))
        if os.stat(f"/proc/{self.process.pid}").st_uid != uid or uid == 0:
            fail(f"{name} does not run as {user}")

    def expect(self, state):
        try:
            heard = self.manager.recv(256).decode()
        except TimeoutError:
            fail(f"{self.name} never said {state}")
        if heard != state:
            fail(f"{self.name} said {heard}, not {state}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.expect("STOPPING=1")
        if code := self.process.wait(PATIENCE):
            fail(f"{self.name} ended with {code}")


class Program:
    def __init__(self, root, *arguments):
        self.process = subprocess.Popen(["chroot", root, *arguments], stdin=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if code := self.process.wait(PATIENCE):
            fail(f"{self.process.args} ended with {code}")


def listed(root, leecher):
    done = subprocess.run(["chroot", root, leecher, "--list"], stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
    return done.returncode == 0 and b"sample.bin" in done.stdout


def fetch(root, leecher):
    subprocess.run(["chroot", root, leecher, "sample.bin", "--output", "/fetched", "--no-seed", "--no-cache"], check=True,
                   timeout=PATIENCE)
    if open(f"{root}/fetched/sample.bin", "rb").read() != CONTENT:
        fail("what was fetched is not what was offered")
    os.remove(f"{root}/fetched/sample.bin")


def main(kind, root, binaries="/usr/bin"):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    leecher = f"{binaries}/shoal-leecher"
    write(f"{root}/srv/sample.bin", CONTENT)
    os.makedirs(f"{root}/fetched", exist_ok=True)
    if kind == "units":
        write(f"{root}/etc/shoal/seeder/demo", b"/srv/sample.bin\n")
        running = [Unit(root, "shoal-tracker"), Unit(root, "shoal-seeder@", "demo")]
    else:
        running = [Program(root, f"{binaries}/shoal-tracker"), Program(root, f"{binaries}/shoal-seeder", "/srv/sample.bin")]
    until(lambda: listed(root, leecher), "the tracker lists the file")
    fetch(root, leecher)
    if kind == "units":
        for unit in running:
            unit.process.send_signal(signal.SIGHUP)  # what a reload is
        fetch(root, leecher)
        if any(unit.process.poll() is not None for unit in running):
            fail("a reload ended a service")
    tracker, seeder = running
    seeder.stop()
    if listed(root, leecher):
        fail("the seeder has stopped, and its file is still listed")
    tracker.stop()


main(*sys.argv[1:])
