"""The HTTPS listener of a cluster: HTTP/1.1 with keep-alive, a thread a connection; what to answer is decided elsewhere."""
import http.server
import json
import os
import socket
import socketserver
import sys
import traceback
import urllib.parse
from dataclasses import dataclass, field

from . import errors

BODY_LIMIT = 3 * 1024 * 1024
DRAIN_LIMIT = 64 * 1024 * 1024
IDLE_SECONDS = 120


@dataclass
class Request:
    method: str
    path: str
    query: dict
    lists: dict  # query with all values of a repeated parameter
    headers: object
    body: bytes


@dataclass
class Response:
    code: int
    body: object = b""  # bytes, an object to send as JSON, or an iterator of bytes for a stream
    headers: list = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    wbufsize = -1
    timeout = IDLE_SECONDS

    def setup(self):
        self.request.settimeout(10)
        try:
            self.request.do_handshake()
        except OSError as error:  # a port scan, a client that does not trust us: nothing to answer
            self.handshaken = False
            if getattr(error, "reason", None) == "HTTP_REQUEST":
                self._refuse_plain_http()
        else:
            self.handshaken = True
        super().setup()

    def _refuse_plain_http(self):
        with socket.socket(fileno=os.dup(self.request.fileno())) as plain:
            plain.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")

    def handle(self):
        if self.handshaken:
            try:
                super().handle()
            except OSError:  # the client went away
                pass

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass

    def log_message(self, format, *args):
        """Paths and headers can carry secrets: nothing is logged."""

    def answer(self):
        try:
            response = self.server.respond(self._request())
        except errors.ApiError as error:
            response = Response(error.code, error.status())
        except Exception:
            traceback.print_exc(file=sys.stderr)
            error = errors.ApiError(500, "InternalError", "Internal error occurred: see the log of the sandbox's daemon")
            response = Response(500, error.status())
        self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def _request(self):
        url = urllib.parse.urlsplit(self.path)
        try:
            lists = urllib.parse.parse_qs(url.query, keep_blank_values=True, errors="surrogateescape", max_num_fields=10000)
        except ValueError:
            raise errors.bad_request("too many query parameters") from None
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            body = self._chunked()
        else:
            if not length.isdigit() or int(length) > BODY_LIMIT:
                self.close_connection = True
                # A client that is still sending would see a broken connection instead of the answer.
                left = min(int(length), DRAIN_LIMIT) if length.isdigit() else 0
                while left > 0 and (piece := self.rfile.read(min(left, 1 << 16))):
                    left -= len(piece)
                raise errors.ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {BODY_LIMIT}")
            body = self.rfile.read(int(length))
        return Request(self.command, url.path, {k: v[-1] for k, v in lists.items()}, lists, self.headers, body)

    def _chunked(self):
        body = b""
        while True:
            try:
                size = int(self.rfile.readline(100).split(b";")[0], 16)
            except ValueError:
                self.close_connection = True
                raise errors.bad_request("the body's chunked encoding is broken") from None
            if size < 0 or len(body) + size > BODY_LIMIT:
                self.close_connection = True
                raise errors.ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {BODY_LIMIT}")
            body += self.rfile.read(size)
            self.rfile.readline(10)
            if size == 0:
                return body

    def _send(self, response):
        body = response.body
        if isinstance(body, (dict, list)):
            body = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
            response.headers.append(("Content-Type", "application/json"))
        self.send_response(response.code)
        for name, value in response.headers:
            self.send_header(name, value)
        if isinstance(body, bytes):
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        try:
            for piece in body:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        finally:
            body.close()
        self.wfile.flush()


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Binding the port is also the lock on the address: two sandboxes can not take the same one."""
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address, tls, respond):
        super().__init__(address, Handler)
        self.tls, self.respond = tls, respond

    def get_request(self):
        sock, peer = super().get_request()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), peer

    def handle_error(self, request, client_address):
        traceback.print_exc(file=sys.stderr)
