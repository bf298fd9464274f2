"""An S3-compatible store over real HTTP on the loopback: it says what it was asked, and fails when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import NamedTuple

import boto3
import obstore
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from obstore.store import S3Store
from werkzeug.serving import WSGIRequestHandler, make_server

from mingdan.site.bucket import Bucket

SECRET = "loopback-secret"
KEYS = {"AWS_ACCESS_KEY_ID": "loopback", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
BUCKET = "orders-example"
WRITES = ("PUT", "POST", "DELETE")


class Asked(NamedTuple):
    nth: int  # among the writes; 0 for what only reads
    method: str
    path: str


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class S3:
    """The store at `url`. `fault` is asked "before" and "after" each request whether it is lost."""

    def __init__(self) -> None:
        self.app = DomainDispatcherApplication(create_backend_app)
        self.url = ""
        self.asked: list[Asked] = []
        self.fault: Callable[[Asked, str], bool] = lambda _asked, _when: False
        self._lock = Lock()

    def __call__(self, environ, start_response):
        asked = self._heard(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if self.fault(asked, "before"):
            return self._lost(start_response)
        answer = self.app(environ, start_response)
        return self._lost(start_response) if self.fault(asked, "after") else answer

    def _heard(self, method: str, path: str) -> Asked:
        with self._lock:
            nth = len(self.writes) + 1 if method in WRITES else 0
            self.asked.append(Asked(nth, method, path.removeprefix(f"/{BUCKET}").lstrip("/")))
            return self.asked[-1]

    def _lost(self, start_response):
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [SECRET.encode()]

    @property
    def writes(self) -> list[str]:
        return [each.path for each in self.asked if each.nth]

    def forget(self) -> None:
        self.asked.clear()
        self.fault = lambda _asked, _when: False

    def bucket(self, prefix: str = "") -> Bucket:
        """The bucket as a publisher sees it that asks everything once."""
        return Bucket(self.store(prefix), f"s3://{BUCKET}/{prefix}".rstrip("/"))

    def store(self, prefix: str = "", name: str = BUCKET) -> S3Store:
        return S3Store(
            name,
            prefix=prefix or None,
            endpoint=self.url,
            region="us-east-1",
            access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )

    def files(self, prefix: str = "") -> dict[str, bytes]:
        store = self.store(prefix)
        paths = [each["path"] for chunk in obstore.list(store) for each in chunk]
        return {path: bytes(obstore.get(store, path).bytes()) for path in paths}

    def environment(self) -> dict[str, str]:
        return KEYS | {"AWS_ENDPOINT_URL": self.url, "AWS_ALLOW_HTTP": "true"}


@contextmanager
def storing() -> Iterator[S3]:
    """A store with one empty bucket, for the length of a block."""
    s3 = S3()
    server = make_server("127.0.0.1", 0, s3, threaded=True, request_handler=Quiet)
    s3.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    client = boto3.client(
        "s3",
        endpoint_url=s3.url,
        region_name="us-east-1",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )
    try:
        for held in client.list_buckets()["Buckets"]:
            _emptied(client, held["Name"])
        client.create_bucket(Bucket=BUCKET)
        s3.forget()
        yield s3
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def _emptied(client, name: str) -> None:
    """moto keeps its buckets for as long as the process lives."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
        for each in page.get("Contents", ()):
            client.delete_object(Bucket=name, Key=each["Key"])
    client.delete_bucket(Bucket=name)
