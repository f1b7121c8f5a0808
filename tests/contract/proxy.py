"""An HTTPS proxy before a cluster that lets parts of it fail: the OpenShift API server, or the kubelet."""
import http.client
import http.server
import json
import ssl
import threading

OPENSHIFT = ("/apis/apps.openshift.io/", "/apis/route.openshift.io/", "/apis/project.openshift.io/", "/apis/template.openshift.io/",
             "/apis/image.openshift.io/")
REFUSED = "dial tcp 127.0.0.1:{port}: connect: connection refused"


def openshift_down(path):
    """The aggregator's own answers, which are no Status objects: the client words them."""
    if path.rpartition("?")[0].endswith("/processedtemplates") or path.endswith("/processedtemplates"):
        text = "error trying to reach service: " + REFUSED.format(port=8443)
        return 503, json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503, "reason": "ServiceUnavailable",
                                "message": text})
    return (503, "service unavailable\n") if path.startswith(OPENSHIFT) else None


def kubelet_down(path):
    plain = path.partition("?")[0]
    if plain.endswith("/exec"):
        text = "error dialing backend: " + REFUSED.format(port=10250)
    elif plain.endswith("/log"):
        namespace, _, pod = plain.split("/")[-4:-1]
        container = path.partition("container=")[2].partition("&")[0]
        text = f'Get "https://127.0.0.1:10250/containerLogs/{namespace}/{pod}/{container}": ' + REFUSED.format(port=10250)
    else:
        return None
    return 500, json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 500, "message": text})


def oauth_down(path):
    """The discovery document sends the client to an OAuth server that is not there."""
    if path == "/.well-known/oauth-authorization-server":
        return 200, json.dumps({"authorization_endpoint": "https://127.0.0.1:1/oauth/authorize"})
    return None


class Proxy(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target, authority, certificate, failing):
        super().__init__(("127.0.0.1", 0), Handler)
        self.target, self.failing = target, failing
        self.trust = ssl.create_default_context(cafile=authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Clients that do not trust the proxy hang up; that is what they are tested for."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        failure = self.server.failing(self.path)
        if failure:
            code, text = failure
            return self.reply(code, [], text.encode())
        connection = http.client.HTTPSConnection(*self.server.target, context=self.server.trust)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        keep = [(k, v) for k, v in response.getheaders() if k.lower() in ("content-type", "warning", "location")]
        self.reply(response.status, keep, response.read())
        connection.close()

    def reply(self, code, headers, body):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """The requests carry tokens."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer


class NotFoundServer(http.server.ThreadingHTTPServer):
    """A web server that is no OpenShift and has nothing."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), NotFound)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class NotFound(Handler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.reply(404, [("Content-Type", "text/plain")], b"404 page not found\n")

    do_GET = do_POST = answer
