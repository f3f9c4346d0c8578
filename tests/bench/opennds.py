"""openNDS's own splash page, as Debian's package shows it to a phone in the lab."""

import os
import shutil
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.results import Results, number_of
from tests.lab.gateway_lab import lab
from tests.lab.phone import Phone
from tests.lab.processes import LabError

PAGES = 30
_CONFIGURATION = """\
gatewayinterface br-lan
gatewayname Bench
gatewayfqdn status.client
login_option_enabled 1
FirewallRuleSet authenticated-users {
FirewallRule allow all
}
FirewallRuleSet users-to-router {
FirewallRule allow udp port 53
FirewallRule allow tcp port 53
FirewallRule allow udp port 67
FirewallRule allow tcp port 80
}
"""


def main(results: Results) -> None:
    """Measure, and write it down; say why not where the lab cannot run."""
    if os.geteuid() or not shutil.which("opennds"):
        print("openNDS's splash page: this needs root and Debian's packages (tests/lab/README.md)")
        return
    table = results.table(
        "openNDS's own splash page",
        "One phone asks for the page that Debian's openNDS 9.10.0 makes itself, one after another;"
        " several at once make it crash.",
        "", "pages/s", "ms",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        with lab(1, 1, Path(name), configuration=_CONFIGURATION) as gateway:
            phone = gateway.phones[0]
            page = phone.probe()[-1]
            if page.status != 200 or "<form" not in page.body:
                raise LabError(f"no splash page: {page}")
            times = [_asked(phone, page.url) for _ in range(PAGES)]
    rate = 1 / median(times)
    table.add("splash page", number_of(rate, 1), number_of(1000 / rate))
    results.bars.append(("openNDS, splash page", rate))


def _asked(phone: Phone, url: str) -> float:
    """Return the seconds until the page was there."""
    command = ("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{time_total}", url)
    status, seconds = phone.namespace.run(*command).split()
    if status != "200":
        raise LabError(f"no splash page: {status}")
    return float(seconds)


if __name__ == "__main__":
    main(Results())
