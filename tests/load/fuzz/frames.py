"""Raw WebSocket frames: valid ones, and mutations of all their parts. Pure and reproducible."""

from __future__ import annotations

import json
import random
import struct

from tests.services.frames import BINARY, CLOSE, PING, PONG, TEXT

CONTINUATION = 0x0
CONTROL = (CLOSE, PING, PONG)
COMMANDS = [
    {"type": name}
    for name in (
        "ping",
        *(
            f"{verb}-{topic}"
            for topic in ("online", "activity", "here", "places", "map")
            for verb in ("subscribe", "unsubscribe")
        ),
    )
]
#: Paths of an ``at`` frame: none is signed.
PATHS = ("", "/", "/a:b", "/" * 500, "%", "/%ff", "/\ud800", "/\0", "é" * 300, None, 1, [], {})
COMMANDS += [{"type": "at", "path": path} for path in PATHS]
COMMANDS.append({"type": "at"})
#: Close codes that are reserved, unknown, or out of range, besides valid ones.
CODES = (0, 1, 999, 1000, 1001, 1004, 1005, 1006, 1011, 1015, 2999, 3000, 4400, 4999, 5000, 65535)
#: Not UTF-8: a lone byte, a cut sequence, an overlong one, a surrogate, a value beyond Unicode.
NOT_UTF8 = (b"\xff", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80")
MOST_BYTES = 70_000
#: The share of frames that are valid, so that a connection often survives the first.
VALID = 0.5
MOST_FRAMES = 18


def session(rng: random.Random) -> list[bytes]:
    """Return the frames of one connection. Few have a length above 64 KB."""
    return [_frame(rng) for _ in range(rng.randint(1, MOST_FRAMES))]


def pieces(rng: random.Random, frames: list[bytes]) -> list[bytes]:
    """Return the same bytes, cut at other places than the ends of frames."""
    data = b"".join(frames)
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randint(0, 3)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def dump(
    opcode: int,
    payload: bytes,
    *,
    mask: bytes | None = b"\0\0\0\0",
    is_final: bool = True,
    reserved: int = 0,
    length: int | None = None,
    length_bytes: int = 0,
) -> bytes:
    """Return a frame. ``length`` may differ from the payload's, and its field may be too wide."""
    size = len(payload) if length is None else length
    first = (0x80 if is_final else 0) | reserved << 4 | opcode
    masked = 0 if mask is None else 0x80
    if length_bytes == 8 or size > 0xFFFF:
        head = struct.pack("!BBQ", first, masked | 127, size & (1 << 64) - 1)
    elif length_bytes == 2 or size > 125:
        head = struct.pack("!BBH", first, masked | 126, size)
    else:
        head = struct.pack("!BB", first, masked | size)
    if mask is None:
        return head + payload
    key = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return head + mask + bytes(a ^ b for a, b in zip(payload, key, strict=True))


def _frame(rng: random.Random) -> bytes:
    if rng.random() < VALID:
        return dump(rng.choice([TEXT, TEXT, PING, PONG]), _short(rng), mask=rng.randbytes(4))
    return rng.choice(MUTATIONS)(rng)


# -- payloads ------------------------------------------------------------------------


def _short(rng: random.Random) -> bytes:
    return json.dumps(rng.choice(COMMANDS)).encode()


def _payload(rng: random.Random) -> bytes:
    return rng.choice(PAYLOADS)(rng)


def _deep(rng: random.Random) -> bytes:
    depth = rng.choice([10, 900, 2_000, 30_000])
    opening, closing = rng.choice([("[", "]"), ('{"type":', "}")])
    return (
        opening * depth + rng.choice(["", '"ping"']) + closing * rng.choice([0, depth])
    ).encode()


def _huge_number(rng: random.Random) -> bytes:
    digits = "9" * rng.choice([20, 400, 4_000, 5_000])
    text = rng.choice([digits, f"-{digits}", f"1e{digits}", f"0.{digits}", "NaN", "-Infinity"])
    return rng.choice(['{"type":%s}', '{"type":"ping","x":%s}', "%s"]).replace("%s", text).encode()


def _repeated_keys(rng: random.Random) -> bytes:
    values = ['"ping"', '"subscribe-online"', "null", "1", "[]", "{}", '"\\ud800"', '"\\u0000"']
    pairs = ",".join(f'"type":{rng.choice(values)}' for _ in range(rng.randint(1, 5)))
    return f"{{{pairs}}}".encode()


def _not_utf8(rng: random.Random) -> bytes:
    return rng.choice([b"", b'{"type":"']) + rng.choice(NOT_UTF8) + rng.choice([b"", b'"}'])


def _mutated_text(rng: random.Random) -> bytes:
    return _mutate(rng, _short(rng))


def _random_bytes(rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice([0, 1, 2, 125, 126, 127, 4_096, 4_097]))


def _unusual_text(rng: random.Random) -> bytes:
    characters = '\0\n\u2028\ufeff\ufffe\U0010ffff😀ı{}[]",:\\'
    return "".join(rng.choices(characters, k=rng.choice([1, 10, 1_000]))).encode()


PAYLOADS = (_short, _deep, _huge_number, _repeated_keys, _not_utf8, _mutated_text, _random_bytes)
PAYLOADS += (_unusual_text,)


# -- frames --------------------------------------------------------------------------


def _any_opcode(rng: random.Random) -> bytes:
    return dump(rng.randrange(16), _payload(rng), mask=rng.randbytes(4))


def _any_payload(rng: random.Random) -> bytes:
    return dump(rng.choice([TEXT, BINARY]), _payload(rng), mask=rng.randbytes(4))


def _reserved_bits(rng: random.Random) -> bytes:
    return dump(rng.choice([TEXT, PING]), _short(rng), reserved=rng.randint(1, 7))


def _unmasked(rng: random.Random) -> bytes:
    return dump(rng.choice([TEXT, PING]), _short(rng), mask=None)


def _wrong_length(rng: random.Random) -> bytes:
    length = rng.choice([0, 1, 125, 126, 65_535, 65_536, 1 << 31, 1 << 63, (1 << 64) - 1])
    return dump(rng.choice([TEXT, BINARY, PING]), _short(rng), length=length)


def _wide_length(rng: random.Random) -> bytes:
    """Write the length in more bytes than it needs, which RFC 6455 forbids."""
    return dump(TEXT, _short(rng), length_bytes=rng.choice([2, 8]))


def _fragments(rng: random.Random) -> bytes:
    """Cut a message into fragments: without an end, without a start, or with frames between."""
    payload, parts = _payload(rng), rng.randint(1, 6)
    cuts = sorted(rng.randrange(len(payload) + 1) for _ in range(parts - 1))
    data = b""
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(payload)], strict=True)):
        opcode = CONTINUATION if number else rng.choice([TEXT, TEXT, BINARY, CONTINUATION])
        is_final = number == parts - 1 and rng.random() < 0.8
        data += dump(opcode, payload[start:end], is_final=is_final, mask=rng.randbytes(4))
        if rng.random() < 0.3:
            data += dump(rng.choice([PING, PONG, TEXT]), b"between")
    return data


