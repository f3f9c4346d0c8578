"""What a DHCP server or router is told so that phones find our API: RFC 8910."""

from portal.gateways.base import File

DHCP4, DHCP6, RA = 114, 103, 37
"""The option's numbers in DHCPv4, DHCPv6 and router advertisements (RFC 8910, 2.1 to 2.3)."""


def captive_portal_options(api: str) -> list[File]:
    """Return the option that carries ``api`` for each kind of server."""
    return [
        File("dnsmasq.conf", f"dhcp-option={DHCP4},{api}\ndhcp-option=option6:{DHCP6},{api}\n"),
        File(
            "dhcpd.conf",
            f'option captive-portal code {DHCP4} = text;\noption captive-portal "{api}";\n',
        ),
        File(
            "dhcpd6.conf",
            f"option dhcp6.captive-portal code {DHCP6} = text;\n"
            f'option dhcp6.captive-portal "{api}";\n',
        ),
        File(
            "kea-dhcp4.json",
            '{ "option-data": [ { "name": "v4-captive-portal", "data": "' + api + '" } ] }\n',
        ),
        File(
            "radvd.conf",
            f"# radvd 2.20 and later; the option is number {RA}\ninterface br-lan {{\n"
            f'\tCaptivePortalURI "{api}";\n}};\n',
        ),
        File(
            "windows-dhcp.ps1",
            f"Add-DhcpServerv4OptionDefinition -OptionId {DHCP4}"
            ' -Name "Captive portal" -Type String\n'
            f'Set-DhcpServerv4OptionValue -OptionId {DHCP4} -Value "{api}"\n',
        ),
        File(
            "mikrotik.rsc",
            f"/ip dhcp-server option add name=captive-portal code={DHCP4} value=\"'{api}'\"\n"
            "/ip dhcp-server network set [find] dhcp-option=captive-portal\n",
        ),
        File("openwrt.sh", f"uci add_list dhcp.lan.dhcp_option='{DHCP4},{api}'\nuci commit dhcp\n"),
    ]
