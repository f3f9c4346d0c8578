"""Sending messages to people, at the addresses of apprise that the settings name."""

import hashlib
import logging
import warnings
from collections.abc import Sequence
from enum import StrEnum

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a message to one address."""

    SENT = "sent"
    FAILED = "failed"  # it was not taken; another try may help
    UNKNOWN = "unknown"  # no address that apprise understands; no try will help


class Notifier:
    """Sends to the addresses, which hold passwords: outside they are known by their names only."""

    def __init__(self, addresses: Sequence[str], sender: str, url: str = "") -> None:
        """``sender``: what messages say they are from; ``url``: where it is at home."""
        self._addresses = {_name(address): address for address in addresses}
        self._sender = sender
        self._url = url

    @property
    def names(self) -> list[str]:
        """The names of the addresses, in their order."""
        return list(self._addresses)

    def send(self, name: str, title: str, text: str) -> Outcome:
        """Send a message to one address; it may take as long as its server. Never raises."""
        address = self._addresses[name]
        try:
            outcome = self._send(address, title, text)
        except Exception as error:  # a bug in one of a hundred plugins must not stop the others
            # Without its words, which may hold the address.
            log.error("a message to address %s failed: %s", self.shown(name), type(error).__name__)
            return Outcome.FAILED
        if outcome is not Outcome.SENT:
            log.warning("a message to address %s was not sent: %s", self.shown(name), outcome)
        return outcome

    def shown(self, name: str) -> str:
        """Return an address as people may see it: its place in the setting, and its kind."""
        return f"{self.names.index(name) + 1} ({_scheme(self._addresses[name])})"

    def _send(self, address: str, title: str, text: str) -> Outcome:
        with warnings.catch_warnings():
            # Its plugins, 25 MB of them, use what Python will drop some day; loaded when needed.
            warnings.simplefilter("ignore", DeprecationWarning)
            import apprise

            asset = apprise.AppriseAsset(
                app_id=self._sender,
                app_desc=self._sender,
                app_url=self._url,
                image_url_mask="",  # nobody's server is asked for a picture
                image_url_logo="",
                async_mode=False,
            )
            target = apprise.Apprise(asset=asset)
            if not target.add(address):
                return Outcome.UNKNOWN
        sent = target.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT)
        return Outcome.SENT if sent else Outcome.FAILED


def _name(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _scheme(address: str) -> str:
    return address.partition("://")[0].lower()
