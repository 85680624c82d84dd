#!/usr/bin/env python3
"""Looks at the Containerfile for what matters, without a program that builds containers.

Usage: container.py CONTAINERFILE ROOT     ROOT: where the Debian package is installed
"""
import json
import os
import re
import sys


def instructions(text):
    """Pairs of a word and what follows it; a line that ends with \\ goes on."""
    text = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in text.splitlines() if line.strip()]


def main(path, root):
    lines = instructions(open(path, encoding="utf-8").read())
    faults = []

    def expect(holds, what):
        if not holds:
            faults.append(what)

    starts = [i for i, (word, _) in enumerate(lines) if word == "FROM"]
    build, final = lines[starts[0]:starts[-1]], lines[starts[-1]:]
    of = lambda stage, wanted: [rest for word, rest in stage if word == wanted]
    expect(len(starts) == 2, "there is a stage that builds and one that is run")
    for image in of(lines, "FROM"):
        expect(re.fullmatch(r"[a-z]+:\d[\w.-]*( AS \w+)?", image), f"FROM {image}: a release is named, no registry, not the newest")
    expect(of(build, "RUN") == ["scripts/package"], "what is built is what scripts/test-package tests")
    expect(of(final, "COPY") == ["--from=build /shoal/build/packages/shoal_*.deb /tmp/"], "only the package goes into the image")
    expect(not of(lines, "ADD"), "nothing is fetched or unpacked on the side")
    installs = " ".join(of(final, "RUN"))
    for part in ["apt-get install -y --no-install-recommends", "/tmp/shoal_*.deb", "rm -rf", "/var/lib/apt/lists/*"]:
        expect(part in installs, f"the installation has: {part}")
    users = of(final, "USER")
    expect(len(users) == 1 and users[0] not in ("root", "0"), "it runs as a user without rights")
    accounts = open(f"{root}/etc/passwd", encoding="utf-8").read()
    expect(users and re.search(f"^{re.escape(users[0])}:", accounts, re.M), "the package makes that user")
    words = [word for word, _ in final]
    expect("USER" in words and words.index("USER") > max(i for i, word in enumerate(words) if word == "RUN"),
           "the user comes after the installation")
    checks = [rest.split("CMD", 1)[1] for rest in of(final, "HEALTHCHECK") if "CMD" in rest]
    expect(len(checks) == 1, "there is a health check")
    # run.py runs that very command against the tracker.
    expect(all(json.loads(check) == ["shoal-leecher", "--list"] for check in checks), "the health check asks the tracker")
    for command in of(final, "CMD") + checks:
        expect(os.access(f"{root}/usr/bin/{json.loads(command)[0]}", os.X_OK), f"the package has what is run: {command}")
    if faults:
        sys.exit("\n".join(f"{path}: does not hold: {fault}" for fault in faults))


main(*sys.argv[1:])
