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
