"""The portal's rules about agents, written as nginx's maps: a second form, never a second copy.

nginx asks the regular expressions of a map in their order, like ``devices.judge``, and ``~*`` takes
large letters for small ones, as the rules want. They mean the same in Python and in PCRE as long
as the agent is plain ASCII; of any other one, and of one that no rule knows, the class is empty:
then the application decides. Source: nginx's documentation, module ngx_http_map_module; an empty
value is compared with no regular expression there (ngx_http_variables.c, ngx_http_map_find).
"""

import re
from collections.abc import Iterable, Mapping
from html.entities import html5
from http import HTTPStatus

from portal.domain import devices
from portal.domain.agent_classes import start_of
from portal.domain.campaign import Campaign
from portal.domain.devices import AppStore, Form, Sheet
from portal.domain.events import LINKED
from portal.domain.probes import ANY_PATH, Probe

AGENT = "$http_user_agent"

Row = tuple[str, str]


def quoted(text: str) -> str:
    """Return ``text`` as nginx reads it between quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def block(source: str, target: str, rows: Iterable[Row], default: str = "") -> str:
    """Return a map from the variable ``source`` to the variable ``target``."""
    lines = (f"    {quoted(key)} {quoted(value)};\n" for key, value in rows)
    return f"map {source} {target} {{\n    default {quoted(default)};\n{''.join(lines)}}}\n"


def agent_maps(campaign: Campaign) -> str:
    """Return the maps from an agent to ``$edge_class``; robots have none."""
    return "\n".join(
        (
            block(AGENT, "$edge_rule", _rules()),
            block("$edge_rule", "$edge_form", [("~:$", "$edge_form_seen")]),
            block(
                AGENT,
                "$edge_form_seen",
                [(f"~*{devices.TABLET.pattern}", Form.TABLET)],
                Form.PHONE,
            ),
            block(AGENT, "$edge_sheet", _sheets()),
            block(AGENT, "$edge_version", [(f"~*{_version()}", "$edge_major.$edge_minor")]),
            block("$edge_rule/$edge_version", "$edge_old", _old(campaign), "0"),
            block(AGENT, "$edge_huawei", [(f"~*{devices.HUAWEI.pattern}", "1")], "0"),
            block(AGENT, "$edge_intents", [(f"~*{devices.INTENTS.pattern}", "1")], "0"),
            block(
                "$edge_rule",
                "$edge_class",
                [("", "")],
                "$edge_rule$edge_form:$edge_sheet:$edge_old$edge_huawei$edge_intents",
            ),
        )
    )


def _rules() -> list[Row]:
    others = f"[^\\x20-\\x7e]|^.{{{devices.LONGEST + 1}}}"
    rows = [(f"~{others}", ""), (f"~*{devices.BOT.pattern}", "")]
    for rule in devices.RULES:
        value = f"{start_of(rule.os, rule.stores)}{rule.form or ''}"
        rows.append((f"~*{rule.pattern.pattern}", value))
    return rows


def _sheets() -> list[Row]:
    return [
        (f"~*{devices.APPLE.pattern}", Sheet.APPLE),
        (f"~*{devices.WEBVIEW.pattern}", Sheet.WEBVIEW),
    ]


def _version() -> str:
    """Return the expression for a version with its two numbers by name, whichever half finds it."""
    android, ios = devices.VERSION.pattern.split("|", 1)
    names = ("edge_major", "edge_minor")
    return "(?|" + "|".join(_named(half, names) for half in (android, ios)) + ")"


def _named(pattern: str, names: Iterable[str]) -> str:
    for name in names:
        pattern = pattern.replace(r"(\d+)", rf"(?<{name}>\d{{1,4}})\d*", 1)
    return pattern


def _old(campaign: Campaign) -> list[Row]:
    """Return the versions below what each store's app needs, for the systems that tell theirs."""
    rows = []
    for os, stores in devices.STORES.items():
        if stores[0] not in campaign.stores:
            continue
        major, minor = campaign.stores[stores[0]].oldest
        below = [f"0*{_any_of(range(major))}\\.", f"0*{major}\\.0*{_any_of(range(minor))}?$"]
        wanted = below if minor else below[:1]
        start = re.escape(start_of(os, stores))
        rows.append((f"~^{start}[a-z]*/(?!0*\\.0*$)(?:{'|'.join(wanted)})", "1"))
    return rows


