"""The guide's own files: nginx takes them, logrotate turns the log, and no count is lost by it."""

import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.edge.conftest import HOTEL, Edge
from tests.nginx import edge_config
from tests.servers import requires
from tests.serving import free_port
from tests.tls import Authority

GUIDE = Path(__file__).parents[2] / "deploy" / "nginx"


def rotate(edge: Edge) -> None:
    """Run logrotate with the guide's file, for this log and this nginx."""
    text = (GUIDE / "logrotate").read_text()
    text = re.sub(r"^/\S+edge\.log", str(edge.log), text, flags=re.MULTILINE)
    text = text.replace("nginx -s reopen", f"kill -USR1 $(cat {edge.nginx.folder}/nginx.pid)")
    config = edge.nginx.folder / "logrotate.conf"
    config.write_text(text)
    config.chmod(0o644)
    state = edge.nginx.folder / "logrotate.state"
    command = [requires("logrotate"), "--force", "--state", str(state), str(config)]
    subprocess.run(command, check=True, capture_output=True)


def test_every_view_counts_while_the_log_turns_and_the_application_restarts(edge: Edge) -> None:
    done = threading.Event()

    def visit(number: int) -> list[str]:
        views = []
        while not done.is_set():
            path = f"/s/hotel?{HOTEL}" if number % 2 else "/s/bus"
            views.append(edge.see(path))
        return views

    edge.see()
    edge.see(f"/s/hotel?{HOTEL}")
    with ThreadPoolExecutor(4) as pool:
        visitors = [pool.submit(visit, number) for number in range(4)]
        for _ in range(2):
            rotate(edge)
            edge.leave()
            edge.begin()
            rotate(edge)
        done.set()
        views = [view for visitor in visitors for view in visitor.result()]
    assert len(set(views)) == len(views) > 100
    counted = edge.counts()
    assert counted["shown"] == counted["viewable"] == len(views) + 2
    assert counted["page"] == len(views) + 2
    assert not [kind for kind in counted if kind.startswith("rejected")]
    assert len(list(edge.log.parent.glob("edge.log*"))) == 5


def test_nginx_takes_the_guide_s_configuration(tmp_path: Path) -> None:
    to = edge_config(tmp_path / "data", tmp_path, free_port(), "http://thongbao.example.vn")
    certificate = str(Authority(tmp_path).issue(["quanly.example.vn"]))
    text = (GUIDE / "bluezone-portal.conf").read_text()
    tls = str(GUIDE / "tls.conf")
    text = text.replace("/etc/nginx/bluezone-portal-tls.conf", tls)
    text = text.replace("/etc/nginx/bluezone-portal", str(to))
    text = re.sub(r"/etc/ssl/quanly\.example\.vn\.(pem|key)", certificate, text)
    text = text.replace("listen 80 ", f"listen 127.0.0.1:{free_port()} ")
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{free_port()} ")
    config = tmp_path / "nginx.conf"
    config.write_text(f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    command = [requires("nginx"), "-t", "-q", "-c", str(config), "-e", str(tmp_path / "log")]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
