"""Makes a torrent file as another client would, with a piece length of its own choice."""

import argparse
import os

import libtorrent as lt
import reporting


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the only way it speaks")
    parser.add_argument("--v1", action="store_true", help="BitTorrent v1 only, instead of v2 only")
    parser.add_argument("--hybrid", action="store_true", help="of both versions")
    parser.add_argument("--private", action="store_true")
    parser.add_argument("--piece-length", type=int, default=0)
    parser.add_argument("--tracker", action="append", default=[], metavar="HOST:PORT")
    parser.add_argument("file")
    parser.add_argument("torrent")
    options = parser.parse_args()

    storage = lt.file_storage()
    lt.add_files(storage, options.file)
    flag = lt.create_torrent.v1_only if options.v1 else lt.create_torrent.v2_only
    if options.hybrid:
        flag = 0
    creator = lt.create_torrent(storage, piece_size=options.piece_length, flags=flag)
    creator.set_priv(options.private)
    for tracker in options.tracker:
        creator.add_tracker(f"udp://{tracker}")
    lt.set_piece_hashes(creator, os.path.dirname(options.file))
    content = lt.bencode(creator.generate())
    with open(options.torrent, "wb") as out:
        out.write(content)
    describe(lt.torrent_info(content))


def describe(info):
    files = info.files()
    reporting.tell(
        "made",
        name=info.name(),
        length=info.total_size(),
        pieces=info.num_pieces(),
        piece_length=info.piece_length(),
        root=str(files.root(0)) if info.info_hashes().has_v2() else "",
        info_hash=str(info.info_hashes().get_best()),
        magnet=lt.make_magnet_uri(info),
    )


if __name__ == "__main__":
    main()
