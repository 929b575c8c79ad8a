"""Make a certificate authority of one's own and a server certificate, for networks without another."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from geo.errors import OneMapError

_DAYS = 800


class CertificateError(OneMapError):
    """A certificate that cannot be made."""


@dataclass(frozen=True)
class Certificates:
    """The files of a self-signed server: the authority to install on clients, the server's certificate and key."""

    authority: Path
    cert: Path
    key: Path


def ensure(folder: Path, host: str) -> Certificates:
    """Make what is missing in `folder`; the authority stays, so that clients trust it once.

    Raises
    ------
    CertificateError
        When openssl is missing or fails.
    """
    if shutil.which("openssl") is None:
        raise CertificateError("缺少 openssl：sudo apt-get install openssl。 The program openssl is missing.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, authority_key = folder / "authority.crt", folder / "authority.key"
    if not (authority.exists() and authority_key.exists()):
        _openssl(
            [
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "3650",
            ]
            + ["-subj", f"/CN=OneMap {socket.gethostname()}", "-addext", "basicConstraints=critical,CA:TRUE"]
            + [
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout",
                str(authority_key),
                "-out",
                str(authority),
            ]
        )
    found = Certificates(authority, folder / "server.crt", folder / "server.key")
    names = folder / "server.names"
    wanted = ",".join(_names(host))
    if (
        not found.cert.exists()
        or not names.exists()
        or names.read_text() != wanted
        or not _is_fresh(found.cert)
    ):
        _issue(found, authority_key, wanted)
        names.write_text(wanted)
    for secret in (authority_key, found.key):
        secret.chmod(0o600)
    return found


def _names(host: str) -> list[str]:
    """Name every address the server may be reached by."""
    found = {"DNS:localhost", f"DNS:{socket.gethostname()}", "IP:127.0.0.1"}
    try:
        addresses = {str(row[4][0]) for row in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        addresses = set()
    found |= {f"IP:{a}" for a in addresses}
    try:
        parsed = ipaddress.ip_address(host)
        if not parsed.is_unspecified:
            found.add(f"IP:{parsed}")
    except ValueError:
        found.add(f"DNS:{host}")
    return sorted(found)


def _is_fresh(cert: Path) -> bool:
    done = subprocess.run(
        ["openssl", "x509", "-checkend", str(30 * 86_400), "-noout", "-in", str(cert)],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _issue(found: Certificates, authority_key: Path, names: str) -> None:
    with tempfile.TemporaryDirectory(dir=found.cert.parent) as work:
        request, extensions, cert = Path(work) / "request", Path(work) / "extensions", Path(work) / "cert"
        extensions.write_text(
            f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
        )
        _openssl(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=OneMap"]
            + ["-keyout", str(found.key), "-out", str(request)]
        )
        _openssl(
            ["x509", "-req", "-in", str(request), "-CA", str(found.authority), "-CAkey", str(authority_key)]
            + ["-CAcreateserial", "-days", str(_DAYS), "-extfile", str(extensions), "-out", str(cert)]
        )
        os.replace(cert, found.cert)  # noqa: PTH105 - reads as what it is: atomic


def _openssl(arguments: list[str]) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CertificateError(f"证书没有生成。 Openssl failed: {done.stderr.strip()[-300:]}")
