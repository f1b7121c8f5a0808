"""The certificate authority and the server certificate of one cluster, made once with openssl."""
import os
import pathlib
import ssl
import subprocess


def _openssl(*args, directory):
    done = subprocess.run(["openssl", *args], cwd=directory, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {args[0]} failed, no certificate was made: {done.stderr.strip()}")


def make(directory, cluster, address):
    """ca.crt, ca.key, server.crt and server.key in `directory`, unless they are there for this address."""
    directory = pathlib.Path(directory)
    marker = directory / "address"
    if marker.exists() and marker.read_text() == address:
        return
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    old = os.umask(0o077)
    try:
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
        _openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "3650", "-subj",
                 f"/CN={cluster} certificate authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign", directory=directory)
        _openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN=api.{cluster}.example", directory=directory)
        (directory / "san").write_text(f"subjectAltName=IP:{address},DNS:api.{cluster}.example\n"
                                       "extendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        _openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650",
                 "-extfile", "san", "-out", "server.crt", directory=directory)
    finally:
        os.umask(old)
    marker.write_text(address)


def context(directory):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{directory}/server.crt", f"{directory}/server.key")
    return made
