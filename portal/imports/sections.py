"""A mapping file part by part: each key is asked for by name, and what nobody asked for is an error."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


class MappingError(Exception):
    """A mapping that cannot be used; `problems` says all that is wrong with it, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_toml(path: Path) -> dict[str, Any]:
    """The file as plain data. Raises MappingError."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise MappingError([f"The mapping cannot be read: {error.strerror}."]) from None
    except UnicodeDecodeError:
        raise MappingError(["The mapping is not written in UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError([f"The mapping is not valid TOML: {error}."]) from None


class Section:
    """A table of the file whose keys are taken one by one; what is left over at the end was not expected."""

    def __init__(self, data: Mapping[str, Any], name: str, problems: list[str]) -> None:
        self.data, self.name, self.problems = data, name, problems
        self.expected: list[str] = []

    def has(self, key: str) -> bool:
        return key in self.data

    def _take(self, key: str) -> Any:
        self.expected.append(key)
        return self.data.get(key)

    def _wrong(self, key: str, what: str) -> None:
        self.problems.append(f"{self._path(key)} {what}.")

    def _path(self, key: str) -> str:
        return f"[{self.name}] {key}" if self.name else key

    def section(self, key: str) -> Section:
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            self._wrong(key, "must be a table")
            value = None
        return Section(value or {}, f"{self.name}.{key}" if self.name else key, self.problems)

    def text(self, key: str, default: Any, *, check: Callable[[str], str | None] | None = None) -> Any:
        """A text; with the default "" it has to be there."""
        value = self._take(key)
        if value is None:
            if default == "":
                self._wrong(key, "is missing")
            return default
        if not isinstance(value, str) or not value:
            self._wrong(key, "must be a text that is not empty")
            return default
        if check and (complaint := check(value)):
            self._wrong(key, complaint)
        return value

    def texts(self, key: str, default: tuple[str, ...], *, among: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts, or one text."""
        value = self._take(key)
        if value is None:
            return default
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            self._wrong(key, "must be a list of texts")
            return default
        for one in values:
            if among and one not in among:
                self._wrong(key, f"does not know “{one}”{did_you_mean(one, among)}")
        return tuple(values)

    def one_of(self, key: str, default: str, among: tuple[str, ...]) -> str:
        value = self._take(key)
        if value is None:
            return default
        if value not in among:
            self._wrong(key, f"must be one of: {', '.join(among)}")
            return default
        return str(value)

    def whole(self, key: str, *, most: int) -> int | None:
        """A whole number from 1."""
        value = self._take(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most):
            self._wrong(key, f"must be a whole number from 1 to {most:,}")
            return None
        return value

    def yes_no(self, key: str, default: bool) -> bool:
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self._wrong(key, "must be true or false")
        return value if isinstance(value, bool) else default

    def list_of_tables(self, key: str) -> list[Mapping[str, Any]]:
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._wrong(key, 'must be a list like [{column = "changed", as = "moment"}]')
            return []
        return value

    def table(self, keys: tuple[str, ...] | None) -> dict[str, str]:
        """The whole section as texts by key; without `keys` any key will do."""
        self.expected += keys or self.data
        for key, value in self.data.items():
            if key in self.expected and not (isinstance(value, str) and value):
                self._wrong(key, "must be a text that is not empty")
        self.done()
        return {key: value for key, value in self.data.items() if isinstance(value, str)}

    def lists(self) -> dict[str, tuple[str, ...]]:
        """The whole section as lists of texts by key."""
        return {key: self.texts(key, ()) for key in self.data}

    def translation(self, among: tuple[Any, ...] | None) -> dict[str, Any]:
        """The section as a dictionary from the source's words to ours."""
        for key, value in self.data.items():
            if among and value not in among:
                self._wrong(f"“{key}”", f"must be one of: {', '.join(map(str, among))}")
            elif not among and not (isinstance(value, str) and value):
                self._wrong(f"“{key}”", "must be a text that is not empty")
        return dict(self.data)

    def done(self) -> None:
        """Complain about every key that nobody asked for."""
        for key in self.data:
            if key not in self.expected:
                self.problems.append(f"{self._path(key)} is not known{did_you_mean(key, self.expected)}.")


def did_you_mean(word: str, among: Any) -> str:
    close = difflib.get_close_matches(word, list(among), n=1)
    return f"; did you mean “{close[0]}”?" if close else f"; known are: {', '.join(among)}"
