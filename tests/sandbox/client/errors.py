"""Failures, worded as the real client words them on standard error."""


class Fail(Exception):
    """Ends the command: `text` goes to standard error as it is, then the program exits with `code`."""

    def __init__(self, text, code=1):
        super().__init__(text)
        self.text, self.code = text, code


class ServerError(Fail):
    """The API server answered with a Status object."""

    def __init__(self, status):
        self.status = status
        self.reason = status.get("reason") or ""
        self.message = status.get("message") or ""
        super().__init__(self.worded(self.message))

    def worded(self, message):
        if self.reason == "Unauthorized":
            return f"error: You must be logged in to the server ({message})"
        if self.reason == "Invalid":
            return invalid_text(self.status)
        if self.reason and self.reason != "Unknown":
            return f"Error from server ({self.reason}): {message}"
        return f"Error from server: {message}"

    def within(self, context):
        """The same failure with what was being done told before it."""
        wrapped = ServerError(self.status)
        wrapped.text = self.worded(f"{context}: {self.message}")
        return wrapped


class Unreachable(Fail):
    """No answer came. `request` is 'Get "URL"', `cause` the words of Go's network layer."""

    def __init__(self, request, host, cause):
        self.request, self.host, self.cause = request, host, cause
        if "connection refused" in cause:
            text = f"The connection to the server {host} was refused - did you specify the right host or port?"
        else:
            text = f"Unable to connect to the server: {cause}"
        super().__init__(text)

    def within(self, context):
        return Fail(f"error: {context}: {self.request}: {self.cause}")


class Failures(Fail):
    """Several failures of one command, each told on a line of its own."""

    def __init__(self, failures):
        super().__init__("\n".join(f.text for f in failures), failures[-1].code)


def invalid_text(status):
    details = status.get("details") or {}
    text = "The request is invalid"
    if details.get("kind") or details.get("name"):
        text = f'The {details.get("kind", "")} "{details.get("name", "")}" is invalid'
    causes = [f'{c["field"]}: {c["message"]}' if c.get("field") else c.get("message", "") for c in details.get("causes") or []]
    if not causes:
        return text
    return f"{text}: {causes[0]}" if len(causes) == 1 else text + ": \n* " + "\n* ".join(causes)


def raise_all(failures):
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise Failures(failures)
