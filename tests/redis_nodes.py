"""Redis on many nodes, for real: a Cluster of six, and a primary that Sentinels watch."""

from pathlib import Path
from typing import Any

from tests.servers import RedisServer, free_port, wait_until

_SLOTS = 16384
_TIMEOUT = "1000"  # milliseconds until a node that does not answer is replaced
_REPLICATING = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")


class RedisCluster:
    """Three primaries with a replica each, on the loopback. A node may be killed and started."""

    def __init__(self, folder: Path) -> None:
        self.nodes: list[RedisServer] = []
        try:
            self._make(folder)
        except BaseException:
            self.kill()
            raise

    def _make(self, folder: Path) -> None:
        for n in range(6):
            self.nodes.append(_node(folder / f"node{n}"))
        for n, node in enumerate(self.nodes):
            node.client.execute_command("CLUSTER SET-CONFIG-EPOCH", n + 1)
        for node in self.nodes[1:]:
            node.client.execute_command(
                "CLUSTER MEET", "127.0.0.1", self.nodes[0].port, _bus(self.nodes[0])
            )
        wait_until(lambda: all(_known(node) == 6 for node in self.nodes), "six nodes to meet")
        for n, (primary, replica) in enumerate(zip(self.nodes[:3], self.nodes[3:], strict=True)):
            first, end = _SLOTS * n // 3, _SLOTS * (n + 1) // 3
            primary.client.execute_command("CLUSTER ADDSLOTSRANGE", first, end - 1)
            replica.client.execute_command(
                "CLUSTER REPLICATE", primary.client.execute_command("CLUSTER MYID")
            )
        wait_until(self.is_whole, "the cluster to be whole", 60)

    @property
    def url(self) -> str:
        """The address of the cluster."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def is_whole(self) -> bool:
        """Tell whether every node that runs sees all slots served, and every replica keeps up."""
        running = [node for node in self.nodes if node.runs]
        states = [node.client.execute_command("CLUSTER INFO") for node in running]
        roles = [node.client.info("replication") for node in running]
        return all(state["cluster_state"] == "ok" for state in states) and all(
            role["role"] == "master" or role["master_link_status"] == "up" for role in roles
        )

    def primaries(self) -> list[RedisServer]:
        """Return the running nodes that are primaries."""
        return [
            node
            for node in self.nodes
            if node.runs and node.client.info("replication")["role"] == "master"
        ]

    def primary_of(self, key: str) -> RedisServer:
        """Return the node that owns the slot of ``key``."""
        for node in self.primaries():
            try:
                node.client.exists(key)
            except Exception:  # MOVED: another node's
                continue
            return node
        raise AssertionError(f"nobody owns {key}")

    def flush(self) -> None:
        """Empty the cluster, scripts included."""
        for node in self.primaries():
            node.client.flushall()
        for node in self.nodes:
            node.client.script_flush()

    def kill(self) -> None:
        """End every node."""
        for node in self.nodes:
            node.kill()


class Sentinels:
    """A primary, a replica, and three Sentinels that put the replica in its place."""

    def __init__(self, folder: Path) -> None:
        self.primary = RedisServer(folder / "primary", *_REPLICATING)
        follow = ("--replicaof", f"127.0.0.1 {self.primary.port}")
        self.replica = RedisServer(folder / "replica", *follow, *_REPLICATING)
        self.sentinels = [_sentinel(folder / f"sentinel{n}", self.primary.port) for n in range(3)]
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        self.url = f"redis+sentinel://{hosts}/portal/0"
        wait_until(self._watched, "the sentinels to know one another and the replica", 60)

    def kill(self) -> None:
        """End everything."""
        for server in (*self.sentinels, self.replica, self.primary):
            server.kill()

    def _watched(self) -> bool:
        seen = [sentinel.client.sentinel_master("portal") for sentinel in self.sentinels]
        replicas = [sentinel.client.sentinel_slaves("portal") for sentinel in self.sentinels]
        return all(
            row["num-other-sentinels"] == 2 and row["num-slaves"] == 1 for row in seen
        ) and all(found and found[0]["master-link-status"] == "ok" for found in replicas)


def _node(folder: Path) -> RedisServer:
    # The usual distance of 10.000 to the bus port would leave the range of ports.
    return RedisServer(
        folder,
        *("--cluster-enabled", "yes", "--cluster-port", str(free_port())),
        *("--cluster-node-timeout", _TIMEOUT, "--cluster-replica-validity-factor", "0"),
        *_REPLICATING,
    )


def _bus(node: RedisServer) -> str:
    line: Any = node.client.config_get("cluster-port")
    return str(line["cluster-port"])


def _known(node: RedisServer) -> int:
    info: Any = node.client.execute_command("CLUSTER INFO")
    return int(info["cluster_known_nodes"])


def _sentinel(folder: Path, port: int) -> RedisServer:
    folder.mkdir()
    settings = folder / "sentinel.conf"
    settings.write_text(
        f"sentinel monitor portal 127.0.0.1 {port} 2\n"
        "sentinel down-after-milliseconds portal 1000\n"
        "sentinel failover-timeout portal 5000\n"
    )
    return RedisServer(folder, settings=settings)
