"""The project's own three programs."""
import json
import os
import subprocess
import time

from machine import Run, cpu_seconds, start, stop


class Shoal:
    def __init__(self, programs, source, scratch, receivers, name="Shoal"):
        self.name = name
        self.programs = programs
        self.source = source

    def missing(self):
        return None

    def program(self, name, *arguments):
        return start(os.path.join(self.programs, name), *arguments, "--listen", "127.0.0.1:0", "--json",
                     stdout=subprocess.PIPE)

    def start(self):
        self.tracker = self.program("tracker")
        self.address = wait_for(self.tracker, "listening")["address"]
        self.seeder = self.program("seeder", "--tracker", self.address, self.source)
        wait_for(self.seeder, "registered")

    def stop(self):
        stop(self.seeder)
        stop(self.tracker)

    def fetch(self, targets):
        before = cpu_seconds(self.seeder.pid)
        begin = time.monotonic()
        leechers = [self.program("leecher", "--tracker", self.address, "--output", target,
                                 os.path.basename(self.source)) for target in targets]
        try:
            for leecher in leechers:
                wait_for(leecher, "complete")
            seconds = time.monotonic() - begin
            return Run(seconds, cpu_seconds(self.seeder.pid) - before,
                       sum(cpu_seconds(leecher.pid) for leecher in leechers))
        finally:
            for leecher in leechers:
                stop(leecher)


def wait_for(program, event):
    for line in program.stdout:
        said = json.loads(line)
        if said["event"] == event:
            return said
        if said["event"] == "failed":
            raise RuntimeError("%s: %s" % (program.args[0], line))
    raise RuntimeError("%s ended without %s" % (program.args[0], event))
