"""A bucket of an S3-compatible store, as the files under a prefix. Needs the extra `s3`.

Credentials come from the environment alone. Errors name the place and the store's own short code, and never
repeat its words, which may tell keys and signatures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from mingdan.ledger.errors import Misuse, Unavailable
from mingdan.site.hosting import stored_headers

if TYPE_CHECKING:
    from obstore import Attributes, PutMode
    from obstore.store import ObjectStore, RetryConfig


class Held(NamedTuple):
    """What a bucket has at a path, and the tag by which it is replaced only while it is still that."""

    content: bytes
    tag: str


class Bucket:
    """The files of one site in `store`; `address` is what people call it."""

    def __init__(self, store: ObjectStore, address: str) -> None:
        self.store = store
        self.address = address

    def read(self, path: str) -> Held | None:
        """What lies at a path; None where nothing does."""
        with self._answering(path), suppress(FileNotFoundError):
            found = obstore.get(self.store, path)
            return Held(bytes(found.bytes()), found.meta["e_tag"] or "")
        return None

    def paths(self) -> Iterator[str]:
        """Every path that something lies at."""
        with self._answering():
            for chunk in obstore.list(self.store, chunk_size=1000):
                yield from (each["path"] for each in chunk)

    def write(self, path: str, content: bytes) -> None:
        """Puts a file there, over whatever there is."""
        self._put(path, content, "overwrite")

    def create(self, path: str, content: bytes) -> bool:
        """Puts a file where nothing is; False where something is."""
        return self._put(path, content, "create")

    def replace(self, path: str, content: bytes, held: Held) -> bool:
        """Puts a file in the place of just what was held; False where something else is there by now."""
        return self._put(path, content, {"e_tag": held.tag})

    def remove(self, paths: Sequence[str]) -> None:
        """Removes files, also such as are gone."""
        if paths:
            with self._answering(), suppress(FileNotFoundError):
                obstore.delete(self.store, paths)

    def _put(self, path: str, content: bytes, mode: PutMode) -> bool:
        attributes: Attributes = {**stored_headers("/" + path)}
        with self._answering(path), suppress(AlreadyExistsError, PreconditionError):
            obstore.put(self.store, path, content, attributes=attributes, mode=mode, use_multipart=False)
            return True
        return False

    @contextmanager
    def _answering(self, path: str | None = None) -> Iterator[None]:
        """Turns the store's errors into ours, once."""
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise self._unavailable("the bucket refuses these credentials", _PERMIT, path, error) from error
        except FileNotFoundError as error:
            raise self._unavailable("there is no such bucket", _MAKE, path, error) from error
        except (BaseError, OSError, ValueError) as error:
            raise self._unavailable("the bucket did not take or give a file", _AGAIN, path, error) from error

    def _unavailable(self, what: str, step: str, path: str | None, error: Exception) -> Unavailable:
        said = _CODE.search(str(error)) or _STATUS.search(str(error))
        answer = said[1].strip() if said else "none"
        return Unavailable(what, next_step=step, bucket=self.address, path=path, answer=answer)


def bucket_at(address: str, environment: Mapping[str, str]) -> Bucket:
    """The bucket that s3://BUCKET/PREFIX names. Nothing is asked of it yet.

    Raises Misuse without credentials, and for any other address, which may hold a password: not repeated.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise Misuse("not the address of a bucket", next_step="give s3://BUCKET or s3://BUCKET/PREFIX alone")
    if not any(all(environment.get(name) for name in names) for names in _CREDENTIALS):
        raise Misuse("no credentials for the bucket", next_step=_CREDENT)
    try:
        store = S3Store(found["bucket"], prefix=found["prefix"], retry_config=_RETRY)
    except (BaseError, ValueError) as error:
        raise Misuse("the AWS_ settings of the environment cannot be used", next_step=_SETTINGS) from error
    return Bucket(store, address.rstrip("/"))


_ADDRESS = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[\w.-]*\w[\w.-]*(?:/[\w.-]*\w[\w.-]*)*))?/?",
    re.ASCII,
)
_CREDENTIALS = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE",),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
    ("AWS_METADATA_ENDPOINT",),
)
_RETRY: RetryConfig = {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_STATUS = re.compile(r"status code: (\d{3}[ A-Za-z]{0,40})")
_CREDENT = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; docs/hosting.md lists the others"
)
_SETTINGS = "check AWS_ENDPOINT_URL and AWS_REGION; docs/hosting.md lists what is read"
_PERMIT = (
    "check AWS_ACCESS_KEY_ID; its owner must be allowed GetObject, PutObject, DeleteObject and ListBucket"
)
_MAKE = "make it first, or check its name, AWS_ENDPOINT_URL and AWS_REGION"
_AGAIN = "check AWS_ENDPOINT_URL and the network, then publish again: it goes on where it stopped"
