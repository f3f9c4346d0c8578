"""How each brand of wifi device is set up, step by step; the long guides are in ``deploy/``."""

from collections.abc import Mapping

from portal.domain.errors import message as _

_TRY = _("Join the wifi with a phone, tap “Continue”, and watch the live check.")
_CHECKS = _("Do not open the hosts of connectivity checks, or phones never show the notice.")
STEPS: Mapping[str, tuple[str, ...]] = {
    "opennds": (
        _(
            "OpenWrt: copy the file “opennds” to /etc/config/opennds, and add the line of “crontab”"
            " to the crontab. Debian: copy “opennds.conf” to /etc/opennds."
        ),
        _("Write in place of ADDRESS the internet address that the notice's name leads to."),
        _("At level 2 and 3 the gateway needs php-cli with PHP's openssl."),
        _(
            "The list of open hosts needs ipset on Debian and dnsmasq-full on OpenWrt (before 22.03"
            " ipset, too): without it openNDS ends at its start."
        ),
        _("Restart openNDS."),
        _TRY,
    ),
    "mikrotik": (
        _("Make the hotspot as usual (/ip hotspot setup)."),
        _(
            "Drag “login.html” and “alogin.html” into the hotspot's folder in Files; remove"
            " “flogin.html” there, if there is one."
        ),
        _("Upload “bluezone.rsc”, then run: /import file-name=bluezone.rsc"),
        _TRY,
    ),
    "unifi": (
        _(
            "In UniFi, at Hotspot, choose External Portal Server, and enter the name of"
            " “unifi-portal” without a path."
        ),
        _("Switch HTTPS redirection and secure portal off."),
        _("Enter the names of “unifi-pre-authorization-access” at Pre-Authorization Access."),
        _CHECKS,
        _TRY,
    ),
    "omada": (
        _("In the controller, at Hotspot Manager, make the operator that is entered here."),
        _("Make a portal for the guests' network with what “omada-portal” says."),
        _("Enter the names of “omada-pre-authentication-access” at Access Control."),
        _CHECKS,
        _TRY,
    ),
    "meraki": (
        _("In the dashboard, at Wireless, Access control, choose the splash page Click-through."),
        _("Switch the walled garden on, and enter the names of “meraki.txt”, one a line."),
        _("At Splash page enter the custom splash URL of “meraki.txt”."),
        _TRY,
    ),
    "coovachilli": (
        _(
            "Enter the lines of “config” in /etc/chilli/config, each letter as it is: the address"
            " is signed."
        ),
        _("Name your RADIUS server there, and enter the account of “users” in it."),
        _("Restart chilli."),
        _TRY,
    ),
    "cisco": (
        _("Enter the lines of “cisco-aireos” or “cisco-iosxe” at the controller."),
        _CHECKS,
        _TRY,
    ),
    "aruba": (
        _("Enter the lines of “aruba-instant” or “aruba-controller”."),
        _(
            "Make the guest account that is entered here, in the gateway's user database or in"
            " RADIUS."
        ),
        _CHECKS,
        _TRY,
    ),
    "ruckus": (
        _("Make the guest account that is entered here, on the hotspot's authentication server."),
        _(
            "At Hotspot (WISPr) services enter the login page and the walled garden of the files;"
            " the login page begins with http, not https."
        ),
        _CHECKS,
        _TRY,
    ),
    "opnsense": (
        _(
            "Put “index.html” alone into a zip file, upload it at Services, Captive Portal,"
            " Templates, and choose it in the zone."
        ),
        _(
            "In the zone choose nothing at “Authenticate using”, and enter the notice's address at"
            " Allowed addresses."
        ),
        _TRY,
    ),
    "form": (
        _("Enter the notice's address as the device's external login page."),
        _("Open the hosts of the stores before sign-in, where the device can."),
        _CHECKS,
        _TRY,
    ),
    "notice": (
        _("Enter the lines for your DHCP server: of the files, the one that is called like it."),
        _("The notice's address has to be https with a certificate that phones trust."),
        _(
            "Switch the phone's wifi off and on; it offers the page in a notification or in the"
            " wifi's settings."
        ),
    ),
    "standalone": (
        _("Follow the guide “standalone”: the box gives addresses and leads every name to itself."),
        _("Enter the box's own network as the visitors' network of this site."),
        _TRY,
    ),
}
"""Steps by the gateway's name, as messages; none for a site without a device."""
