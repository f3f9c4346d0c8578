"""Names that the command line and the console both show, as messages."""

from portal.domain.errors import message as _

SYSTEMS = {
    "android": "Android",
    "ios": "iOS",
    "harmonyos": "HarmonyOS",
    "windows": "Windows",
    "macos": "macOS",
    "linux": "Linux",
    "chromeos": "ChromeOS",
    "windows_phone": "Windows Phone",
    "kaios": "KaiOS",
    "tizen": "Tizen",
    "other": _("other"),
}

SITE_KINDS = {
    "hotel": _("hotel"),
    "guesthouse": _("guesthouse"),
    "bus_station": _("bus station"),
    "train_station": _("train station"),
    "airport": _("airport"),
    "port": _("port"),
    "vehicle": _("vehicle"),
    "public_wifi": _("public wifi"),
    "restaurant": _("restaurant"),
    "office": _("office"),
    "school": _("school"),
    "market": _("market"),
    "other": _("other"),
}

GATEWAYS = {
    "aruba": "Aruba",
    "cisco": "Cisco WLC",
    "form": _("any that takes a form"),
    "meraki": "Cisco Meraki",
    "coovachilli": "CoovaChilli",
    "link": _("none (link or QR code)"),
    "mikrotik": "MikroTik",
    "notice": _("none (DHCP option 114)"),
    "omada": "TP-Link Omada",
    "opennds": "openNDS",
    "opnsense": "OPNsense",
    "ruckus": "Ruckus",
    "standalone": _("this service alone"),
    "unifi": "UniFi",
}

WEEK_STATES = {"open": _("open"), "draft": _("draft"), "closed": _("closed")}
"""What has become of a week's report."""

DEFINITION = _(
    "An impression is a notice that has begun to show on the phone, counted once per view;"
    " robots, repeated and outdated views are not counted."
)
"""What the reported number is: it stands under every table."""
