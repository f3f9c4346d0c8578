"""The portal's own gunicorn settings, for the applications it is compared with."""

from portal.gunicorn_conf import *  # noqa: F403

wsgi_app = ""  # named on the command line


def post_worker_init(worker: object) -> None:
    """Begin nothing: these applications have no background work."""


def worker_exit(server: object, worker: object) -> None:
    """End nothing."""
