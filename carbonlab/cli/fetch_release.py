"""``carbonlab fetch NAME``."""

from __future__ import annotations

import argparse

from carbonlab.cli.output import say, say_json, tell, tell_again
from carbonlab.errors import NotFoundError
from carbonlab.formats.fetch import fetch_release, list_releases
from carbonlab.spelling import did_you_mean

EPILOG = """\
A download that breaks off is taken up where it stopped; what arrives is checked against a known checksum.

example:
  carbonlab fetch uslci
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("release", metavar="NAME", help="one of: " + ", ".join(list_releases()))
    parser.add_argument("--out", default=".", metavar="DIR", help="folder for the file (default: here)")
    parser.add_argument(
        "--url", default=None, help="another address to download from; the checksum stays the same"
    )


def run(given: argparse.Namespace) -> int:
    """Download and say where the file is."""
    if given.release not in list_releases():
        raise NotFoundError(
            f"there is no release {given.release!r}",
            remedy=did_you_mean(given.release, list_releases())
            + f"choose one of {', '.join(list_releases())}",
        )
    path = fetch_release(given.release, folder=given.out, base_url=given.url, progress=_Meter())
    if given.json:
        say_json({"release": given.release, "file": str(path)})
    else:
        say(f"{path}\nnext: carbonlab import {path} {given.release}")
    return 0


class _Meter:
    """Tell how much has arrived, once per percent, or per 10 MB where the size is not known."""

    def __init__(self) -> None:
        self.told = -1

    def __call__(self, arrived: int, total: int | None) -> None:
        step = 100 * arrived // total if total else arrived // 10_000_000
        if step > self.told:
            self.told = step
            size = f"{arrived / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB ({step} %)" if total else "")
            tell_again(f"downloading: {size}")
            if total and arrived >= total:
                tell("")
