"""Which device a user agent names, and so which app store helps its owner."""

import re
from dataclasses import dataclass
from enum import StrEnum


class OS(StrEnum):
    """Operating system classes that are counted. Coarse on purpose: a class identifies nobody."""

    ANDROID = "android"
    IOS = "ios"  # iPadOS included
    HARMONYOS = "harmonyos"
    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"
    CHROMEOS = "chromeos"
    WINDOWS_PHONE = "windows_phone"
    KAIOS = "kaios"
    TIZEN = "tizen"
    OTHER = "other"


class AppStore(StrEnum):
    """The stores that a campaign has links for."""

    PLAY = "play"
    APPSTORE = "appstore"


class Sheet(StrEnum):
    """Login sheets that can be told from the agent. Store links lead nowhere inside one."""

    APPLE = "apple"
    WEBVIEW = "webview"


class Form(StrEnum):
    """What the device looks like, as far as the page needs to know."""

    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"
    TV = "tv"
    FEATURE = "feature"
    OTHER = "other"


LONGEST = 512
"""Characters of an agent that are looked at; 8 KB would cost more time than the page."""
PLAY = (AppStore.PLAY,)
APPSTORE = (AppStore.APPSTORE,)
BOTH = (AppStore.PLAY, AppStore.APPSTORE)
NONE: tuple[AppStore, ...] = ()
UNKNOWN = (0, 0)


