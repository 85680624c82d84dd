"""Has libtorrent load torrent files and tells what it finds in each."""

import argparse

import libtorrent as lt
import reporting


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the only way it speaks")
    parser.add_argument("torrents", nargs="+", metavar="FILE")
    for path in parser.parse_args().torrents:
        try:
            info = lt.torrent_info(path)
        except RuntimeError as error:
            reporting.tell("refused", file=path, message=str(error))
            continue
        reporting.tell(
            "loaded",
            file=path,
            name=info.name(),
            length=info.files().file_size(0),  # without padding
            pieces=info.num_pieces(),
            piece_length=info.piece_length(),
            root=str(info.files().root(0)),
            info_hash=str(info.info_hashes().v2),
            trackers=[tracker.url for tracker in info.trackers()],
        )


if __name__ == "__main__":
    main()
