"""S24: the console's TLS is what deploy/nginx/tls.conf says, and nothing weaker is accepted."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from warnings import catch_warnings, simplefilter

import pytest

from tests.nginx import nginx
from tests.servers import free_port
from tests.tls import Authority

CONF = Path(__file__).parents[2] / "deploy" / "nginx" / "tls.conf"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Run nginx with the file, as the console's server block includes it; return its port."""
    pair = Authority(tmp_path).issue()
    outside = free_port()
    block = (
        f"server {{ listen 127.0.0.1:{outside} ssl; ssl_certificate {pair};"
        f' ssl_certificate_key {pair}; include {CONF}; return 200 "ok"; }}'
    )
    with nginx(tmp_path / "nginx", block, "return 404;"):
        yield outside


def agreed(
    port: int, ciphers: str = "ALL:@SECLEVEL=0", version: ssl.TLSVersion | None = None
) -> tuple[str, str]:
    """Return the version and the cipher that a client with these abilities gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(ciphers)
    if version:
        with catch_warnings():
            simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        cipher = wrapped.cipher()
        assert cipher is not None
        return wrapped.version() or "", cipher[0]


def test_s24_the_newest_is_taken(port: int) -> None:
    assert agreed(port)[0] == "TLSv1.3"


@pytest.mark.parametrize(
    "cipher",
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
    ],
)
def test_s24_what_the_guideline_names_works_with_tls_1_2(port: int, cipher: str) -> None:
    assert agreed(port, cipher, ssl.TLSVersion.TLSv1_2) == ("TLSv1.2", cipher)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_s24_old_versions_are_refused(port: int, version: ssl.TLSVersion) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        agreed(port, version=version)


@pytest.mark.parametrize(
    "cipher",
    [
        "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-SHA384",
        "ECDHE-ECDSA-AES128-SHA256",
        "AES128-GCM-SHA256",
        "AES256-SHA",
        "aNULL",
        "eNULL",
    ],
)
def test_s24_weak_ciphers_are_refused(port: int, cipher: str) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        agreed(port, f"{cipher}:@SECLEVEL=0", ssl.TLSVersion.TLSv1_2)