@dataclass(frozen=True, slots=True)
class Device:
    """What is known about the visitor's device. Nothing in it tells two such devices apart."""

    os: OS
    form: Form
    stores: tuple[AppStore, ...]  # what to offer: one, none that helps, or both when undecidable
    sheet: Sheet | None = None
    bot: bool = False
    version: tuple[int, int] = UNKNOWN  # of Android or iOS, as far as it tells
    huawei: bool = False  # maybe without Google's services
    intents: bool = False  # its browser hands an intent: address to the app that it is for

    @property
    def store(self) -> AppStore | None:
        """The one store that is certain."""
        return self.stores[0] if len(self.stores) == 1 else None


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of lower-case agents, and what is certain about a device that matches it."""

    os: OS
    stores: tuple[AppStore, ...]
    form: Form | None  # None: the rest of the agent tells phone from tablet
    pattern: re.Pattern[str]


def _rule(os: OS, stores: tuple[AppStore, ...], form: Form | None, *patterns: str) -> Rule:
    return Rule(os, stores, form, re.compile("|".join(patterns)))


# Read from top to bottom; the first match decides.
RULES = (
    _rule(OS.OTHER, BOTH, Form.OTHER, r"^\s*$", r"^captivenetworksupport"),
    # Systems that say Android or iPhone in their agents without being it.
    _rule(OS.HARMONYOS, NONE, None, r"harmonyos", r"openharmony", r"\bhmos\b"),
    _rule(OS.WINDOWS_PHONE, NONE, Form.PHONE, r"windows (?:phone|ce|mobile)", r"wm5\b"),
    _rule(OS.WINDOWS_PHONE, NONE, Form.PHONE, r"iemobile", r"wpdesktop", r"osmeta"),
    _rule(OS.KAIOS, NONE, Form.FEATURE, r"kaios"),
    _rule(OS.TIZEN, NONE, Form.TV, r"smart-?tv.*tizen", r"tizen.* tv\b", r"hbbtv.*tizen"),
    _rule(OS.TIZEN, NONE, None, r"tizen"),
    _rule(OS.OTHER, NONE, Form.OTHER, r"playstation", r"nintendo"),
    _rule(OS.OTHER, NONE, Form.FEATURE, r"j2me"),
    _rule(OS.OTHER, NONE, None, r"like (?:android|iphone)", r"jolla", r"playbook"),
    _rule(OS.OTHER, NONE, Form.PHONE, r"webosbrowser", r" pre/\d"),  # Palm
    # Android without Play: the page offers the visitor's phone a QR code instead.
    _rule(OS.ANDROID, NONE, Form.TV, r"android ?tv", r"android.*(?:bravia|mitv|mibox|; aft[a-z])"),
    _rule(OS.ANDROID, NONE, Form.TV, r"android.*(?:google ?tv|smart[- ]?tv|chromecast|crkey)"),
    _rule(OS.ANDROID, NONE, Form.TABLET, r"silk/", r"android.*; kf(?:tt|ot|[a-z]{2,3}w[ai])\b"),
    _rule(OS.ANDROID, PLAY, None, r"android"),
    # Android that does not say so: UC's "Adr" and its proxies, Facebook's FB4A, Puffin's suffix.
    _rule(OS.ANDROID, PLAY, None, r"ucweb/2\.0 ?\((?:linux|midp)", r"\badr\b", r"juc ?\(linux"),
    _rule(OS.ANDROID, PLAY, None, r"fb4a", r"puffin/[\d.]+a[pt]", r"linux;[^)]* build/[a-z]"),
    # Android's browsers asked for the desktop site; the last is AOSP's own constant for it.
    _rule(OS.ANDROID, PLAY, None, r"^mozilla/5\.0 ?\(x11;.*samsungbrowser/"),
    _rule(
        OS.ANDROID, PLAY, None, r"^mozilla/5\.0 \((?:windows|macintosh); u;.*(?:uc|vivo)browser/"
    ),
    _rule(OS.ANDROID, PLAY, None, r"x11;.*534\.24 \(khtml, like gecko\) chrome/11\.0\.696\.34"),
    # Word-bounded: "HiPad" is Android, "ViziOS" a television, "iPodcast" nothing of Apple's.
    _rule(OS.IOS, APPSTORE, None, r"(?<![a-z])i(?:phone|pad|pod(?![cd])|os\b|p[hd] ?os)"),
    _rule(OS.IOS, APPSTORE, None, r"\bdv\(iph", r"puffin/[\d.]+i[pt]"),
    _rule(OS.IOS, APPSTORE, Form.TABLET, r"macintosh.*(?:[a-z]ios|\bgsa)/"),  # no Mac has these
    _rule(OS.OTHER, NONE, Form.TV, r"smart[- ]?tv", r"hbbtv", r"netcast", r"web0s", r"apple ?tv"),
    _rule(OS.OTHER, NONE, Form.PHONE, r"symbian", r"series ?60", r"blackberry", r"\(bb10"),
    _rule(OS.OTHER, NONE, Form.FEATURE, r"midp", r"up\.browser", r"\bbrew\b", r"\bmre/", r"obigo"),
    _rule(OS.WINDOWS, NONE, Form.DESKTOP, r"windows", r"win(?:9\d|nt|32|64)"),
    _rule(OS.CHROMEOS, NONE, Form.DESKTOP, r"\bcros\b"),
    # A Mac, or an iPad that asks for the desktop site as most do: since iPadOS 13 always "10_15".
    _rule(OS.MACOS, BOTH, Form.DESKTOP, r"macintosh.*(?:10_15.*webkit/6|like gecko\)$|mobile/)"),
    _rule(OS.MACOS, NONE, Form.DESKTOP, r"macintosh", r"\bmac os\b", r"mac_powerpc"),
    # A Linux desktop, or Chrome or Firefox on Android asked for the desktop site.
    _rule(OS.LINUX, BOTH, Form.DESKTOP, r"\(x11; linux x86_64\).*gecko\) chrome/\S+ safari/\S+$"),
    _rule(OS.LINUX, BOTH, Form.DESKTOP, r"\(x11; linux x86_64; rv:\S+ gecko/\S+ firefox/\S+$"),
    _rule(OS.LINUX, NONE, Form.DESKTOP, r"x11;.*linux (?:x86_64|i[3-6]86)"),
)

# How the names of systems begin that ua-parser gives, longer ones first.
FAMILIES = {
    "android": OS.ANDROID,
    "ios": OS.IOS,
    "harmonyos": OS.HARMONYOS,
    "windows phone": OS.WINDOWS_PHONE,
    "windows mobile": OS.WINDOWS_PHONE,
    "windows ce": OS.WINDOWS_PHONE,
    "windows": OS.WINDOWS,
    "mac os": OS.MACOS,
    "linux": OS.LINUX,
    "ubuntu": OS.LINUX,
    "debian": OS.LINUX,
    "fedora": OS.LINUX,
    "chrome os": OS.CHROMEOS,
    "kaios": OS.KAIOS,
    "tizen": OS.TIZEN,
}
STORES = {OS.ANDROID: PLAY, OS.IOS: APPSTORE}

# Programs that fetch a page for nobody in particular: HTTP libraries by how their agent begins,
# crawlers, link previewers and headless browsers by a word anywhere. An in-app browser (Facebook,
# Zalo, Line) is a person, and so is a phone of any age; "Dalvik" is Android's HTTP client alone.
LIBRARIES = (
    "curl/", "wget/", "libwww-perl", "lwp::", "python", "java/", "go-http-client", "dalvik/",
    "php/", "ruby/", "perl/", "axios/", "node-fetch", "undici", "got (", "postmanruntime/",
    "apache-httpclient/", "guzzlehttp/", "aiohttp", "httpx", "httpie", "whatsapp/", "scrapy",
)  # fmt: skip
ROBOTS = (
    "headless", "phantomjs", "selenium", "puppeteer", "playwright", "okhttp", "crawl", "slurp",
    "spider/", "+http", "facebookexternalhit", "facebookcatalog", "meta-externalagent", "zaloshare",
    "skypeuripreview", "bingpreview", "linkpreview", "embedly", "vkshare", "kakaotalk-scrap",
    "mediapartners-google", "google-inspectiontool", "google-read-aloud", "googleother", "favicon",
    "feedfetcher", "lighthouse", "ia_archiver", "chatgpt-user", "pingdom", "uptime", "httrack",
    "nmap", "masscan", "zgrab", "censysinspect", "bluezone-portal",
)  # fmt: skip


BOT = re.compile(
    "|".join(
        (
            r"^\s*$",
            f"^(?:{'|'.join(map(re.escape, LIBRARIES))})",
            r"^(?!mozilla/).*cfnetwork/",
            *map(re.escape, ROBOTS),
            # "CUBOT", "M bot 54" and "Spider 8" are telephones: a robot's word ends a longer one.
            r"bot(?<=\wbot)(?<!cubot)\b",
            r"spider(?<=\wspider)\b",
        )
    )
)
# A tablet from a phone, as Android's browsers tell it: a tablet's agent has no "mobile".
TABLET = re.compile(r"ipad|tablet|^(?!.*mobile).*android")

# A sheet says what the system's web view says by itself; an in-app browser appends its own name.
APPLE = re.compile(
    r"^captivenetworksupport"
    r"|^mozilla/5\.0 \((?:ip|macintosh).*applewebkit/\S+ \(khtml, like gecko\)(?: mobile/\w+)?$"
)
WEBVIEW = re.compile(r"; wv\).* safari/[\d.]+$")

VERSION = re.compile(r"android[ /-](\d+)(?:\.(\d+))?|(?:iphone |cpu )os (\d+)(?:_(\d+))?")
HUAWEI = re.compile(r"hmscore|huawei|\bhonor\b|harmonyos")
# Chromium on Android: itself, or Samsung's and Microsoft's; a web view would show an error.
INTENTS = re.compile(
    r"^mozilla/5\.0 \(linux; android (?!.*; wv\)).*\(khtml, like gecko\)"
    r" (?:samsungbrowser/\S+ )?chrome/\S+(?: mobile)? safari/[\d.]+(?: edga/\S+)?$"
)


def judge(agent: str) -> Device | None:
    """Say what the agent's device is, or None when no rule decides."""
    low = agent.lower()
    for rule in RULES:
        if rule.pattern.search(low):
            form = rule.form or _form(low)
            return _device(low, rule.os, form, rule.stores, _is_bot(low))
    return None


