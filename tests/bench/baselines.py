"""What the portal is compared with, served by the same gunicorn settings.

``ok`` is the least a Flask view can do, ``bare`` the least that gunicorn can. ``naive`` is how such
a notice is usually written: render the template, parse the agent, count in Redis, on every request.
"""

import os
from collections.abc import Callable

import user_agents
from flask import Flask, render_template_string, request
from redis import Redis

ok = Flask("ok", static_folder=None)


@ok.get("/")
def answer() -> str:
    """Answer two letters."""
    return "ok"


def bare(environ: object, start_response: Callable[..., object]) -> list[bytes]:
    """Answer two letters without Flask."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


naive = Flask("naive", static_folder=None)
_redis = Redis(port=int(os.environ.get("BENCH_REDIS_PORT", "6379")))
_PAGE = """<!doctype html><html lang="{{ lang }}"><head><title>{{ app }}</title></head><body>
<h1>{{ app }}</h1><p>{{ text }}</p><ol>{% for step in steps %}<li>{{ step }}</li>{% endfor %}</ol>
<a href="{{ store }}">{{ store }}</a></body></html>"""


@naive.get("/s/<site>")
def notice(site: str) -> str:
    """Show a notice a third as long as ours, and count it."""
    agent = user_agents.parse(request.headers.get("User-Agent", ""))
    _redis.hincrby(f"counts:{site}", agent.os.family)
    store = "https://apps.apple.com/" if agent.os.family == "iOS" else "https://play.google.com/"
    return render_template_string(
        _PAGE,
        lang="vi",
        app="Bluezone",
        text="Mời quý khách cài đặt " * 90,
        steps="1234",
        store=store,
    )
