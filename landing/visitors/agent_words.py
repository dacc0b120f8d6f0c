"""The words of user agents by which :mod:`landing.visitors.bots` recognizes programs.

All words are lower case. A word that also occurs in names of phones, apps, or browsers stands
in a pattern with bounds. ``python -m scripts.agent_figures`` prints how often the words are right.
"""

from __future__ import annotations

import re

#: Parts of real browsers, apps, and phones that contain a word of a program.
INNOCENT = (
    "cubot",
    "camscanner",
    "mozacfetch",
    "androiddownloadmanager",
    "buzzfeed",
    "inspectbrowser",
    "presearch",
    "1passwordthumbs",
    "http://bsalsa.com",
    "http://www.xbmc.org",
    "_u_agent",
    "slurp)",
    "feedly/",
)

#: Tasks and parts of programs, then names of programs that look like browsers.
PROGRAMS = (
    *("spider", "crawl", "scrape", "scraping", "slurp", "fetch", "archiv", "indexer", "harvest"),
    *("grabber", "extractor", "downloader", "parser", "sitemap", "metadata", "favicon"),
    *("monitor", "uptime", "probe", "synthetic", "checker", "validat", "verif", "inspect"),
    *("audit", "analyze", "analysis", "detector", "survey", "research", "measurement"),
    *("benchmark", "diagnostics", "observatory", "optimizer", "exploit", "pentest"),
    *("preview", "expander", "unfurl", "thumbnail", "screenshot", "snapshot", "transcoder"),
    *("subscriber", "existence discovery", "imageproxy", "emailproxy", "(via "),
    *("headless", "phantomjs", "puppeteer", "playwright", "selenium", "webdriver", "cypress"),
    *("jsdom", "htmlunit", "lighthouse", "pagespeed", "page speed", "python", "powershell"),
    *("pycurl", "winhttp", "httpclient", "http-client", "wordpress", "dummy connection"),
    *("openai", "chatgpt-", "claude-"),
    *("anthropic", "perplexitybot", "perplexity-user", "manus-user", "mistralai"),
    *("http:/", "https:/", "+http", "www.", "(at)", "[at]"),
    *("appinsights", "burpcollaborator", "catchpoint", "collapsify", "convertify", "datanyze"),
    *("dareboost", "daumoa", "dejaclick", "dmbrowser", "foregenix", "functionize"),
    *("googlemessages", "googleother", "googleweblight", "hardenize", "httrack", "iplabel"),
    *("linktiger", "marketgoo", "mixnode", "newsnow", "nikto", "onetrust", "openvas", "pingdom"),
    *("prospecting", "securityheaders", "semantic", "silktide", "site24x7", "statuscake"),
    *("thumbor/", "wechatdevtools", "whatcms", "wkhtmlto", "rendertron", "netcraft"),
    *("thousandeyes",),
)

#: Short words, which names of people, places, and models contain too.
BOUNDED = re.compile(
    r"bots?(?![a-z])|feed(?!back)|scan(?!dinav)|\bcheck\b|\bdetect|advisor\b|\brss|rss\b|agent\b"
    r"|\bperl\b|\bphp[/ ]|\bruby[/ ]|\bjava/\d|\bnode[-/]|\bcurl\b|\bwget|\bdaemon\b"
    r"|rank(?:er|ing|s\b)|ptst[/ ]|\bsplash version|\bdaum\b|\brigor\b|\bdevin/|\bbw/\d|\bhotjar\b"
    # Google's programs: Google-Read-Aloud, Mediapartners-Google, Google Favicon
    r"|\bgoogle-[a-z]|[a-z]-google\b|\bgoogle (?:page|search|web|fav)|\bgoogle[a-z]+(?:bot|service)"
    # a name behind the engine, as in (KHTML, like Gecko; compatible; Name). Amzn-User opens pages
    # for a person. The list isbot counts it, GTmetrix, and Assetnote among the browsers.
    r"|\(khtml, like gecko; ?(?!compatible; amzn)[a-z]"
    # a name in a comment behind the browser: Safari/537.36 (compatible; Name/1.0)
    r"|(?:safari|chrome|firefox|mobile)/[\w.]+ \(compatible; ?(?!msie|amzn)[a-z]"
    # link previews of the app on a Mac or an iPhone. Its links open in a browser.
    r"|^whatsapp/[\d.]+ cfnetwork/"
    # a web address or a mail address without http
    r"|@[a-z][\w-]{0,63}\.|[a-z][\w-]{0,63}\.(?:com|net|org|ai)\b(?![.\w]|/\d)"
)

