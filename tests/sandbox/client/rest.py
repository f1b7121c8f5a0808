"""HTTPS to an API server: the only way from `oc` to a cluster."""
import base64
import copy
import http.client
import json
import os
import socket
import ssl
import sys
import time
from urllib.parse import urlencode, urlsplit

from .config import klog
from .errors import Fail, ServerError, Unreachable
from .flags import duration

TLS_HANDSHAKE_SECONDS = 10
DIAL_SECONDS = 30
MERGE, STRATEGIC, APPLY, JSON_PATCH = ("application/merge-patch+json", "application/strategic-merge-patch+json",
                                       "application/apply-patch+yaml", "application/json-patch+json")
# What the client says itself when an answer carries no Status object.
GENERIC = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    403: ("Forbidden", "the server does not allow access to the requested resource"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    409: ("Conflict", "the server reported a conflict"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request")}


class Server:
    def __init__(self, config):
        flags, cluster = config.flags, config.cluster()
        self.user = config.user()
        self._aim(cluster["server"])
        self.verbosity = max(flags["v"], flags["loglevel"])
        self.timeout = seconds(flags["request-timeout"])
        self.impersonate = {"Impersonate-User": flags["as"]} if flags["as"] else {}
        self.cluster = cluster
        self.tls = None
        self.warned = set()

    def _aim(self, url):
        self.url = url.rstrip("/") if "://" in url else "https://" + url.rstrip("/")
        parts = urlsplit(self.url)
        self.scheme, self.prefix, self.netloc = parts.scheme, parts.path, parts.netloc
        self.host, self.port = parts.hostname or "", parts.port or (443 if self.scheme == "https" else 80)
        self.kept = None

    def at(self, url):
        """The same trust for another address."""
        twin = copy.copy(self)
        twin._aim(url)
        return twin

    def fresh(self):
        """A twin for another thread: connections are not shared."""
        twin = copy.copy(self)
        twin.kept = None
        return twin

    def _context(self):
        cluster, user = self.cluster, self.user
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Go takes any certificate of its pool as an anchor, also one that is not self-signed.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            if cluster.get("insecure-skip-tls-verify"):
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            elif cluster.get("certificate-authority-data"):
                context.load_verify_locations(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
            elif cluster.get("certificate-authority"):
                path = cluster["certificate-authority"]
                if not os.path.exists(path):
                    raise Fail(f"error: open {path}: no such file or directory")
                context.load_verify_locations(cafile=path)
            else:
                context.load_default_certs()
        except (ssl.SSLError, ValueError):
            raise Fail("error: unable to load root certificates: unable to parse bytes as PEM block") from None
        if user.get("client-certificate-data") or user.get("client-certificate"):
            context.load_cert_chain(self._file(user, "client-certificate"), self._file(user, "client-key"))
        return context

    @staticmethod
    def _file(user, name):
        """A path for OpenSSL; embedded data goes through an anonymous file, never to the disk."""
        if user.get(name):
            return user[name]
        descriptor = os.memfd_create(name)
        os.write(descriptor, base64.b64decode(user.get(name + "-data") or ""))
        return f"/proc/self/fd/{descriptor}"

    def _connect(self, request, timeout):
        try:
            raw = socket.create_connection((self.host, self.port), timeout or DIAL_SECONDS)
        except socket.gaierror:
            raise Unreachable(request, self.netloc, f"dial tcp: lookup {self.host}: no such host") from None
        except TimeoutError:
            raise Unreachable(request, self.netloc, f"dial tcp {self.host}:{self.port}: i/o timeout") from None
        except OSError as error:
            raise Unreachable(request, self.netloc, f"dial tcp {self.host}:{self.port}: connect: {(error.strerror or '').lower()}") from None
        connection = http.client.HTTPConnection(self.host, self.port)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock = self._secure(raw, request, timeout) if self.scheme == "https" else raw
        connection.sock.settimeout(timeout)
        return connection

    def _secure(self, raw, request, timeout):
        self.tls = self.tls or self._context()
        raw.settimeout(min(timeout or TLS_HANDSHAKE_SECONDS, TLS_HANDSHAKE_SECONDS))
        try:
            return self.tls.wrap_socket(raw, server_hostname=self.cluster.get("tls-server-name") or self.host)
        except TimeoutError:
            cause = "net/http: TLS handshake timeout"
            if timeout and timeout < TLS_HANDSHAKE_SECONDS:
                cause = "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
        except ssl.SSLCertVerificationError as error:
            cause = "tls: failed to verify certificate: x509: " + certificate_problem(error, self.host)
        except ssl.SSLError as error:
            cause = "tls: " + (error.reason or "handshake failure").lower().replace("_", " ")
            if error.reason == "WRONG_VERSION_NUMBER":
                cause = "http: server gave HTTP response to HTTPS client"
        except OSError as error:
            cause = "EOF" if isinstance(error, ssl.SSLEOFError) or not error.strerror else f"read tcp: read: {error.strerror.lower()}"
        raw.close()
        raise Unreachable(request, self.netloc, cause)

    def headers(self, content_type=None):
        headers = {"Accept": "application/json", "User-Agent": "oc/4.14.0 (linux/amd64) kubernetes/44b3ac2"}
        if self.user.get("token"):
            headers["Authorization"] = "Bearer " + self.user["token"]
        if content_type:
            headers["Content-Type"] = content_type
        headers.update(self.impersonate)
        return headers

    def _send(self, method, path, body, content_type, timeout, keep, extra=()):
        target, request = self.prefix + path, f'{method.capitalize()} "{self.url}{path}"'
        for attempt in (1, 2):
            connection, self.kept, reused = self.kept or self._connect(request, timeout), None, bool(self.kept)
            try:
                connection.request(method, target, body, self.headers(content_type) | dict(extra))
                response = connection.getresponse()
                break
            except TimeoutError:
                raise Unreachable(request, self.netloc, "net/http: request canceled (Client.Timeout exceeded while awaiting headers)") from None
            except (OSError, http.client.HTTPException) as error:
                # A kept connection may have been closed by the server since; anything else is an answer that is lost.
                if not (reused and attempt == 1):
                    lost = isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError)) or not getattr(error, "strerror", None)
                    raise Unreachable(request, self.netloc, "EOF" if lost else f"read tcp: read: {error.strerror.lower()}") from None
        if keep and not response.will_close:
            self.kept = connection
        for header in response.headers.get_all("Warning") or []:
            self._warn(header)
        return response

    def _warn(self, header):
        text = header.split('"', 1)[-1].rstrip('"').replace('\\"', '"')
        if header.startswith("299 ") and text not in self.warned:
            self.warned.add(text)
            print(f"Warning: {text}", file=sys.stderr, flush=True)

    def request(self, method, path, body=None, content_type="application/json", query=None, about=("", "", "")):
        """The decoded answer; `about` is (verb, resource, name) for errors that the server does not word itself."""
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        started = time.monotonic()
        response = self._send(method, path, data, content_type if data is not None else None, self.timeout, keep=True)
        try:
            answer = response.read()
        except (OSError, http.client.HTTPException):
            raise Unreachable(f'{method.capitalize()} "{self.url}{path}"', self.netloc, "unexpected EOF") from None
        if self.verbosity >= 6:
            took = f"{(time.monotonic() - started) * 1000:.0f} milliseconds"
            klog("I", "round_trippers.go:553", f"{method} {self.url}{path} {response.status} {response.reason} in {took}")
        if self.verbosity >= 8:
            klog("I", "request.go:1212", f"Response Body: {answer.decode('utf-8', 'replace')}")
        return self._decode(response.status, answer, about)

    def _decode(self, code, answer, about):
        try:
            value = json.loads(answer)
        except ValueError:
            value = None
        if code < 400:
            return value if value is not None else answer.decode("utf-8", "replace")
        if isinstance(value, dict) and value.get("kind") == "Status":
            raise ServerError(value)
        said = answer[:200].decode("utf-8", "replace").strip()
        unknown = f'an error on the server ("{said}") has prevented the request from succeeding'
        reason, message = GENERIC.get(code, ("InternalError" if code >= 500 else "Unknown", unknown))
        suffix = " ".join(p for p in about if p)
        raise ServerError({"kind": "Status", "code": code, "reason": reason, "message": f"{message} ({suffix})" if suffix else message})

    def challenge(self, path, headers):
        """Status and headers of a GET as they come, whatever the status."""
        response = self._send("GET", path, None, None, self.timeout, keep=False, extra=headers)
        response.read()
        return response.status, response.headers

    def stream(self, path):
        """An answer that is read while it arrives, on a connection of its own."""
        kept, self.kept = self.kept, None
        response = self._send("GET", path, None, None, self.timeout, keep=False)
        self.kept = kept
        if response.status >= 400:
            self._decode(response.status, response.read(), ())
        if response.fp is not None and self.timeout is None:
            response.fp.raw._sock.settimeout(None)
        return response

    def watch(self, path, query, seconds=None):
        """The events of a watch until it ends, or nothing more after `seconds`."""
        deadline = None if seconds is None else time.monotonic() + seconds
        response = self.stream(path + "?" + urlencode(query | {"watch": "1"}))
        channel = response.fp.raw._sock
        while True:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                channel.settimeout(left)
            try:
                line = response.readline()
            except (OSError, http.client.HTTPException):
                return
            if not line:
                return
            yield json.loads(line)


def seconds(text):
    if text.isdigit():
        return float(text) or None
    try:
        return duration(text) or None
    except ValueError:
        raise Fail("error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a "
                   "corresponding time unit (e.g. 1s | 2m | 3h)") from None


def certificate_problem(error, host):
    if error.verify_code in (18, 19, 20, 21):
        return "certificate signed by unknown authority"
    if error.verify_code in (9, 10):
        return "certificate has expired or is not yet valid"
    return f"certificate is not valid for {host}"


def token_object(token):
    """The name of the OAuthAccessToken object that stands for a token."""
    import hashlib
    digest = hashlib.sha256(token.removeprefix("sha256~").encode()).digest()
    return "sha256~" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