def _control(rng: random.Random) -> bytes:
    """Return a control frame that is too long, or a fragment."""
    payload = rng.randbytes(rng.choice([0, 1, 125, 126, 1_000]))
    return dump(rng.choice(CONTROL), payload, is_final=rng.random() < 0.5)


def _close(rng: random.Random) -> bytes:
    code = struct.pack("!H", rng.choice(CODES))
    reason = rng.choice([b"", b"bye", b"\xff\xfe", b"x" * 123])
    return dump(CLOSE, rng.choice([b"", code[:1], code, code + reason]), mask=rng.randbytes(4))


def _large(rng: random.Random) -> bytes:
    payload = b"x" * rng.choice([4_096, 4_097, 65_535, 65_536, 65_537, MOST_BYTES])
    return dump(rng.choice([TEXT, BINARY]), payload)


def _random(rng: random.Random) -> bytes:
    return rng.randbytes(rng.randint(1, 40))


def _mutated(rng: random.Random) -> bytes:
    return _mutate(rng, dump(TEXT, _short(rng), mask=rng.randbytes(4)))


MUTATIONS = (_any_opcode, _any_payload, _any_payload, _reserved_bits, _unmasked, _wrong_length)
MUTATIONS += (_wide_length, _fragments, _fragments, _control, _close, _large, _random, _mutated)


def _mutate(rng: random.Random, data: bytes) -> bytes:
    """Change, insert, remove, or repeat some bytes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(4):
            case 0:
                changed[at : at + 1] = rng.randbytes(1)
            case 1:
                changed[at:at] = rng.randbytes(rng.randint(1, 8))
            case 2:
                del changed[at : at + rng.randint(1, 8)]
            case _:
                changed[at:at] = changed[at : at + 8]
    return bytes(changed)
