"""What badalg can do to a message: each misbehaviour is one function, which is given a message and says what leaves."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

LONG_NAMES = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id", b"m": b"contact", b"l": b"content-length",
              b"k": b"supported", b"x": b"session-expires"}

# --- messages

def name_of(line: bytes) -> bytes:
    name = line.partition(b":")[0].strip().lower()
    return LONG_NAMES.get(name, name)


class Message:
    """A SIP message as lines; what is not touched stays as it is, octet by octet."""

    def __init__(self, payload: bytes) -> None:
        head, self.gap, body = payload.partition(b"\r\n\r\n")
        self.start, *self.headers = head.split(b"\r\n")
        self.body = body.split(b"\r\n")
        self.is_request = not self.start.startswith(b"SIP/2.0 ")
        self.is_sip = self.start.startswith(b"SIP/2.0 ") or self.start.endswith(b" SIP/2.0")
        self.method = (self.start if self.is_request else self.value(b"cseq").partition(b" ")[2]).partition(b" ")[0]

    def packed(self) -> bytes:
        return b"\r\n".join([self.start, *self.headers]) + self.gap + b"\r\n".join(self.body)

    def value(self, name: bytes) -> bytes:
        return next((line.partition(b":")[2].strip() for line in self.headers if name_of(line) == name), b"")

    def edit(self, names: str, change: Callable[[bytes], bytes]) -> None:
        wanted = names.lower().encode().split()
        self.headers = [change(line) if name_of(line) in wanted else line for line in self.headers]

    def edit_sdp(self, kinds: str, change: Callable[[bytes], bytes]) -> None:
        """`kinds` is the letters of the lines, such as "oc"."""
        self.body = [change(line) if line[1:2] == b"=" and line[:1] in kinds.encode() else line for line in self.body]

    def fit_length(self) -> None:
        length = b"%d" % len(b"\r\n".join(self.body))
        self.edit("Content-Length", lambda line: re.sub(rb"\d+", length, line))


@dataclass(frozen=True)
class Way:
    """Where a message goes, and what a misbehaviour was told; `back` goes to where the message came from."""
    out: bool
    phone: bytes
    wan: bytes
    argument: str
    back: list[bytes] = field(default_factory=list)

    def translated(self, text: bytes) -> bytes:
        """The phone's address on the way out, the router's on the way in, for the other; whole addresses only."""
        old, new = (self.phone, self.wan) if self.out else (self.wan, self.phone)
        return re.sub(rb"(?<![\d.])" + re.escape(old) + rb"(?![\d]|\.\d)", new, text)


def rewrite(message: Message, way: Way, names: str, sdp: str) -> None:
    """What an ALG is for, done right."""
    message.start = way.translated(message.start)
    message.edit(names, way.translated)
    message.edit_sdp(sdp, way.translated)
    message.fit_length()


# --- misbehaviours: each has the message to itself, and says what leaves instead

Misbehaviour = Callable[[Message, Way], list[bytes]]


KNOWN: dict[str, tuple[Misbehaviour, str]] = {}  # with the default of their argument


def misbehaviour(name: str, default: str = "") -> Callable[[Misbehaviour], Misbehaviour]:
    return lambda act: KNOWN.setdefault(name, (act, default))[0]


@misbehaviour("none")
def commit_none(message: Message, _: Way) -> list[bytes]:
    """passes everything on as it is"""
    return [message.packed()]


@misbehaviour("replace-all")
def replace_all(message: Message, way: Way) -> list[bytes]:
    """replaces the phone's address wherever it stands, and back on the way in"""
    message.start = way.translated(message.start)
    message.headers = [way.translated(line) for line in message.headers]
    message.body = [way.translated(line) for line in message.body]
    message.fit_length()
    return [message.packed()]


@misbehaviour("wrong-content-length")
def wrong_content_length(message: Message, way: Way) -> list[bytes]:
    """rewrites Contact and c=, and leaves Content-Length as it was"""
    message.edit("Contact", way.translated)
    message.edit_sdp("c", way.translated)
    return [message.packed()]


@misbehaviour("strip-headers", "Supported,Allow,Session-Expires,Path")
def strip_headers(message: Message, way: Way) -> list[bytes]:
    """takes headers out, ARGUMENT is which"""
    gone = way.argument.lower().encode().split(b",")
    message.headers = [line for line in message.headers if name_of(line) not in gone]
    return [message.packed()]


@misbehaviour("truncate", "512")
def truncate(message: Message, way: Way) -> list[bytes]:
    """cuts messages off after ARGUMENT bytes"""
    return [message.packed()[:int(way.argument)]]


@misbehaviour("fortigate")
def fortigate(message: Message, way: Way) -> list[bytes]:
    """maps Call-ID, From, To and routes too, and leaves i=(o=IN IP4 <private address>) in the SDP"""
    if way.out:
        message.edit_sdp("s", lambda line: line + b"\r\ni=(o=IN IP4 " + way.phone + b")")
    rewrite(message, way, "Call-ID Via From To Contact Route Record-Route", "oc")
    return [message.packed()]


