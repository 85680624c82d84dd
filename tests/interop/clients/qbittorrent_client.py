"""qbittorrent-nox for one torrent, driven through its web API on loopback. DHT, LSD, UPnP, NAT-PMP and uTP are off."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import reporting

CONFIGURATION = """[BitTorrent]
Session\\AsyncIOThreadsCount=1
Session\\BTProtocol=TCP
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=true
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\InterfaceAddress={listen}
Session\\MultiConnectionsPerIp=true
Session\\Port={port}
Session\\QueueingSystemEnabled=false

[LegalNotice]
Accepted=true

[Network]
PortForwardingEnabled=false

[Preferences]
General\\Locale=en
WebUI\\Address=127.0.0.1
WebUI\\LocalHostAuth=false
WebUI\\Port={web}
WebUI\\UseUPnP=false
"""


class Client:
    def __init__(self, options):
        self._port = reporting.free_port()
        self._web = reporting.free_port()
        folder = os.path.join(options.state, "qBittorrent", "config")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "qBittorrent.conf"), "w", encoding="ascii") as out:
            out.write(CONFIGURATION.format(listen=options.listen, port=self._port, web=self._web))
        self.process = reporting.start(
            ["qbittorrent-nox", f"--profile={options.state}"],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "HOME": options.state, "QT_LOGGING_RULES": "*=false"},
        )

    @property
    def address(self):
        return f"127.0.0.1:{self._port}"

    def ask(self, what, fields=None, files=None):
        """Text of the answer; None while the web API is not there."""
        request = urllib.request.Request(f"http://127.0.0.1:{self._web}/api/v2/{what}")
        if fields is not None:
            boundary = uuid.uuid4().hex
            request.data = multipart(boundary, fields, files or {})
            request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode()
        except (ConnectionError, TimeoutError, urllib.error.URLError):
            return None

    def wait_for_version(self):
        while self.process.poll() is None:
            version = self.ask("app/version")
            if version:
                return version
            time.sleep(0.1)
        raise SystemExit(f"qbittorrent-nox ended with {self.process.returncode}")


def multipart(boundary, fields, files):
    parts = []
    for name, value in fields.items():
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (file, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/x-bittorrent\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def add(client, options):
    fields = {"savepath": options.folder, "autoTMM": "false", "dlLimit": options.download_limit}
    files = {}
    if options.magnet:
        fields["urls"] = options.magnet
    else:
        with open(options.torrent, "rb") as torrent:
            files["torrents"] = ("x.torrent", torrent.read())
    answer = client.ask("torrents/add", fields, files)
    if answer != "Ok.":
        raise SystemExit(f"qbittorrent-nox does not take it: {answer}")


def main():
    options = reporting.arguments(__doc__).parse_args()
    reporting.catch_signals()
    client = Client(options)
    reporting.tell("client", name="qBittorrent", version=client.wait_for_version())
    reporting.tell("listening", address=client.address)
    if client.ask("torrents/info") == "[]":  # else it remembers from last time
        add(client, options)

    last = {}

    def step():
        for torrent in json.loads(client.ask("torrents/info") or "[]"):
            now = {
                "bytes": torrent["completed"],
                "fetched": torrent["downloaded_session"],
                "uploaded": torrent["uploaded_session"],
                "peers": torrent["num_seeds"] + torrent["num_leechs"],
                "state": torrent["state"],
                "seeding": torrent["progress"] == 1 and "UP" in torrent["state"],
            }
            if now != last.get("progress"):
                last["progress"] = now
                reporting.tell("progress", **now)
            if now["seeding"] and not last.get("complete"):
                last["complete"] = True
                reporting.tell("complete", **now)
            trackers = json.loads(client.ask(f"torrents/trackers?hash={torrent['hash']}") or "[]")
            answers = any(each["url"].startswith("udp") and each["status"] == 2 for each in trackers)
            if answers and not last.get("tracker"):
                last["tracker"] = True
                reporting.tell("tracker", answers=True, peers=now["peers"])

    reporting.until_stopped(step)
    reporting.tell("ended", **last.get("progress", {}))
    reporting.finish(client.process)


if __name__ == "__main__":
    main()
