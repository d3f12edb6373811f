"""The example that is shipped with carbonlab: a paper cup, to look at and to fill in."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from carbonlab.atomic import new_folder
from carbonlab.formats.tables.layout import LAYOUTS
from carbonlab.formats.tables.reading import read_unclassified
from carbonlab.formats.tables.writing import write_tables


def write_example(path: Path | str) -> None:
    """Write an example of carbonlab tables: a paper cup in five processes, every figure invented for illustration.

    Parameters
    ----------
    path : Path or str
        A new folder, or a new workbook if it ends in ``.xlsx``.

    Raises
    ------
    StoreError
        If something of this name exists already, or the disk refuses.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from carbonlab.formats.tables import read_tables
    >>> with TemporaryDirectory() as folder:
    ...     write_example(f"{folder}/cup")
    ...     read_tables(f"{folder}/cup").processes.num_rows
    5
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        with new_folder(path) as draft:
            _copy_to(draft)
        return
    with TemporaryDirectory() as folder:
        _copy_to(Path(folder))
        write_tables(read_unclassified(Path(folder)), path)


def _copy_to(folder: Path) -> None:
    packaged = resources.files("carbonlab.formats.tables") / "example"
    for name in LAYOUTS:
        file = packaged / f"{name}.csv"
        if file.is_file():
            (folder / f"{name}.csv").write_bytes(file.read_bytes())