def from_family(agent: str, family: str, *, form: Form, bot: bool) -> Device:
    """Build the device from the family of systems that a parser made out in the agent."""
    low, name = agent.lower(), family.lower()
    os = next((os for start, os in FAMILIES.items() if name.startswith(start)), OS.OTHER)
    stores = BOTH if name == "other" else STORES.get(os, NONE)
    return _device(low, os, form, stores, bot or _is_bot(low))


def _device(low: str, os: OS, form: Form, stores: tuple[AppStore, ...], bot: bool) -> Device:
    """Build the device with what else its lower-case agent tells."""
    return Device(
        os,
        form,
        stores,
        _sheet(low),
        bot,
        version=_version(low) if os in STORES else UNKNOWN,
        huawei=HUAWEI.search(low) is not None,
        intents=INTENTS.search(low) is not None,
    )


def _version(low: str) -> tuple[int, int]:
    """Return the first two numbers of the system's version; UNKNOWN if the agent hides it."""
    match = VERSION.search(low)
    if match is None:
        return UNKNOWN
    major, minor = match.group(1, 2) if match[1] else match.group(3, 4)
    return int(major[:4]), int((minor or "0")[:4])


def _is_bot(low: str) -> bool:
    """Tell programs from people by a lower-case agent."""
    return BOT.search(low) is not None


def _form(low: str) -> Form:
    """Tell a tablet from a phone."""
    return Form.TABLET if TABLET.search(low) else Form.PHONE


def _sheet(low: str) -> Sheet | None:
    """Name the login sheet that the agent is the bare web view of."""
    if APPLE.search(low):
        return Sheet.APPLE
    return Sheet.WEBVIEW if WEBVIEW.search(low) else None