def _any_of(numbers: Iterable[int]) -> str:
    return f"(?:{'|'.join(map(str, numbers))})" if numbers else "(?!)"


def store_map() -> str:
    """Return the map from ``$edge_rule`` to the one store of the device, else "both"."""
    rows = [(f"~^[a-z_]*:{store}:", str(store)) for store in AppStore]
    return block("$edge_rule", "$edge_store", rows, "both")


def language_map(languages: Iterable[str], foreign: str) -> str:
    """Return the map from the preferred language to that of the pages for our absence."""
    rows = [("", next(iter(languages)))]
    rows += [(f"~*^{language}\\b", language) for language in languages]
    return block("$http_accept_language", "$edge_lang", rows, foreign)


def shapes_map(venue: str) -> str:
    """Return the map from the gateway's parameters to what they are; "" for anything unusual.

    They are put into attributes of a page as they are, between our own. So nothing may be in them
    that ends an attribute, and no name may begin like a character reference: ``&lt_x=`` would be
    read as ``<_x=``, but ``&ltx=`` as it stands (HTML, 13.2.5.73, named character references).
    """
    channels = [(f"c={channel}", str(channel)) for channel in LINKED]
    references = "|".join(sorted(name for name in html5 if not name.endswith(";")))
    name = f"(?!(?:{references})[._~-])[A-Za-z0-9._~-]+"
    value = r"[^\x00-\x20\x22&;<>\x7f-\xff]*"
    plain = f"~^{name}={value}(?:&{name}={value})*$"
    return block(
        "$edge_args", "$edge_shape", [("", "none"), *channels, (venue, venue), (plain, "wifi")]
    )


def proofs_map(proofs: Iterable[str]) -> str:
    """Return the map from the gateway's parameters to what has to be read by the application.

    These are proofs, a view's own address, and our landing page: the gateway has sent back whom it
    had let through, or refused.
    """
    names = "|".join(map(re.escape, sorted({*proofs, "v"})))
    return block(
        "$args", "$edge_proof", [(f"~(?:^|&)(?:{names})=|(?:/|%2[Ff])online(?:/|%2[Ff])", "1")]
    )


def links_map(stores: Mapping[str, str], official: str) -> str:
    """Return the map from the tap of somebody whom nobody holds to where it leads."""
    rows = [(f":go:{store}", url) for store, url in stores.items()]
    rows += [(f":{way}:", official) for way in ("continue", "installed")]
    return block("$edge_held:$edge_kind:$edge_after", "$edge_link", rows)


def probes_maps(probes: Iterable[Probe]) -> str:
    """Return the maps from a check's host and path to how it succeeds: how, what, and a header."""
    how, said, manager = [], [], []
    for probe in probes:
        # Expressions, although the text is fixed: nginx's tables have no room for names this long
        # unless its main configuration says so.
        path = "/" if probe.path == ANY_PATH else f"{re.escape(probe.path)}$"
        key = f"~^{re.escape(probe.host)}{path}"
        headers = dict(probe.headers)
        fixed = probe.status != HTTPStatus.OK
        how.append((key, str(probe.status) if fixed else probe.content_type))
        if what := headers.get("Location", probe.body):
            said.append((key, what))
        if online := headers.get("X-NetworkManager-Status"):
            manager.append((key, online))
    return "\n".join(
        block("$host$uri", target, rows)
        for target, rows in (
            ("$edge_probe", how),
            ("$edge_probe_said", said),
            ("$edge_probe_manager", manager),
        )
    )
