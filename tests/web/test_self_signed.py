"""A self-signed server: its authority is made once, its certificate fits its names, TLS clients trust it."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from web.self_signed import ensure


def test_the_authority_stays_and_the_certificate_fits(tmp_path: Path) -> None:
    first = ensure(tmp_path / "tls", "127.0.0.1")
    authority, cert = first.authority.read_bytes(), first.cert.read_bytes()
    again = ensure(tmp_path / "tls", "127.0.0.1")
    assert (again.authority.read_bytes(), again.cert.read_bytes()) == (authority, cert)
    moved = ensure(tmp_path / "tls", "10.1.2.3")
    assert moved.authority.read_bytes() == authority
    assert moved.cert.read_bytes() != cert, "another address needs another certificate"
    text = subprocess.run(
        ["openssl", "x509", "-noout", "-text", "-in", str(moved.cert)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "10.1.2.3" in text
    assert moved.key.stat().st_mode & 0o077 == 0
    checked = subprocess.run(
        ["openssl", "verify", "-CAfile", str(moved.authority), str(moved.cert)],
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0


def test_a_client_that_trusts_the_authority_connects(tmp_path: Path) -> None:
    import socket
    import threading

    made = ensure(tmp_path / "tls", "127.0.0.1")
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(made.cert, made.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            raw, _ = listener.accept()
            with server_context.wrap_socket(raw, server_side=True) as secured:
                secured.sendall(b"hello")

        thread = threading.Thread(target=answer)
        thread.start()
        trusting = ssl.create_default_context(cafile=str(made.authority))
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
            trusting.wrap_socket(raw, server_hostname="127.0.0.1") as secured,
        ):
            assert secured.recv(5) == b"hello"
        thread.join()
