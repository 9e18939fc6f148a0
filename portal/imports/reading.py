"""A table from a CSV file, packed or not, row by row. What cannot be read is said, not skipped."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from portal.imports.mapping import Layout

LARGEST = 4 * 1024**3
"""What a packed file may grow to. A log of ten million rows is smaller."""
MOST_MEMORY = 256 * 1024**2
PIECE = 256 * 1024
PACKED_BADLY = (EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error)


class FileError(Exception):
    """A file that cannot be used at all, and why."""


class Row(NamedTuple):
    """A row by its number in a spreadsheet (the header is row 1): its cells, or what is wrong with it."""

    number: int
    cells: list[str]
    problem: str | None


class _XzReader(io.RawIOBase):
    """Unpacks .xz with a bound on the memory that the file may ask for, which LZMAFile does not have."""

    def __init__(self, packed: BinaryIO) -> None:
        self.packed, self.rest = packed, b""
        self._start()

    def _start(self) -> None:
        self.unpacker = lzma.LZMADecompressor(memlimit=MOST_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while True:
            if self.unpacker.eof:
                self.rest = (self.unpacker.unused_data or self.packed.read(PIECE)).lstrip(b"\0")
                if not self.rest:
                    return 0
                self._start()
            elif self.unpacker.needs_input and not self.rest:
                self.rest = self.packed.read(PIECE)
                if not self.rest:
                    raise EOFError("the file ends before its data does")
            piece, self.rest = self.unpacker.decompress(self.rest, len(buffer)), b""
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)


class _Bounded(io.RawIOBase):
    """Lets so many bytes through and no more."""

    def __init__(self, inner: io.RawIOBase | BinaryIO, limit: int) -> None:
        self.inner, self.left, self.limit = inner, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self.inner.readinto(buffer) or 0  # type: ignore[union-attr]
        self.left -= count
        if self.left < 0:
            raise FileError(f"The file unpacks to more than {self.limit:,} bytes; split it.")
        return count


class Table:
    """The rows of an open file."""

    def __init__(self, lines: Iterator[str], layout: Layout, packed: BinaryIO, size: int) -> None:
        self.packed, self.size = packed, size
        self.encoding = layout.encoding
        self.reader = csv.reader(lines, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)
        self.header = self._header()

    def _header(self) -> list[str]:
        try:
            names = next(self.reader)
        except StopIteration:
            raise FileError("The file is empty.") from None
        except csv.Error as error:
            raise FileError(f"The header cannot be read: {error}.") from None
        if complaint := self._characters(names):
            raise FileError(f"The header {complaint}.")
        return [name.strip() for name in names]

    def positions(self, columns: tuple[str, ...]) -> list[int]:
        """Where these columns stand; raises FileError when one is missing or stands there twice."""
        count = Counter(self.header)
        problems = [f"The file has no column “{name}”." for name in columns if not count[name]]
        problems += [f"The file has more than one column “{name}”." for name in columns if count[name] > 1]
        if problems:
            raise FileError(" ".join([*problems, f"Its columns are: {', '.join(self.header)}."]))
        return [self.header.index(name) for name in columns]

    @property
    def done(self) -> int:
        """How many bytes of the file have been read, for a progress bar."""
        return self.packed.tell()

    def __iter__(self) -> Iterator[Row]:
        number = 1
        while True:
            number += 1
            begins = self.reader.line_num + 1
            try:
                cells = next(self.reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(number, [], f"broken quoting in {_lines(begins, self.reader.line_num)}: {error}")
                continue
            if cells:
                yield Row(number, cells, self._problem(cells, begins))

    def _problem(self, cells: list[str], begins: int) -> str | None:
        if len(cells) != len(self.header):
            where = _lines(begins, self.reader.line_num)
            return f"{len(cells)} cells instead of {len(self.header)} in {where}"
        return self._characters(cells)

    def _characters(self, cells: list[str]) -> str | None:
        joined = "".join(cells)
        if not joined.isascii() and any("\ud800" <= character <= "\udfff" for character in joined):
            return f"is not written in {self.encoding}"
        if "\0" in joined:
            return "holds a NUL byte"
        return None


def _lines(first: int, last: int) -> str:
    return f"line {first}" if first >= last else f"lines {first} to {last}"


@contextmanager
def open_table(path: Path, layout: Layout, *, limit: int = LARGEST) -> Iterator[Table]:
    """The table in that file. Raises FileError for a file that cannot be used, also while its rows are read."""
    try:
        with path.open("rb") as packed:
            # A byte that is no character is kept as a mark, so that it costs one row and not the whole file.
            encoding = (
                "utf-8-sig" if layout.encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else layout.encoding
            )
            unpacked = io.BufferedReader(_Bounded(_unpack(path, packed), limit), PIECE)
            lines = io.TextIOWrapper(unpacked, encoding=encoding, errors="surrogateescape", newline="")
            yield Table(iter(lines), layout, packed, path.stat().st_size)
    except PACKED_BADLY as error:
        raise FileError(f"The file cannot be unpacked: {error}.") from None
    except UnicodeError:
        raise FileError(f"The file is not written in {layout.encoding}.") from None
    except OSError as error:
        raise FileError(f"The file cannot be read: {error.strerror or error}.") from None


def _unpack(path: Path, packed: BinaryIO) -> io.RawIOBase | BinaryIO:
    if path.suffix == ".gz":
        return gzip.GzipFile(fileobj=packed)  # type: ignore[return-value]
    if path.suffix == ".bz2":
        return bz2.BZ2File(packed)  # type: ignore[return-value]
    return _XzReader(packed) if path.suffix == ".xz" else packed
