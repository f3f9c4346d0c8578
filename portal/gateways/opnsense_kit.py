"""What is entered at a zone of OPNsense: the page of its template, and the names to open.

The page runs on old phones, too. Without script nobody can be sent to the notice and be let in
afterwards, so then it offers both by hand.
"""

import json
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode, urlsplit

from portal.domain.garden import Garden
from portal.gateways.base import File

_PAGE = """\
<!DOCTYPE html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Wi-Fi</title>
</head>
<body>
<noscript>
<p><a href="%(link)s">Thông báo · Notice</a></p>
<form method="post" action="/api/captiveportal/access/logon/%(zone)s/">
<input type="hidden" name="user" value="%(user)s">
<input type="hidden" name="password" value="%(password)s">
<button>Vào mạng · Go online</button>
</form>
</noscript>
<script>
(function () {
  "use strict";
  var notice = %(notice)s, landings = %(landings)s, account = %(account)s;

  // OPNsense writes redirurl as it is: whatever stands behind it belongs to it.
  function given(name) {
    var found = new RegExp("^[?]" + name + "=(.*)").exec(location.search);
    if (!found) { return ""; }
    try { return decodeURIComponent(found[1]); } catch (error) { return found[1]; }
  }

  function tell(state, asked) {
    var here = location.protocol + "//" + location.host;
    location.replace(notice + "?opnsense=" + encodeURIComponent(here) + "&state=" + state +
      "&redirurl=" + encodeURIComponent(asked));
  }

  function ask(action, then) {
    var request = new XMLHttpRequest();
    request.open("POST", "/api/captiveportal/access/" + action + "/%(zone)s/");
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.timeout = 10000;
    request.onloadend = function () {
      var said = null;
      try { said = JSON.parse(request.responseText); } catch (error) { /* no answer is a no */ }
      then(Boolean(said) && said.clientState === "AUTHORIZED");
    };
    request.send(account);
  }

  var landing = given("landing");
  if (landing.indexOf(landings) === 0) {  // ours, and nobody else's
    ask("logon", function (online) {
      if (online) { location.replace(landing); } else { tell("refused", landing.split("://")[1]); }
    });
  } else {
    ask("status", function (online) {
      tell(online ? "online" : "held", given("redirurl"));
    });
  }
})();
</script>
</body>
</html>
"""


def kit(settings: Mapping[str, str], notice: str, garden: Garden) -> list[File]:
    """Return ``index.html`` for the zone's template, and the names to open before the login."""
    user, password = settings["username"], settings["password"]
    parts = urlsplit(notice)
    page = _PAGE % {
        "link": escape(notice),
        "notice": _script(notice),
        "landings": _script(f"{parts.scheme}://{parts.netloc}/online/"),
        "account": _script(urlencode({"user": user, "password": password})),
        "zone": settings["zone"],
        "user": escape(user),
        "password": escape(password),
    }
    lines = [
        "# Allowed addresses of the zone: the address that this name leads to",
        parts.hostname or "",
        "# A zone opens addresses and no names. For an alias of the type Host(s):",
        *(host for host in garden.hosts() if not host.startswith("*")),
    ]
    return [
        File("index.html", page),
        File("opnsense-open.txt", "".join(f"{line}\n" for line in lines)),
    ]


def _script(value: str) -> str:
    """Return ``value`` as a string of JavaScript that cannot end its script."""
    return json.dumps(value).replace("<", "\\u003c")
