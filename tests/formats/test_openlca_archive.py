"""Folders and zip files from others: what is refused, and that nothing outside is ever read."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from carbonlab.errors import FormatError
from carbonlab.formats.archive import Limits, open_archive
from carbonlab.formats.openlca import read_openlca

SMALL = Limits(files=5, file_bytes=1000, total_bytes=2000, small_bytes=100, depth=2, name_length=40)


def zip_with(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def refused(path: Path, limits: Limits | None = None) -> FormatError:
    with pytest.raises(FormatError) as error:
        open_archive(path, limits=limits)
    assert error.value.remedy
    return error.value


def named(name: str) -> zipfile.ZipInfo:
    """Return an entry of exactly this name; zipfile itself would mend some of them."""
    entry = zipfile.ZipInfo("x")
    entry.filename = entry.orig_filename = name
    return entry


def test_folder_and_zip_give_the_same_files(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "inner").mkdir(parents=True)
    (folder / "b.txt").write_bytes(b"two")
    (folder / "inner" / "a.txt").write_bytes(b"one")
    packed = zip_with(tmp_path / "data.zip", ("inner/a.txt", b"one"), ("b.txt", b"two"), ("empty/", b""))
    for path in (folder, packed):
        with open_archive(path) as archive:
            assert archive.names == ("b.txt", "inner/a.txt")
            assert [archive.read(name) for name in archive.names] == [b"two", b"one"]
            assert archive.place("b.txt") == f"{path.name}: b.txt"


def test_backslashes_of_old_windows_programs_separate_folders(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "data.zip", (named("inner\\a.txt"), b"one"))
    with open_archive(path) as archive:
        assert archive.names == ("inner/a.txt",)
        assert archive.read("inner/a.txt") == b"one"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../outside.json", "../outside.json has a path with '..' as its name"),
        ("processes/../../outside.json", "has a path with '..' as its name"),
        ("..\\outside.json", "../outside.json has a path with '..' as its name"),
        ("/etc/passwd", "/etc/passwd has an absolute path as its name"),
        ("\\\\server\\share", "//server/share has an absolute path as its name"),
        ("C:/windows/system.ini", "C:/windows/system.ini has an absolute path as its name"),
    ],
)
def test_names_that_lead_outside(name: str, words: str, tmp_path: Path) -> None:
    error = refused(zip_with(tmp_path / "bad.zip", ("good.json", b"{}"), (named(name), b"{}")))
    assert words in error.what
    assert error.where.startswith("bad.zip: ")
    assert error.why == "it leads outside of the folder that is read"


@pytest.mark.parametrize("name", ["a//b.json", "a\x07b.json", "a\nb.json", "a\x00b.json"])
def test_names_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    error = refused(zip_with(tmp_path / "bad.zip", (named(name), b"{}")))
    assert "has no readable name" in error.what
    assert "control characters" in error.why
    assert error.where.isprintable()


def test_the_same_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        zip_with(path, ("processes/a.json", b"1"), ("processes/a.json", b"2"))
    error = refused(path)
    assert error.what == "processes/a.json is in the zip file more than once"
    assert error.why == "programs disagree on which of them counts"


def test_a_link_in_a_zip_file(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("processes/a.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    error = refused(zip_with(tmp_path / "bad.zip", (link, b"/etc/passwd")))
    assert error.what == "processes/a.json is a link or a device, not a file"


def test_a_link_in_a_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = tmp_path / "data"
    (folder / "processes").mkdir(parents=True)
    (folder / "processes" / "a.json").symlink_to(secret)
    error = refused(folder)
    assert error.what == "processes/a.json is a link or a device, not a file"
    assert error.where == "data: processes/a.json"
    (folder / "processes" / "a.json").unlink()
    (folder / "flows").symlink_to(tmp_path)
    assert refused(folder).what == "flows is a link or a device, not a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names on this system")
def test_a_pipe_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data" / "pipe")
    assert refused(tmp_path / "data").what == "pipe is a link or a device, not a file"


def test_an_encrypted_file(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "bad.zip", ("a.json", b"{}"))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    error = refused(path)
    assert error.what == "a.json is encrypted"
    assert error.remedy == "unpack it, then read the folder"


def test_a_zip_bomb(tmp_path: Path) -> None:
    error = refused(zip_with(tmp_path / "bad.zip", ("processes/a.json", b" " * 5 * 2**20)))
    assert "processes/a.json unpacks to 1," in error.what
    assert "the limit is 250" in error.what
    assert error.why == "only files that are built to fill the memory do that"


def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    """The directory says 10 bytes; 50 MiB are packed. No more than the stated bytes are unpacked."""
    path = zip_with(tmp_path / "bad.zip", ("processes/a.json", b" " * 50 * 2**20))
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", 50 * 2**20), struct.pack("<L", 10)))
    with open_archive(path) as archive, pytest.raises(FormatError) as error:
        archive.read("processes/a.json")
    assert error.value.what == "a file of the zip file is damaged"
    assert error.value.where == "bad.zip: processes/a.json"
    assert "CRC" in error.value.why


def test_an_unusual_packing_method(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.json", b"{}")
    assert refused(path).what == "a.json is packed by an unusual method"


def test_damaged_content(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "bad.zip", ("a.json", bytes(range(256)) * 20))
    data = bytearray(path.read_bytes())
    data[60:80] = b"\xff" * 20
    path.write_bytes(data)
    with open_archive(path) as archive, pytest.raises(FormatError, match="damaged"):
        archive.read("a.json")


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04" + b"\x00" * 50])
def test_no_zip_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)
    error = refused(path)
    assert error.what == "bad.zip cannot be read as a zip file"
    assert error.where == str(path)
    assert "unfinished download" in error.remedy


def test_a_truncated_zip_file(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "bad.zip", ("a.json", b"{}" * 1000))
    path.write_bytes(path.read_bytes()[:-30])
    assert "cannot be read as a zip file" in refused(path).what


def test_nothing_there(tmp_path: Path) -> None:
    error = refused(tmp_path / "nothing.zip")
    assert error.what == f"there is no file or folder {str(tmp_path / 'nothing.zip')!r}"
    with pytest.raises(FormatError, match="there is no file or folder"):
        read_openlca(tmp_path / "nothing.zip")


def many_files(path: Path, kind: str, files: list[tuple[str, int]]) -> Path:
    if kind == "zip":
        return zip_with(path / "bad.zip", *((name, os.urandom(size)) for name, size in files))
    for name, size in files:
        (path / "bad" / name).parent.mkdir(parents=True, exist_ok=True)
        (path / "bad" / name).write_bytes(os.urandom(size))
    return path / "bad"


LIMITS = {
    "too many files": ([(f"{i}.json", 1) for i in range(6)], "holds 6 files or more; the limit is 5"),
    "too much together": ([(f"{i}.json", 900) for i in range(3)], "holds 0 MiB or more; the limit is 0 MiB"),
    "too deep": ([("a/b/c/d.json", 1)], "lies in 3 folders and has a name of 12 characters"),
    "too long a name": ([("x" * 41, 1)], "lies in 0 folders and has a name of 41 characters"),
}


@pytest.mark.parametrize("kind", ["zip", "folder"])
@pytest.mark.parametrize("what", LIMITS)
def test_limits(what: str, kind: str, tmp_path: Path) -> None:
    files, words = LIMITS[what]
    error = refused(many_files(tmp_path, kind, files), SMALL)
    assert words in error.what
    assert error.why


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_a_file_that_is_too_large(kind: str, tmp_path: Path) -> None:
    path = many_files(tmp_path, kind, [("a.json", 1001)])
    with pytest.raises(FormatError) as error, open_archive(path, limits=SMALL) as archive:
        archive.read("a.json")
    assert error.value.what == "a.json is 0 MiB large; the limit is 0 MiB"
    assert error.value.why == "reading it could fill the memory"


def test_a_package_that_leads_outside_is_not_read_at_all(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "bad.zip", ("processes/a.json", b"{}"), (named("../../x.json"), b"{}"))
    with pytest.raises(FormatError, match=r"has a path with '\.\.' as its name"):
        read_openlca(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.zip"], "nothing is unpacked"
