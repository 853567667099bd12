"""The vault: provider secrets, encrypted by a key that is not in the catalog's database.

Fernet: AES-128-CBC and HMAC-SHA256, each secret with an IV of its own. Of several keys the first encrypts and each of
them decrypts, so that a key can be replaced while the server runs. A secret's plain text is never in an error.
"""

import contextlib
import hmac
import os
import re
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING

from headwater import ids
from headwater.errors import HeadwaterError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = "secret.key"
_KEY = re.compile(r"[A-Za-z0-9+/_-]{43}=")
_TO_URL_SAFE = str.maketrans("+/", "-_")
_MAKE_ONE = "make one with `openssl rand -base64 32`"
_SET_AGAIN = "or set the secret again with `headwater credentials set`"


def check_secret_key(secret_key: str) -> None:
    """Raise HeadwaterError for a HEADWATER_SECRET_KEY that holds something else than keys; "" is right."""
    for number, key in enumerate(_keys_in(secret_key), 1):
        if not _KEY.fullmatch(key):
            raise HeadwaterError(f"key {number} in HEADWATER_SECRET_KEY is not 32 bytes in base64: {_MAKE_ONE}")


class Vault:
    """Seals secrets and opens them again. Safe from any thread; nothing of it stays in memory.

    The keys are those in `secret_key`, with commas between; where it is "", those in `key_file`, one a line, which is
    made when the first secret is sealed.
    """

    def __init__(self, secret_key: str, key_file: Path | None) -> None:
        self._secret_key = secret_key
        self._key_file = key_file

    def seal(self, secret: str) -> str:
        """Encrypt a secret. Raises HeadwaterError without a good key."""
        if not self._secret_key and self._key_file is not None:
            _make_key_file(self._key_file)
        return self._fernet().encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt a secret. Raises HeadwaterError, with the remedy, where the key is another one or is not there."""
        # Importing it takes 8 MB, which a server without credentials need not have.
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet().decrypt(sealed).decode()
        except InvalidToken:
            raise HeadwaterError(
                f"the stored secret was encrypted with another key than {self._source()}: give server and commands the "
                f"key that it was encrypted with, {_SET_AGAIN}"
            ) from None

    def derive(self, purpose: bytes) -> list[bytes]:
        """A secret of 32 bytes for a purpose, from each key, the first first. Raises HeadwaterError without a good key.

        Where there is no key file yet, it is made.
        """
        if not self._secret_key and self._key_file is not None:
            _make_key_file(self._key_file)
        keys = (b64decode(key.translate(_TO_URL_SAFE), altchars=b"-_") for key in self._keys())
        return [hmac.digest(key, purpose, "sha256") for key in keys]

    def _fernet(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key.translate(_TO_URL_SAFE)) for key in self._keys()])

    def _keys(self) -> list[str]:
        if self._secret_key:
            check_secret_key(self._secret_key)
            return _keys_in(self._secret_key)
        if self._key_file is None:
            raise HeadwaterError(f"no key to encrypt secrets with: set HEADWATER_SECRET_KEY; {_MAKE_ONE}")
        try:
            keys = _keys_in(self._key_file.read_text("ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise HeadwaterError(
                f"the key of the stored secrets cannot be read ({error}): restore {str(self._key_file)!r} from a "
                f"backup, give the key in HEADWATER_SECRET_KEY, {_SET_AGAIN}"
            ) from error
        if not keys or not all(map(_KEY.fullmatch, keys)):
            raise HeadwaterError(
                f"{str(self._key_file)!r} does not hold keys: restore it from a backup; or delete it, and set each "
                "secret again with `headwater credentials set`"
            )
        return keys

    def _source(self) -> str:
        return "HEADWATER_SECRET_KEY" if self._secret_key else f"the one in {str(self._key_file)!r}"


def _keys_in(text: str) -> list[str]:
    return [key for key in re.split(r"[\s,]+", text) if key]


def _make_key_file(path: Path) -> None:
    """Put a new key in place, unless there is one: whole, for its owner only, and on disk before it encrypts anything.

    Of processes that do this at once one wins: a link to a finished file is made or not, so nobody reads half of it.
    """
    if path.exists():
        return
    part = path.with_name(f"{path.name}.{ids.short_id()}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(f"{ids.secret()}=\n".encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(part)
        _sync_folder(path.parent)
    except OSError as error:
        raise HeadwaterError(
            f"no key can be kept in {str(path)!r} ({error}): see to its folder, or set HEADWATER_SECRET_KEY"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
