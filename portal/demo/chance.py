"""Chance that repeats itself: the same portal secret and day give the same people, links and keys."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest.mock import patch


def dice_for(secret: str, purpose: str) -> Random:
    """A source of chance of its own for each purpose, so that more of one thing does not change another.

    It hangs on the portal's secret: links and passwords of a demonstration cannot be guessed from this code.
    """
    return Random(hmac.new(secret.encode(), f"demonstration {purpose}".encode(), hashlib.sha256).digest())


def password_for(secret: str, email: str, words: list[str]) -> str:
    """Four words and a number, easy to type and hard to guess."""
    dice = dice_for(secret, f"password of {email}")
    return "-".join([*(dice.choice(words) for _ in range(4)), str(dice.randrange(100, 1000))])


@contextmanager
def predictable(dice: Random) -> Iterator[None]:
    """Inside, keys, links and salts come from these dice as well, and a second telling is equal to the first."""
    with patch.object(os, "urandom", dice.randbytes), patch.object(secrets, "token_bytes", _tokens(dice)):
        yield


def _tokens(dice: Random) -> object:
    def token_bytes(size: int | None = None) -> bytes:
        return dice.randbytes(32 if size is None else size)

    return token_bytes
