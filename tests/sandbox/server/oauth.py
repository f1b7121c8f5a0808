"""The OAuth server's part that a client without a browser uses: the Basic challenge, implicit tokens, and codes with PKCE."""
import base64
import binascii
import hashlib
import secrets
import threading
import time
import urllib.parse

from .http import Response

CLIENT = "openshift-challenging-client"
CODE_SECONDS = 300


class OAuth:
    def __init__(self, url, identity):
        self.url, self.identity = url, identity
        self._codes, self._lock = {}, threading.Lock()

    def metadata(self):
        return {"issuer": self.url, "authorization_endpoint": f"{self.url}/oauth/authorize", "token_endpoint": f"{self.url}/oauth/token",
                "scopes_supported": ["user:check-access", "user:full", "user:info", "user:list-projects", "user:list-scoped-projects"],
                "response_types_supported": ["code", "token"], "grant_types_supported": ["authorization_code", "implicit"],
                "code_challenge_methods_supported": ["plain", "S256"]}

    def respond(self, request):
        if request.path == "/oauth/authorize" and request.method in ("GET", "POST"):
            return self._authorize(request)
        if request.path == "/oauth/token" and request.method == "POST":
            return self._token(request)
        return Response(404, b"404 page not found\n", [("Content-Type", "text/plain")])

    def _authorize(self, request):
        query = request.query
        if query.get("client_id") != CLIENT:
            return _error(400, "unauthorized_client", "The client is not authorized to request a token using this method.")
        redirect = query.get("redirect_uri") or f"{self.url}/oauth/token/implicit"
        if redirect != f"{self.url}/oauth/token/implicit":
            return _error(400, "invalid_request", "The request is missing a required parameter, includes an invalid parameter value, "
                                                  "includes a parameter more than once, or is otherwise malformed.")
        if not request.headers.get("X-CSRF-Token"):
            # A browser must not be tricked into a Basic challenge by a link.
            return Response(401, b"", [("Warning", f'199 OpenShift "You must obtain an API token by visiting {self.url}/oauth/token/request"'),
                                       ("Link", f'<{self.url}/oauth/token/request>; rel="related"')])
        user = self._basic(request.headers.get("Authorization", ""))
        if user is None:
            return Response(401, b"", [("WWW-Authenticate", 'Basic realm="openshift"')])
        kind = query.get("response_type")
        if kind == "token":
            token = self.identity.issue(user)
            answer = {"access_token": token, "expires_in": int(self.identity.token_seconds), "scope": "user:full", "token_type": "Bearer"}
            separator = "#"
        elif kind == "code":
            code = "sha256~" + secrets.token_urlsafe(32)
            with self._lock:
                self._codes[code] = (user, query.get("code_challenge", ""), query.get("code_challenge_method", "plain"), time.time())
            answer, separator = {"code": code}, "?"
        else:
            return _error(400, "unsupported_response_type",
                          "The authorization server does not support obtaining a token using this method.")
        if query.get("state"):
            answer["state"] = query["state"]
        return Response(302, b"", [("Location", redirect + separator + urllib.parse.urlencode(answer)), ("Cache-Control", "no-store")])

    def _basic(self, header):
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, colon, password = base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape").partition(":")
        except (binascii.Error, ValueError):
            return None
        return name if colon and self.identity.check_password(name, password) else None

    def _token(self, request):
        form = {k: v[-1] for k, v in urllib.parse.parse_qs(request.body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "authorization_code":
            return _error(400, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
        client = form.get("client_id") or urllib.parse.unquote(self._client(request.headers.get("Authorization", "")))
        with self._lock:
            user, challenge, method, made = self._codes.pop(form.get("code", ""), (None, "", "", 0))
        verifier = form.get("code_verifier", "")
        if method == "S256":
            verifier = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if client != CLIENT or user is None or time.time() > made + CODE_SECONDS or not secrets.compare_digest(
                verifier.encode(), challenge.encode()):
            return _error(400, "invalid_grant", "The provided authorization grant or refresh token is invalid, expired, revoked, does "
                                                "not match the redirection URI used in the authorization request, or was issued to "
                                                "another client.")
        return Response(200, {"access_token": self.identity.issue(user), "expires_in": int(self.identity.token_seconds),
                              "scope": "user:full", "token_type": "Bearer"}, [("Cache-Control", "no-store")])

    def _client(self, header):
        scheme, _, encoded = header.partition(" ")
        try:
            return base64.b64decode(encoded).decode().partition(":")[0] if scheme.lower() == "basic" else ""
        except (binascii.Error, ValueError):
            return ""


def _error(code, error, description):
    return Response(code, {"error": error, "error_description": description})
