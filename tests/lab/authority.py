"""A certificate authority of the lab's own, and the portal's certificate."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Certificate(NamedTuple):
    """Files, and how Chromium is told to trust exactly this key."""

    authority: Path
    chain: Path
    key: Path
    pin: str


def make_certificate(
    folder: Path, *names: str, good_for: timedelta = timedelta(days=30)
) -> Certificate:
    """Write an authority and a certificate that it signed for ``names``: hosts and addresses.

    ``good_for``: until when from now on; before now it has expired.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    own = f"The lab's authority {root.public_key().public_numbers().x % 10**8}"  # of many, each
    authority = _sign(root, own, root, own, ())
    signed = _sign(key, names[0], root, own, names, good_for)
    made = Certificate(folder / "ca.pem", folder / "portal.pem", folder / "portal.key", _pin(key))
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


def _sign(
    key: ec.EllipticCurvePrivateKey,
    subject: str,
    root: ec.EllipticCurvePrivateKey,
    issuer: str,
    names: tuple[str, ...],
    good_for: timedelta = timedelta(days=30),
) -> x509.Certificate:
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + good_for)
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        others = [_alternative(name) for name in names]
        built = built.add_extension(x509.SubjectAlternativeName(others), critical=False)
    return built.sign(root, hashes.SHA256())


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pin(key: ec.EllipticCurvePrivateKey) -> str:
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(public).digest()).decode()
