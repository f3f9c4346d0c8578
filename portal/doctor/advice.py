"""What to do about each fault, in the words of whoever stands before the device."""

from collections.abc import Mapping

from portal.doctor.findings import Fault
from portal.domain.errors import message as _

MEND: Mapping[Fault, str] = {
    Fault.NAMES: _(
        "Look at the name server that DHCP gives to guests: it has to answer before sign-in, and"
        " to know the portal's name."
    ),
    Fault.PORTAL_AWAY: _(
        "See that the server runs, that its address and port are right, and that the device lets"
        " guests reach it before sign-in."
    ),
    Fault.CERTIFICATE_EXPIRED: _(
        "Renew the certificate on the server; until then phones show a warning instead of the"
        " notice."
    ),
    Fault.CERTIFICATE_STRANGE: _(
        "The server needs a certificate for this very name from an authority that phones know, sent"
        " with its whole chain."
    ),
    Fault.CLOCK: _(
        "Set the clock from a time server (NTP); with a wrong one certificates and counts go wrong."
    ),
    Fault.NO_REDIRECT: _(
        "Switch the captive portal on for this wifi, and have guests' plain web pages (port 80)"
        " redirected. If this computer is online already, have the device forget it."
    ),
    Fault.CHECK_OPEN: _(
        "Take this host out of the list of what is open before sign-in: only its https pages may"
        " be, never port 80."
    ),
    Fault.WRONG_ADDRESS: _(
        "Enter the notice's address at the device exactly as it is in the site's kit."
    ),
    Fault.WRONG_SITE: _("The device has another place's address: copy this site's kit once more."),
    Fault.OPTION_114: _("Enter option 114 at the DHCP server, as it is in the site's kit."),
    Fault.STORE_BLOCKED: _(
        "Open this host before sign-in (https, port 443), as the kit's walled garden has it."
    ),
    Fault.WRONG_KEY: _(
        "The key or the level on the device is another than at the portal: copy both from the"
        " site's kit, without blanks."
    ),
    Fault.ARRIVAL: _(
        "See that the brand chosen for the site is the device's own, and its settings are those of"
        " the kit."
    ),
    Fault.NOT_ALLOWED: _(
        "Enter at the portal the address that the device has towards its guests, like 192.168.8.1."
    ),
    Fault.NOTICE: _("See what the portal's log says, and whether the site is archived."),
    Fault.BEACON: _("Something between here and the portal changes pages or blocks pictures."),
    Fault.NOT_ONLINE: _(
        "See that the device's own address can be reached by guests, and what its log says of"
        " the release."
    ),
}
"""By fault, a message."""
