"""One libtorrent session. libtorrent_peer.py TORRENT DIRECTORY PORT. Says `ready`, reads the ports of its peers as a line of
JSON, says `complete` when everything is here and proven, and stays until it is stopped."""
import json
import signal
import sys

import libtorrent as lt

# Loopback TCP without discovery, and the limits lifted that a line of such speed runs into.
SETTINGS = {
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "enable_incoming_utp": False, "enable_outgoing_utp": False, "in_enc_policy": 2, "out_enc_policy": 2,
    "allow_multiple_connections_per_ip": True, "unchoke_slots_limit": -1, "connection_speed": 500,
    "smooth_connects": False, "max_out_request_queue": 4000, "max_allowed_in_request_queue": 8000,
    "request_queue_time": 10, "send_buffer_watermark": 8 << 20, "send_buffer_low_watermark": 1 << 20,
    "send_buffer_watermark_factor": 200, "send_not_sent_low_watermark": 1 << 20, "max_peer_recv_buffer_size": 4 << 20,
    "max_queued_disk_bytes": 64 << 20, "aio_threads": 2, "hashing_threads": 1, "tick_interval": 100,
    "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
}


def main():
    torrent, directory, port = sys.argv[1:]
    session = lt.session({**SETTINGS, "listen_interfaces": "127.0.0.1:" + port})
    print("ready", flush=True)
    peers = json.loads(sys.stdin.readline())
    parameters = lt.add_torrent_params()
    parameters.ti = lt.torrent_info(torrent)
    parameters.save_path = directory
    parameters.flags = lt.torrent_flags.update_subscribe  # neither paused nor queued
    handle = session.add_torrent(parameters)
    for peer in peers:
        handle.connect_peer(("127.0.0.1", peer))
    while not handle.status().is_seeding:
        session.wait_for_alert(100)
        for alert in session.pop_alerts():
            if isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert)):
                sys.exit(alert.message())
    print("complete", flush=True)
    signal.pause()


main()
