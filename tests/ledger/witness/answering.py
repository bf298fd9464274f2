"""Servers on loopback that answer add-checkpoint as a test wants it: honestly, wrongly, late, without end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from mingdan.ledger.witness.request import SIZE_TYPE, Request

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def served(respond: Callable[[BaseHTTPRequestHandler, bytes], None]) -> Iterator[str]:
    """The address of a server that lets `respond` write what it likes to each POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            respond(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_said):
            """A test's output is its own."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.block_on_close = False
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def answering(answer: Callable[[bytes], Answer]):
    """Responds with status, headers and body."""

    def respond(handler, body):
        status, headers, content = answer(body)
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return respond


def saying(status: int, content: bytes, **headers: str):
    """Responds with the same words to everyone."""
    return answering(
        lambda _body: (status, {name.replace("_", "-"): v for name, v in headers.items()}, content)
    )


def cosigning(signer, at: int, asked: list[int] | None = None, held: int | None = None):
    """Cosigns whatever it is shown once the old size is the one it holds; notes the sizes it was asked."""

    def answer(body):
        request = Request.parse(body)
        if asked is not None:
            asked.append(request.old)
        if held is not None and request.old != held:
            return 409, {"Content-Type": SIZE_TYPE}, b"%d\n" % held
        text = request.note.decode().partition("\n\n")[0]
        return 200, {}, signer.sign(f"{text}\n", at).line.encode()

    return answering(answer)


def silent(until: Event):
    """Hears the question and says nothing until the test is over."""

    def respond(_handler, _body):
        until.wait()

    return respond


def dripping(until: Event):
    """Says a byte now and then, never so late that a socket would time out."""

    def respond(handler, _body):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
        while not until.wait(0.05):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return  # whoever asked has left

    return respond


def endless(handler, _body):
    """Never stops."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    while True:
        try:
            handler.wfile.write(b"\xe2\x80\x94 " + b"x" * 65_536)
        except OSError:
            return  # whoever asked has left


def babbling(handler, _body):
    """Does not speak HTTP."""
    handler.wfile.write(b"220 mail.example ESMTP\r\n")