#: Programs that name themselves among the device's names.
IN_DEVICE = re.compile(r"(?<!cu)bot/\d+\.\d|[a-z]-google\b|googleweblight|catchpoint")

#: Device comments: the model in them may have any name.
DEVICE = ("android", "linux; u;", "adr ", "midp", "tizen", "dpi;")

#: Systems, devices, and engines that people use.
PLATFORMS = (
    *("android", "iphone", "ipad", "ipod", "darwin", "cfnetwork/", "macintosh", "mac os", "macos"),
    *("os=mac", "macbook", "watchos", "watch os", "tvos", "appletv", "apple tv", "airplay"),
    *("windows nt", "windows phone", "windows ce", "windows mobile", "windows xp", "windows;"),
    *("windows 9", "windows 1", "windows 2", "windows)", "(windows", "winnt", "microsoft office"),
    *("outlook", "x11", "linux;", "linux,", "linux x86", "linux i", "linux arm", "linux aarch"),
    *("linux mips", "linux 2", "linux 3", "ubuntu", "bsd", "sunos", "openvms", "os/2", "haiku"),
    *("beos", "amiga", "morphos", "risc os", "inferno", "cros "),
    # phones
    *("midp", "cldc", "java;", "j2me", "symbian", "series60", "series40", "blackberry", "bb10"),
    *("playbook", "palm", "up.browser", "up.link", "ucweb", "ucbrowser", "ucpro", "openwave"),
    *("obigo", "netfront", "teleca", "mmp/", "brew", "maui", "wap", "nokia", "meego", "bada/"),
    *("kaios", "ohos", "harmony", "alcatel", "mobile;"),
    # televisions, consoles, and speakers
    *("tizen", "webos", "web0s", "hbbtv", "hybridcast", "smarttv", "smart-tv", "smart tv"),
    *("roku", "sonos", "playstation", "nintendo", "xbox", "kodi", "xbmc", "vlc", "brightsign"),
    *("netcast", "ce-html", "dlna", "arris", "kepler", "crkey", "aquos", "vizio", "google fiber"),
    *("amazon;", "tpapi", "msm8", "fban/"),
    # engines
    *("opera", "msie ", "webkit", "gecko/", "gecko)", "firefox/", "chrome/", "safari/", "browser/"),
)
PLATFORM_PATTERNS = re.compile(
    r"\badr[ (]|\bios\b|watch\d+,|\bosx\b|win(?:[78]|9\d|1[01]|32|64)\b|\bup/\d|\bps[345]\b|arm64"
    r"|browser\b|safari\d"
)

#: Browsers and apps whose user agents name no platform.
NAMED_BROWSERS = re.compile(
    r"(?:lynx|links|elinks|w3m|ncsa_mosaic|vms_mosaic|dillo|netsurf|mozacfetch|quicktime|xiino"
    r"|googleapp|pinterest|goggalaxyclient|citrixreceiver|redlineclient|mojeek-app"
    r"|htc|samsung|sonyericsson|lg|mot|sie|kddi|docomo|spice|tianyu|airness)\b"
)
#: ``Mozilla/5.0``, ``Mozilla/5.0 Name``, and ``Mozilla/5.0 (compatible; Name/1.0)``
BARE_MOZILLA = re.compile(
    r"mozilla/\d(?:\.\d+)?,?\s*\(?(?:compatible\b)?;?\s?(?:[\w.-]+(?:[/ ][\w.]+)?)?\)?(?: [a-z]+)?"
    r"|mozilla/\d\.\d \(compatible; [\w.-]+/v?[\d.]+[;)].*"
)
