"""Redis on many nodes: a primary dies, another takes its place, and nothing counts twice."""

import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.domain.errors import StoreUnavailable
from portal.stores import keys, open_store
from portal.stores.base import Applied, Store
from tests.events import by_kind, pages
from tests.redis_nodes import RedisCluster, Sentinels
from tests.servers import RedisServer, free_port, wait_until

SITES = [f"site-{n}" for n in range(30)]  # over all nodes of a cluster


class Writer:
    """Sends batch after batch, each until it is acknowledged, as a flusher does."""

    def __init__(self, store: Store) -> None:
        self.acknowledged = 0
        self._store = store
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        first = 1
        while not self._ending.is_set():
            batch = [
                record
                for n, site in enumerate(SITES)
                for record in pages(first + n, first + n, site)
            ]
            while not self._ending.is_set():
                try:
                    self._store.apply("node.w1", batch)
                    break
                except StoreUnavailable:
                    self._ending.wait(0.05)
            else:
                return
            first += len(SITES)
            self.acknowledged += len(SITES)

    @contextmanager
    def running(self) -> Iterator["Writer"]:
        """Send as long as the context lasts."""
        self._thread.start()
        try:
            yield self
        finally:
            self._ending.set()
            self._thread.join(60)

    def goes_on(self, batches: int = 20) -> None:
        """Wait until that many further batches were acknowledged."""
        wanted = self.acknowledged + batches * len(SITES)
        wait_until(lambda: self.acknowledged >= wanted, "the batches to go on", 60)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RedisCluster]:
    """Return a cluster that a test may break."""
    made = RedisCluster(tmp_path)
    yield made
    made.kill()


def test_a_cluster_primary_dies_and_every_count_stays(
    cluster: RedisCluster, tmp_path: Path
) -> None:
    store = open_store(f"{cluster.url}?wait=1", tmp_path)
    with Writer(store).running() as writer:
        writer.goes_on()
        dead = cluster.primary_of(keys.writers(SITES[0]))
        dead.kill()
        wait_until(lambda: len(cluster.primaries()) == 3, "a replica to take over", 60)
        # Its successor has no replica of its own, so what it gets is not taken for counted yet.
        dead.start()
        writer.goes_on()
    assert by_kind(store) == {"page": writer.acknowledged}
    assert sum(ledger.counted for ledger in store.ledgers()) == writer.acknowledged
    store.close()


def test_slots_that_move_are_followed(cluster: RedisCluster, tmp_path: Path) -> None:
    store = open_store(cluster.url, tmp_path)
    with Writer(store).running() as writer:
        writer.goes_on()
        replica = next(node for node in cluster.nodes if node not in cluster.primaries())
        replica.client.execute_command("CLUSTER FAILOVER")  # in order: nothing may be lost
        wait_until(lambda: replica in cluster.primaries(), "the replica to take over")
        wait_until(cluster.is_whole, "the cluster to be whole")
        writer.goes_on()
    assert by_kind(store) == {"page": writer.acknowledged}
    store.close()


def test_a_whole_cluster_that_was_away_is_found_again(
    cluster: RedisCluster, tmp_path: Path
) -> None:
    store = open_store(cluster.url, tmp_path)
    store.apply("node.w1", pages(1, 3))
    for node in cluster.nodes:
        node.pause()
    with pytest.raises(StoreUnavailable):
        store.apply("node.w1", pages(1, 5))
    for node in cluster.nodes:
        node.resume()

    def answers() -> bool:
        try:
            return store.apply("node.w1", pages(1, 5)) == Applied(known=5)
        except StoreUnavailable:
            return False

    wait_until(answers, "the cluster to answer", 60)
    assert by_kind(store) == {"page": 5}
    store.close()


@pytest.mark.parametrize("scheme", ["redis+cluster", "redis+sentinel"])
def test_nobody_there_is_unavailable(scheme: str, tmp_path: Path) -> None:
    service = "/portal/0" if scheme == "redis+sentinel" else ""
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{free_port()}"
    store = open_store(f"{scheme}://{hosts}{service}", tmp_path)
    for call in (store.counted_sites, lambda: store.apply("node.w1", pages(1, 1))):
        with pytest.raises(StoreUnavailable):
            call()
    store.close()


def test_sentinels_name_the_next_primary(tmp_path: Path) -> None:
    servers = Sentinels(tmp_path)
    try:
        store = open_store(f"{servers.url}?wait=1", tmp_path)
        # Without a replica nobody confirms, so after the failover one confirmation is too much.
        after = open_store(servers.url, tmp_path)
        with Writer(store).running() as writer:
            writer.goes_on()
        servers.primary.kill()
        wait_until(lambda: _answers(after), "the sentinels to name the replica", 60)
        assert by_kind(after, *SITES) == {"page": writer.acknowledged}
        last = writer.acknowledged
        assert after.apply("node.w1", pages(last + 1, last + 3)) == Applied(counted=3)
        store.close()
        after.close()
    finally:
        servers.kill()


