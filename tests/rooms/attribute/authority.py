"""A real time-stamping authority: OpenSSL behind a small HTTP server, for the tests."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = tsa1
[tsa1]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/leaf.pem
signer_key = {folder}/leaf.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """The authority: its address, and the certificate that vouches for it.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "ca.pem"
        (folder / "serial").write_text("01\n")
        (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder))
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test root",
                  "-days", "30", "-config", "openssl.cnf", "-extensions", "ca")  # fmt: skip
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=test tsa")  # fmt: skip
        self._run("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                  "-CAcreateserial", "-out", "leaf.pem", "-days", "30",
                  "-extfile", "openssl.cnf", "-extensions", "leaf")  # fmt: skip
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True)

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Answering(BaseHTTPRequestHandler):
            """Stamps what is posted."""

            def do_POST(self) -> None:
                """Stamp."""
                query = self.rfile.read(int(self.headers["Content-Length"]))
                (authority._folder / "query").write_bytes(query)
                authority._run("ts", "-reply", "-queryfile", "query", "-out", "reply",
                               "-config", "openssl.cnf", "-section", "tsa1")  # fmt: skip
                reply = (authority._folder / "reply").read_bytes()
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Answering
