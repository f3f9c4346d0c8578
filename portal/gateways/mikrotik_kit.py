"""What is entered at a hotspot of RouterOS: two of its servlet pages, and a script.

Sources: RouterOS's documentation, "Hotspot customisation" (variables, ``-esc``, and ``$(if
http-status …)``, which sets the status although it looks like a question), "HotSpot" (profiles)
and "Walled Garden".
"""

from collections.abc import Mapping
from html import escape
from ipaddress import ip_address
from urllib.parse import urlsplit

from portal.domain.garden import Garden

NAME = "bluezone"
"""What the script calls its profile, and marks its entries with."""

_SENT = (
    "mac",
    "ip",
    "username",
    "link-login-only",
    "link-orig",
    "chap-id",
    "chap-challenge",
    "error",
    "trial",
    "identity",
    "server-name",
)
"""The hotspot's variables that the login page hands over."""

_PAGE = """\
$(if http-status == 302)Found$(endif)
$(if http-header == "Location"){location}$(endif)
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>Wi-Fi</title>
<meta http-equiv="refresh" content="0; url={target}">
<meta http-equiv="pragma" content="no-cache">
<meta http-equiv="expires" content="-1">
</head>
<body>
<p><a href="{target}">Wi-Fi</a></p>
</body>
</html>
"""
"""Redirects by HTTP; versions that do not know how show the page, which does the same."""

ALOGIN = _PAGE.format(location="$(link-redirect)", target="$(link-redirect)")
"""After the login: at once to where the visitor is to land, without a window of its own."""


def login_page(notice: str) -> str:
    """Return ``login.html``, which sends the visitor to ``notice``.

    Every variable is written by its escaped name: the visitor chooses some of them.
    """
    query = "&".join(f"{name}=$({name}-esc)" for name in _SENT)
    location = f"{notice}{'&' if '?' in notice else '?'}{query}"
    return _PAGE.format(location=location, target=escape(location))


def script(settings: Mapping[str, str], notice: str, garden: Garden) -> str:
    """Return the commands for ``/import``; they may be run any number of times."""
    lines = [
        "# Sets every hotspot profile: for one of several write [find name=hsprof1] below.",
        *_profile(settings),
        *_login(settings),
        *_garden(urlsplit(notice).hostname or "", garden),
    ]
    return "\n".join([*lines, ""])


def _profile(settings: Mapping[str, str]) -> list[str]:
    """Return the profile of the visitors: how fast, and how long for an account."""
    profile, values = "/ip hotspot user profile", ["shared-users=unlimited"]
    if settings["up"] or settings["down"]:
        # As the router sees it: what it receives, what it sends.
        up, down = (f"{settings[name]}k" if settings[name] else "0" for name in ("up", "down"))
        values.append(f'rate-limit="{up}/{down}"')
    if settings["minutes"] and settings["login"] != "trial":
        values.append(f"session-timeout={settings['minutes']}m")
    return [
        f":if ([:len [{profile} find name={NAME}]] = 0) do={{ {profile} add name={NAME} }}",
        f"{profile} set [find name={NAME}] {' '.join(values)}",
    ]


def _login(settings: Mapping[str, str]) -> list[str]:
    """Return how visitors log in; without cookies, so that the notice is shown every time."""
    profile = "/ip hotspot profile set [find]"
    if settings["login"] == "trial":
        limits = ""
        if settings["minutes"]:
            limits = f" trial-uptime-limit={settings['minutes']}m trial-uptime-reset=1m"
        return [
            # A trial alone is refused: it comes over http. And in two steps: its values are taken
            # only where there is a trial.
            f"{profile} login-by=http-chap,trial",
            f"{profile} trial-user-profile={NAME}{limits}",
        ]
    user, name = "/ip hotspot user", _quoted(settings["username"])
    return [
        f"{profile} login-by=http-{settings['login']}",
        f"{user} remove [find name={name}]",
        f"{user} add name={name} password={_quoted(settings['password'])} profile={NAME}",
    ]


def _garden(portal: str, garden: Garden) -> list[str]:
    """Return what is open before the login: by name, and by address where that is needed.

    Stores share addresses with connectivity checks, which come over plain http: of stores only
    the port of https is opened by address. There no name may stand for several.
    """
    named, by_address = "/ip hotspot walled-garden", "/ip hotspot walled-garden ip"
    exact = [host for host in garden.hosts() if not host.startswith("*")]
    return [
        f"{named} remove [find comment={NAME} dynamic=no]",
        f"{by_address} remove [find comment={NAME} dynamic=no]",
        *(f'{named} add dst-host="{host}" comment={NAME}' for host in (portal, *garden.hosts())),
        f'{by_address} add {_destination(portal)}="{portal}" protocol=tcp comment={NAME}',
        *(
            f'{by_address} add dst-host="{host}" protocol=tcp dst-port=443 comment={NAME}'
            for host in exact
        ),
    ]


def _destination(host: str) -> str:
    try:
        ip_address(host)
    except ValueError:
        return "dst-host"
    return "dst-address"


def _quoted(value: str) -> str:
    r"""Return ``value`` as RouterOS reads it: quotes, ``$`` and letters with marks as ``\E1``."""
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\$?' else f"\\{byte:02X}"
        for byte in value.encode()
    )
    return f'"{plain}"'