def test_too_few_replicas_are_told_and_the_batch_counts_once(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    store = open_store(f"{redis_server.url}?wait=1", tmp_path)
    with pytest.raises(StoreUnavailable, match="too few replicas"):
        store.apply("node.w1", pages(1, 3))
    store.close()
    without = open_store(redis_server.url, tmp_path)
    assert without.apply("node.w1", pages(1, 3)) == Applied(known=3)
    without.close()


def test_a_repeated_batch_is_confirmed_only_by_who_has_it(tmp_path: Path) -> None:
    primary = RedisServer(tmp_path / "primary", "--repl-diskless-sync-delay", "0")
    replica = RedisServer(
        tmp_path / "replica", "--replicaof", f"127.0.0.1 {primary.port}", "--appendonly", "yes"
    )
    stores = [open_store(f"{primary.url}?wait=1", tmp_path) for _ in range(2)]
    try:
        wait_until(
            lambda: replica.client.info("replication")["master_link_status"] == "up", "the replica"
        )
        assert stores[0].apply("node.w1", pages(1, 3)) == Applied(counted=3)
        replica.pause()
        for store in stores:  # also over a connection that has written nothing yet
            with pytest.raises(StoreUnavailable, match="too few replicas"):
                store.apply("node.w1", pages(4, 6))
        replica.resume()
        assert stores[1].apply("node.w1", pages(4, 6)) == Applied(known=3)
        stores.append(open_store(replica.url, tmp_path))
        assert by_kind(stores[-1]) == {"page": 6}
    finally:
        for store in stores:
            store.close()
        for server in (replica, primary):
            server.kill()


# --- a login, and TLS


@pytest.mark.parametrize("kind", ["single", "cluster"])
def test_a_login_with_the_rights_of_the_guide_is_enough(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    guide = (Path(__file__).parents[2] / "deploy" / "redis.md").read_text(encoding="utf-8")
    line = next(line for line in guide.splitlines() if line.startswith("    ACL SETUSER portal"))
    given = request.getfixturevalue("redis_server" if kind == "single" else "session_cluster")
    nodes: list[RedisServer] = given.nodes if isinstance(given, RedisCluster) else [given]
    if isinstance(given, RedisCluster):
        given.flush()
    for node in nodes:
        node.client.execute_command(*line.replace("PASSWORD", "s3cr/t").split())
        node.client.execute_command("ACL LOG RESET")
    try:
        url = given.url.replace("//", "//portal:s3cr%2Ft@")
        use_everything(open_store(url, tmp_path))
        assert [node.client.acl_log() for node in nodes] == [[]] * len(nodes)
        wrong = open_store(url.replace("s3cr", "wr0ng"), tmp_path)
        with pytest.raises(StoreUnavailable) as caught:
            wrong.counted_sites()
        assert "wr0ng" not in str(caught.value)
        wrong.close()
    finally:
        for node in nodes:
            node.client.execute_command("ACL DELUSER portal")


def use_everything(store: Store) -> None:
    store.apply("node.w1", pages(1, 3))
    store.retire("node.w1")
    store.put("sites", "a", {}, 0)
    store.fold("ben-xe", "20210305")
    store.replace_state(store.state("ben-xe"))
    store.replace_documents("sites", store.documents("sites"))
    assert store.document("sites", "a") == (1, {})
    assert store.counted_sites() == {"ben-xe"}
    assert store.collections() == {"sites"}
    assert by_kind(store) == {"page": 3}
    assert [(row.writer, row.counted) for row in store.ledgers()] == [("node", 3)]
    store.close()


def test_tls_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    port = free_port()
    server = RedisServer(
        tmp_path / "tls",
        *("--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(certificate), "--tls-key-file", str(key)),
        *("--tls-ca-cert-file", str(certificate)),
    )
    url = f"rediss://127.0.0.1:{port}"
    try:
        store = open_store(f"{url}?ssl_ca_certs={certificate}", tmp_path)
        assert store.apply("node.w1", pages(1, 3)) == Applied(counted=3)
        store.close()
        stranger = open_store(url, tmp_path)
        with pytest.raises(StoreUnavailable):  # nobody has told whom to believe
            stranger.counted_sites()
        stranger.close()
    finally:
        server.kill()


def _answers(store: Store) -> bool:
    try:
        return store.apply("node.other", pages(1, 1, "other")) in (
            Applied(counted=1),
            Applied(known=1),
        )
    except StoreUnavailable:
        return False


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for the loopback that vouches for itself; return it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "redis")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "redis.crt", folder / "redis.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
