"""How gunicorn serves the portal. Every line has its reason."""

import os
import resource
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from portal.settings import load_settings

_settings = load_settings()
_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
_OWN_FILES = 40  # of a worker: journal, store, sockets, and some that are opened for a moment

wsgi_app = "portal.wsgi:application"
bind = [_settings.bind]
workers = _settings.workers or min(8, os.cpu_count() or 1)
threads = _settings.threads
worker_class = "gthread"  # visitors' phones are slow: a thread each, not a process each
# A worker that may open no more files dies of the next visitor (gunicorn's accept raises). So
# further ones wait at the door before it comes to that.
worker_connections = max(threads + 1, min(1000, _files - _OWN_FILES))
preload_app = True  # catalogues, templates and tables are read once, and shared
timeout = 30  # a worker that hangs longer is replaced; its journal is adopted
graceful_timeout = 20
keepalive = 5
max_requests = 200_000  # a slow leak never grows old
max_requests_jitter = 20_000  # and the workers do not all begin anew at once
limit_request_line = 8190  # gateways put the visitor's whole original address into ours
limit_request_fields = 64
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# A slow disk must not make a living worker look dead, so its heartbeat lives in memory.
control_socket_disable = True  # nobody needs it, and a hardened unit has no place for it
accesslog = None  # an address line may hold what a gateway says of the visitor
errorlog = "-"
loglevel = _settings.log_level
proc_name = "bluezone-portal"
# Addresses of visitors come from X-Forwarded-For only through portal.web.proxies.
forwarded_allow_ips = ",".join(_settings.trusted_proxies) or "127.0.0.1"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}  # one truth: several may contradict
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": _settings.log_level.upper(), "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": _settings.log_level.upper(), "propagate": True},
        "gunicorn.access": {"level": "CRITICAL", "propagate": False},
    },
}


def post_worker_init(worker: Any) -> None:
    """Begin to journal and flush, in the worker and not before: a journal is not shared."""
    _start_threads(worker.tpool)
    worker.wsgi.extensions["portal"].start()


def _start_threads(pool: ThreadPoolExecutor) -> None:
    """Start all threads that visitors will need. Raise RuntimeError when there is no room.

    Of itself the pool starts each with the visitor who needs it. Where a limit (TasksMax) allows no
    more, that visitor and all others would wait; so it shows at the start instead.
    """
    together = Barrier(threads)  # one that is free again would take the next one's place
    try:
        for _ in range(threads):
            pool.submit(together.wait)
    except RuntimeError:
        together.abort()
        raise


def worker_exit(server: Any, worker: Any) -> None:
    """Bring everything to the store before the worker ends in order."""
    if app := getattr(worker, "wsgi", None):
        app.extensions["portal"].stop()
