"""Refuse a workbook that is built to do harm, before any library unpacks it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from carbonlab.errors import FormatError
from carbonlab.formats.archive import Limits, open_archive

LIMITS = Limits(files=2_000, total_bytes=2**30)

_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00")


def check_workbook(path: Path) -> None:
    """Raise if a file is no workbook, is built to fill the memory, or declares XML entities.

    Workbooks of spreadsheet programs hold no document type declaration and are written in UTF-8: nobody needs
    what is refused here.

    Raises
    ------
    FormatError
        In these cases.
    """
    if not zipfile.is_zipfile(path):
        raise _refused(path, "it is no .xlsx file inside, whatever its name says")
    with open_archive(path, limits=LIMITS) as archive:
        if "[Content_Types].xml" not in archive.names:
            raise _refused(path, "it is a zip file but holds no workbook")
        for name in archive.names:
            data = archive.read(name)
            if any(word in data for word in _FORBIDDEN):
                raise _refused(path, f"its part {name!r} declares a document type or entities")
            if name.endswith((".xml", ".rels")) and data.startswith(_OTHER_ENCODINGS):
                raise _refused(path, f"its part {name!r} is not written in UTF-8")


def _refused(path: Path, why: str) -> FormatError:
    return FormatError(
        f"{path.name} cannot be read as a workbook",
        where=str(path),
        why=why,
        remedy="open it in a spreadsheet program and save it again as .xlsx, or each sheet as CSV",
    )
