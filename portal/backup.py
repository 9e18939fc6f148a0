"""Backup and restore: the database and the attachments in one file."""

from __future__ import annotations

import sqlite3
import tarfile
import tempfile
import zlib
from contextlib import closing
from pathlib import Path

from flask import current_app
from sqlalchemy.engine import make_url

DATABASE = "portal.db"
FILES = "files"


class BackupError(RuntimeError):
    """A backup that cannot be made or used; its words say why and what to do."""


def database_path() -> Path:
    """The SQLite file; raises BackupError for another database, which has tools of its own."""
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BackupError(
            "This portal runs on PostgreSQL: back the database up with pg_dump, and the files folder with it."
        )
    return Path(url.database)


def backup(target: Path) -> int:
    """Write database and attachments to `target` (a .tar.gz that must not exist yet) and return its size in bytes.

    The portal may run meanwhile: SQLite's own copy is consistent, and attachments are never changed once written.
    Only its owner may read the file: it holds everything that people wrote.
    """
    if target.exists():
        raise BackupError(f"{target} exists already. Choose another name; backups are never overwritten.")
    source = database_path()
    if not source.exists():
        raise BackupError("There is no database to back up yet.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            unfinished = _pack(source, Path(folder))
            unfinished.chmod(0o600)
            unfinished.rename(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}. Nothing was kept.") from error
    return target.stat().st_size


def _pack(source: Path, folder: Path) -> Path:
    copy, archive_path = folder / DATABASE, folder / "backup.tar.gz"
    files = current_app.config["DATA_DIR"] / FILES
    _copy(source, copy)
    with tarfile.open(archive_path, "w:gz") as archive:
        archive.add(copy, DATABASE)
        if files.is_dir():
            archive.add(files, FILES)
    return archive_path


def restore(source: Path) -> None:
    """Put a backup back, into a data folder that holds no database. Stop the portal first."""
    target = database_path()
    for there in (target, target.with_name(target.name + "-wal")):
        # The journal of another database would be played into the one that is put back.
        if there.exists():
            words = "Stop the portal and move the old database away first; nothing was changed."
            raise BackupError(f"{there} exists. {words}")
    data = current_app.config["DATA_DIR"]
    with tempfile.TemporaryDirectory(dir=data) as folder:
        restored = _unpack(source, Path(folder))
        for file in sorted((Path(folder) / FILES).rglob("*")):
            place = data / FILES / file.relative_to(Path(folder) / FILES)
            if file.is_file() and not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                file.rename(place)
        restored.rename(target)


def _unpack(source: Path, folder: Path) -> Path:
    """The whole database out of the archive; raises BackupError when it is not one, or not whole."""
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise BackupError(f"{source} is not a backup of this portal, or not all of it. Nothing was changed.") from error
    restored = folder / DATABASE
    if not restored.is_file() or troubles(restored):
        raise BackupError(f"{source} holds no whole database; nothing was changed.")
    return restored


def troubles(path: Path) -> list[str]:
    """What SQLite finds wrong with a database file: broken pages and references that lead nowhere."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            words = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            return [f"the file cannot be read: {error}"]
    return words + [f"{row[0]} row {row[1]} refers to a missing {row[2]}" for row in broken[:20]]


def _copy(source: Path, target: Path) -> None:
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    try:
        reading.backup(writing)
    finally:
        reading.close()
        writing.close()
