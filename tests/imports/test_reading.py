"""Files come packed, broken and strange; what cannot be read is said."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import Path

import pytest

from portal.imports.mapping import Layout
from portal.imports.reading import FileError, Row, open_table
from tests.imports.conftest import EXCERPT

PACKERS = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}


def rows(path: Path, layout: Layout | None = None, **more: int) -> list[Row]:
    with open_table(path, layout or Layout(), **more) as table:
        return list(table)


def rows_of(tmp_path: Path, content: bytes, layout: Layout | None = None) -> list[Row]:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    return rows(path, layout)


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_reads_like_the_plain_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"log.csv{suffix}"
    path.write_bytes(PACKERS[suffix](EXCERPT.read_bytes()))
    assert rows(path) == rows(EXCERPT)


def test_several_xz_streams_in_one_file_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.xz"
    path.write_bytes(lzma.compress(b"a,b\n1,2\n") + b"\0" * 8 + lzma.compress(b"3,4\n"))
    assert [row.cells for row in rows(path)] == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_file_that_grows_beyond_all_bounds_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bomb.csv{suffix}"
    path.write_bytes(PACKERS[suffix](b"a,b\n" + b"1,2\n" * 500_000))
    with pytest.raises(FileError, match="unpacks to more than 1,000,000 bytes"):
        rows(path, limit=1_000_000)


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_that_was_cut_off_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"log.csv{suffix}"
    path.write_bytes(PACKERS[suffix](EXCERPT.read_bytes())[:-2000])
    with pytest.raises(FileError):
        rows(path)


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"log.csv{suffix}"
    path.write_bytes(EXCERPT.read_bytes())
    with pytest.raises(FileError):
        rows(path)


def test_an_xz_file_that_asks_for_gigabytes_of_memory_is_refused(tmp_path: Path) -> None:
    # A header that asks for a dictionary of 1.5 GiB; 4 KiB would do for what follows.
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 4096}]
    packed = bytearray(lzma.compress(b"a,b\n1,2\n", filters=filters))
    assert packed[14:16] == b"\x21\x01"  # the filter's number and the length of its properties
    packed[16] = 39 - 2
    packed[20:24] = zlib.crc32(bytes(packed[12:20])).to_bytes(4, "little")
    path = tmp_path / "log.csv.xz"
    path.write_bytes(packed)
    with pytest.raises(FileError, match=r"[Mm]emory"):
        rows(path)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(mark + b"no,what\n1,x\n")
    with open_table(path, Layout()) as table:
        assert table.positions(("no", "what")) == [0, 1]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_the_encoding_of_the_mapping_is_used(tmp_path: Path, encoding: str) -> None:
    content = "no;what\n1;Müller\n".encode(encoding)
    assert rows_of(tmp_path, content, Layout(encoding=encoding, delimiter=";"))[0].cells == ["1", "Müller"]


def test_a_row_in_another_encoding_costs_that_row_only(tmp_path: Path) -> None:
    first, second = rows_of(tmp_path, b"no,what\n1,M\xfcller\n2,x\n")
    assert first.problem == "is not written in utf-8"
    assert second == Row(3, ["2", "x"], None)


def test_a_nul_byte_is_reported(tmp_path: Path) -> None:
    assert rows_of(tmp_path, b"no,what\n1,a\0b\n")[0].problem == "holds a NUL byte"


def test_broken_quoting_is_reported_with_its_lines_and_reading_goes_on(tmp_path: Path) -> None:
    first, second, third = rows_of(tmp_path, b'no,what\n1,"a"b\n2,x\n3,"never closed\n4,y\n')
    assert first.problem and first.problem.startswith("broken quoting in line 2")
    assert second.cells == ["2", "x"]
    assert third.problem and third.problem.startswith("broken quoting in lines 4 to 5")


def test_a_row_with_too_few_cells_is_reported(tmp_path: Path) -> None:
    first, second = rows_of(tmp_path, b"no,what\n1\n\n2,x\n")
    assert first.problem == "1 cells instead of 2 in line 2"
    assert second.number == 4


def test_line_breaks_inside_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    assert rows_of(tmp_path, b'no,what\n1,"a\nb"\n')[0].cells == ["1", "a\nb"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "The file is empty"),
        (b"number,what\n", "has no column “no”"),
        (b"no,no,what\n", "more than one column “no”"),
        (b"\xff\xfen\0o\0", "is not written in utf-8"),
    ],
)
def test_a_file_without_the_columns_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=complaint), open_table(path, Layout()) as table:
        table.positions(("no", "what"))
