r"""The users of the relay: a file of names and hashed passwords, made and checked with the standard library.

A line is `NAME:HASH`; empty lines and those that begin with `#` are left out. A hash is what passlib and others write:
`$scrypt$ln=14,r=8,p=1$SALT$KEY` or `$pbkdf2-sha256$i=600000$SALT$KEY` (also `-sha512`, and the rounds without `i=`),
the salt and the key in base64 without padding (with `.` or `+`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sesmime.errors import quoted

_SALT: Final = 16
_KEY: Final = 32
# scrypt's N as a power of two, r and p: 16 MiB for each check.
_COST: Final = (14, 8, 1)
_ROUNDS: Final = 600_000
# More than any sensible cost: a hash that needs more is taken for a mistake, for each check would hold a thread.
_MAX_MEMORY: Final = 1 << 28
_MAX_ROUNDS: Final = 10_000_000
_SCRYPT: Final = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([^$]+)\$([^$]+)")
_PBKDF2: Final = re.compile(r"\$pbkdf2-(sha256|sha512)\$(?:i=)?(\d{1,8})\$([^$]+)\$([^$]+)")
# Passwords that have been found right, by a digest: programs connect for each message.
_MAX_KNOWN: Final = 1_000


class Hashed(NamedTuple):
    """A hashed password: the function, its costs, the salt and the key."""

    function: str
    costs: tuple[int, ...]
    salt: bytes
    key: bytes

    def matches(self, password: bytes) -> bool:
        """Whether it is the hash of that password; takes tens of milliseconds."""
        return hmac.compare_digest(_derived(self.function, self.costs, self.salt, len(self.key), password), self.key)


def hash_password(password: str) -> str:
    """Return the hash of a password, salted, for a file of users: scrypt, or PBKDF2 where Python has no scrypt.

    >>> hash_password("correct horse")[:21]
    '$scrypt$ln=14,r=8,p=1'
    """
    salt = secrets.token_bytes(_SALT)
    if hasattr(hashlib, "scrypt"):
        key = _derived("scrypt", _COST, salt, _KEY, password.encode())
        start = "$scrypt$ln={},r={},p={}".format(*_COST)
    else:
        key = _derived("sha256", (_ROUNDS,), salt, _KEY, password.encode())
        start = f"$pbkdf2-sha256$i={_ROUNDS}"
    return f"{start}${_encoded(salt)}${_encoded(key)}"


def parse_hash(text: str) -> Hashed:
    """Read a hash. Raises ValueError for what is none, or one whose costs are too high to be checked."""
    if found := _SCRYPT.fullmatch(text):
        costs = tuple(map(int, found.groups()[:3]))
        if not (
            1 <= costs[0] <= 30
            and costs[1]
            and costs[2]
            and 128 * costs[1] * (costs[2] + (1 << costs[0])) < _MAX_MEMORY
        ):
            raise ValueError("the costs of scrypt are not from ln=1 to 256 MiB of memory")
        return Hashed("scrypt", costs, _decoded(found[4]), _decoded(found[5]))
    if found := _PBKDF2.fullmatch(text):
        rounds = int(found[2])
        if not 1 <= rounds <= _MAX_ROUNDS:
            raise ValueError(f"the rounds of PBKDF2 are not from 1 to {_MAX_ROUNDS:,}")
        return Hashed(found[1], (rounds,), _decoded(found[3]), _decoded(found[4]))
    raise ValueError("it is no hash of scrypt or PBKDF2; make one with: sesmime relay --hash-password")


def _derived(function: str, costs: tuple[int, ...], salt: bytes, length: int, password: bytes) -> bytes:
    if function == "scrypt":
        power, blocks, lanes = costs
        return hashlib.scrypt(
            password, salt=salt, n=1 << power, r=blocks, p=lanes, dklen=length, maxmem=2 * _MAX_MEMORY
        )
    return hashlib.pbkdf2_hmac(function, password, salt, costs[0], length)


def _encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    octets = base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)
    if not octets:
        raise ValueError("the salt or the key is empty")
    return octets


@dataclass(frozen=True, slots=True)
class Users:
    """Names and their hashed passwords; what has been found right once is found right again without the cost."""

    hashes: Mapping[str, Hashed]
    _known: OrderedDict[bytes, None] = field(default_factory=OrderedDict, repr=False)
    _key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def has(self, name: bytes, password: bytes) -> bool:
        """Whether that is a user with that password; a name that is none takes as long as one that is."""
        digest = hmac.digest(self._key, b"%d:%b%b" % (len(name), name, password), "sha256")
        with self._lock:
            if digest in self._known:
                return True
        hashed = self.hashes.get(name.decode("utf-8", "replace"))
        if hashed is None:
            next(iter(self.hashes.values()), _NOBODY).matches(password)
            return False
        if not hashed.matches(password):
            return False
        with self._lock:
            self._known[digest] = None
            if len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
        return True


_NOBODY: Final = Hashed("sha256", (_ROUNDS,), b"salt", bytes(_KEY))


def parse_users(text: str) -> Users:
    """Read a file of users. Raises ValueError that names the line, for a line that is none; or where no user is there.

    >>> parse_users(f"shop:{hash_password('secret')}").has(b"shop", b"secret")
    True
    """
    hashes: dict[str, Hashed] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, rest = line.strip().partition(":")
        if not (colon and name):
            raise ValueError(f"line {number}: it is not NAME:HASH")
        if name in hashes:
            raise ValueError(f"line {number}: {quoted(name, 40)} is there twice")
        try:
            hashes[name] = parse_hash(rest)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    if not hashes:
        raise ValueError("it has no user")
    return Users(hashes)
