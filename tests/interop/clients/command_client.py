"""aria2c or transmission-cli for one torrent file. LSD, UPnP, NAT-PMP and uTP are off, and so is the DHT but for
aria2, which needs it for UDP trackers; it asks nobody there."""

import hashlib
import json
import os
import signal
import subprocess
import sys

import libtorrent as lt
import reporting


def version_of(program):
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (told.stdout or told.stderr).splitlines()[0]


def aria2(options):
    # It has no nodes to begin with here, and does not ask any for a private torrent.
    return [
        "aria2c",
        "--no-conf",
        "--enable-dht=true",
        f"--dht-file-path={options.state}/dht.dat",
        f"--dht-listen-port={reporting.free_port()}",
        "--enable-dht6=false",
        "--bt-enable-lpd=false",
        "--enable-peer-exchange=false",
        f"--listen-port={reporting.free_port()}",
        "--check-integrity=true",
        "--file-allocation=none",
        "--seed-ratio=0.0",
        "--bt-stop-timeout=0",
        "--console-log-level=warn",
        "--summary-interval=0",
        f"--dir={options.folder}",
        options.torrent,
    ]


def transmission(options):
    # Looks at what is there already by itself; with --verify it would do so twice, and then may end.
    settings = {
        "bind-address-ipv4": options.listen,
        "dht-enabled": False,
        "lpd-enabled": False,
        "pex-enabled": False,
        "port-forwarding-enabled": False,
        "utp-enabled": False,
    }
    with open(os.path.join(options.state, "settings.json"), "w", encoding="ascii") as out:
        json.dump(settings, out)
    return [
        "transmission-cli",
        "--config-dir",
        options.state,
        "--no-portmap",
        "--port",
        str(reporting.free_port()),
        "--download-dir",
        options.folder,
        options.torrent,
    ]


CLIENTS = {"aria2": aria2, "transmission": transmission}


def is_whole(torrent, folder):
    """Checks the content itself: these programs have no machine-readable way to tell."""
    path = os.path.join(folder, torrent.name())
    if not os.path.exists(path) or os.path.getsize(path) != torrent.total_size():
        return False
    with open(path, "rb") as content:
        return all(
            hashlib.sha1(content.read(torrent.piece_size(piece))).digest() == torrent.hash_for_piece(piece)
            for piece in range(torrent.num_pieces())
        )


def main():
    parser = reporting.arguments(__doc__)
    parser.add_argument("client", choices=CLIENTS)
    options = parser.parse_args()
    reporting.catch_signals()
    command = CLIENTS[options.client](options)
    torrent = lt.torrent_info(options.torrent)
    reporting.tell("client", name=options.client, version=version_of(command[0]))
    with open(os.path.join(options.state, "said"), "wb") as said:
        process = reporting.start(command, stdout=said, stderr=said)
    whole = False

    def step():
        nonlocal whole
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended with {process.returncode}")
        if not whole and is_whole(torrent, options.folder):
            whole = True
            reporting.tell("complete")

    try:
        reporting.until_stopped(step)
        reporting.finish(process, signal.SIGINT)
    finally:
        with open(os.path.join(options.state, "said"), "rb") as said:
            sys.stderr.write(said.read()[-2000:].decode(errors="replace"))


if __name__ == "__main__":
    main()
