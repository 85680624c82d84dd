"""A BitTorrent client on python3-libtorrent, for one torrent. DHT, LSD, UPnP, NAT-PMP and uTP are off."""

import os
import time

import libtorrent as lt
import reporting

SETTINGS = {
    # With several, 2.0.8 now and then loses a block that it proved from memory: zeros in the file.
    "aio_threads": 1,
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "enable_incoming_utp": False,
    "allow_multiple_connections_per_ip": True,
    "min_reconnect_time": 5,  # instead of a minute, so that no test has to wait for it
    "alert_mask": lt.alert.category_t.tracker_notification
    | lt.alert.category_t.error_notification
    | lt.alert.category_t.status_notification
    | lt.alert.category_t.connect_notification
    | lt.alert.category_t.storage_notification,
}

# Takes the blocks of one piece from several peers, as it does by itself from slow ones only.
MIXING = {"whole_pieces_threshold": 0, "initial_picker_threshold": 0, "prioritize_partial_pieces": True}


def listen_interface(address):
    return f"[{address}]:0" if ":" in address else f"{address}:0"


def endpoint(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def what_to_add(options):
    if options.magnet:
        added = lt.parse_magnet_uri(options.magnet)
    else:
        added = lt.add_torrent_params()
        added.ti = lt.torrent_info(options.torrent)
    added.save_path = options.folder
    return added


def main():
    parser = reporting.arguments(__doc__)
    parser.add_argument("--mix-peers", action="store_true")
    options = parser.parse_args()
    reporting.catch_signals()
    settings = {**SETTINGS, **(MIXING if options.mix_peers else {})}
    session = lt.session({**settings, "listen_interfaces": listen_interface(options.listen)})
    handle = session.add_torrent(what_to_add(options))
    if options.upload_limit:
        handle.set_upload_limit(options.upload_limit)
    if options.download_limit:
        handle.set_download_limit(options.download_limit)
    reporting.tell("client", name="libtorrent", version=lt.__version__)

    last = {}

    def step():
        for alert in session.pop_alerts():
            if isinstance(alert, lt.listen_succeeded_alert):
                reporting.tell("listening", address=endpoint(alert.address, alert.port))
            elif isinstance(alert, lt.tracker_reply_alert):
                reporting.tell("tracker", answers=True, peers=alert.num_peers)
            elif isinstance(alert, lt.tracker_error_alert):
                reporting.tell("tracker", answers=False, peers=0)
            elif isinstance(alert, lt.scrape_reply_alert):
                reporting.tell("scraped", seeders=alert.complete, leechers=alert.incomplete)
            elif isinstance(alert, lt.torrent_finished_alert):
                handle.flush_cache()  # it has proven what it may not have written yet
            elif isinstance(alert, lt.cache_flushed_alert):
                if handle.status().is_finished and not last.get("complete"):
                    last["complete"] = True
                    report("complete")
            elif isinstance(alert, lt.peer_disconnected_alert):
                reporting.tell("peer_left", message=alert.message())
            elif isinstance(alert, lt.torrent_error_alert):
                reporting.tell("failed", message=str(alert))
        report("progress")

    def report(event):
        status = handle.status()
        now = {
            "bytes": status.total_wanted_done,
            "fetched": status.total_payload_download,
            "uploaded": status.total_payload_upload,
            "peers": status.num_peers,
            "state": str(status.state),
            "seeding": status.is_seeding,
        }
        if event != "progress" or now != last.get("progress"):
            last["progress"] = now
            reporting.tell(event, **now)

    reporting.until_stopped(step)
    report("ended")
    tell_tracker_of_the_end(session, handle)


def tell_tracker_of_the_end(session, handle):
    """A session that just ends does not send "stopped"."""
    session.pop_alerts()
    handle.unset_flags(lt.torrent_flags.auto_managed)
    handle.pause()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        session.wait_for_alert(500)
        for alert in session.pop_alerts():
            if isinstance(alert, (lt.tracker_reply_alert, lt.tracker_error_alert)):
                return


if __name__ == "__main__":
    os.umask(0o022)
    main()