@misbehaviour("substring-slip")
def substring_slip(message: Message, way: Way) -> list[bytes]:
    """means the router's address 192.168.77.1 and hits the phone's 192.168.77.10"""
    router = way.phone.rpartition(b".")[0] + b".1"
    old, new = (router, way.wan) if way.out else (way.wan, router)
    message.edit("Via Contact", lambda line: line.replace(old, new))
    message.edit_sdp("oc", lambda line: line.replace(old, new))
    message.fit_length()
    return [message.packed()]


@misbehaviour("requests-only")
def requests_only(message: Message, way: Way) -> list[bytes]:
    """rewrites requests, and forgets their responses"""
    if message.is_request:
        rewrite(message, way, "Via Contact", "oc")
    return [message.packed()]


@misbehaviour("drop-method", "UPDATE")
def drop_method(message: Message, way: Way) -> list[bytes]:
    """swallows requests of the method ARGUMENT"""
    return [] if message.is_request and message.method == way.argument.upper().encode() else [message.packed()]


@misbehaviour("drop-answers", "REGISTER")
def drop_answers(message: Message, way: Way) -> list[bytes]:
    """swallows responses to requests of the method ARGUMENT"""
    return [message.packed()] if message.is_request or message.method != way.argument.upper().encode() else []


@misbehaviour("duplicate")
def duplicate(message: Message, _: Way) -> list[bytes]:
    """sends every request twice"""
    return [message.packed()] * (2 if message.is_request else 1)


@misbehaviour("answer", "OPTIONS")
def answer(message: Message, way: Way) -> list[bytes]:
    """answers requests of the method ARGUMENT itself"""
    if not message.is_request or message.method != way.argument.upper().encode():
        return [message.packed()]
    copied = [line + (b";tag=badalg" if name_of(line) == b"to" and b";tag=" not in line else b"")
              for line in message.headers if name_of(line) in (b"via", b"from", b"to", b"call-id", b"cseq")]
    way.back.append(b"\r\n".join([b"SIP/2.0 200 OK", *copied, b"Content-Length: 0", b"", b""]))
    return []


@misbehaviour("response-via")
def response_via(message: Message, way: Way) -> list[bytes]:
    """rewrites Via in requests, and does not restore it in their responses"""
    if message.is_request and way.out:
        message.edit("Via", way.translated)
    return [message.packed()]


@misbehaviour("contact-port", "6062")
def contact_port(message: Message, way: Way) -> list[bytes]:
    """gives Contact the port ARGUMENT, which is not mapped"""
    port = way.argument.encode()
    old, new = (way.phone + b":5060", way.wan + b":" + port) if way.out else (way.wan + b":" + port, way.phone + b":5060")
    message.edit("Contact", lambda line: line.replace(old, new))
    return [message.packed()]


@misbehaviour("media-port", "2")
def media_port(message: Message, way: Way) -> list[bytes]:
    """moves the port in m= by ARGUMENT, and maps none"""
    def moved(line: bytes) -> bytes:
        return re.sub(rb"(?<= )[1-9]\d*", lambda port: b"%d" % (int(port[0]) + int(way.argument)), line, count=1)
    if way.out:
        message.edit_sdp("m", moved)
        message.fit_length()
    return [message.packed()]


@misbehaviour("media-address")
def media_address(message: Message, way: Way) -> list[bytes]:
    """puts the router's inner address into the c= of what comes in, and relays nothing"""
    router = way.phone.rpartition(b".")[0] + b".1"
    if not way.out:
        message.edit_sdp("c", lambda line: re.sub(rb"(?<=IP4 )[\d.]+", router, line))
        message.fit_length()
    return [message.packed()]


@misbehaviour("refer-to")
def refer_to(message: Message, way: Way) -> list[bytes]:
    """puts the router's address into Refer-To, whoever is meant there"""
    if way.out:
        message.edit("Refer-To", lambda line: re.sub(rb"(?<=@)[\w.-]+", way.wan, line))
    return [message.packed()]


@misbehaviour("digest-uri")
def digest_uri(message: Message, way: Way) -> list[bytes]:
    """puts the router's address into uri= of Authorization, so that the response to the challenge is wrong"""
    if way.out:
        message.edit("Authorization Proxy-Authorization",
                     lambda line: re.sub(rb'(\buri="sips?:(?:[^"@]*@)?)[\w.-]+', rb"\g<1>" + way.wan, line))
    return [message.packed()]


@misbehaviour("expires", "60")
def expires(message: Message, way: Way) -> list[bytes]:
    """shortens what the registrar grants to ARGUMENT seconds"""
    def shorter(line: bytes) -> bytes:
        return re.sub(rb"(?i)(expires\s*[:=]\s*)(\d+)",
                      lambda found: found[1] + b"%d" % min(int(found[2]), int(way.argument)), line)
    if not message.is_request and message.method == b"REGISTER":
        message.edit("Expires Contact", shorter)
    return [message.packed()]
