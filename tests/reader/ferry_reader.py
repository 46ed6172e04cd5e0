#!/usr/bin/env python3
"""A second reader of Ferry batches, written from ferry-format/SPEC.md and from nothing else.

  ferry_reader.py verify --trust TRUST FILE          public keys alone
  ferry_reader.py list   --trust TRUST -k KEY FILE   header, entries and records
  ferry_reader.py open   --trust TRUST -k KEY FILE -C DIR
  ferry_reader.py serve  --trust TRUST -k KEY        frames (u32 length, bytes) on stdin, one verdict a line
  ferry_reader.py evidence --trust TRUST [--trust TRUST] PACK       what a pack of evidence shows (section 22)
  ferry_reader.py evidence-serve                     lines `PACK TAB TRUST TAB TRUST` on stdin, one verdict a line

It shares no code with the Rust reader. Section numbers are those of SPEC.md. A refusal is a `Refused` with the code
that the specification gives; the process then ends with 65.
"""

import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys
import tomllib

import zstandard
from blake3 import blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CHUNK = 65_536
SEGMENT = 1_048_576
MANIFEST_ENTRY = 0xFFFFFFFF


class Refused(Exception):
    def __init__(self, number, why):
        super().__init__(why)
        self.code = f"FERRY-E{number:04}"


def malformed(why):
    return Refused(104, why)


def need(condition, why, number=104):
    if not condition:
        raise Refused(number, why)


def sha256(data):
    return hashlib.sha256(data).digest()


# Reading of fixed structures: big-endian, nothing left over (the page's first paragraphs).
class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(self.at + n <= len(self.data), "it ends too early")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, width, signed=False):
        return int.from_bytes(self.take(width), "big", signed=signed)

    def list8(self, most, item):
        count = self.number(1)
        need(count <= most, "a list is longer than it may be")
        return [item() for _ in range(count)]

    def str8(self):
        try:
            return self.take(self.number(1)).decode()
        except UnicodeDecodeError:
            raise malformed("a string is not UTF-8") from None

    def end(self):
        need(self.at == len(self.data), "bytes are left over")


# The compact encoding (section 6).
class Compact(Cursor):
    def uint(self, bits=64):
        first = self.number(1)
        widths = {0xFB: 2, 0xFC: 4, 0xFD: 8}
        if first < 0xFB:
            value = first
        else:
            need(first in widths, "a number of an unknown width")
            width = widths[first]
            value = int.from_bytes(self.take(width), "little")
            shortest = 1 if value < 0xFB else 2 if value < 1 << 16 else 4 if value < 1 << 32 else 8
            need(width == shortest, "a number is written longer than it needs")
        need(value < 1 << bits, "a number is out of range")
        return value

    def sint(self):
        value = self.uint()
        return (value >> 1) ^ -(value & 1)

    def text(self):
        try:
            return self.take(self.uint()).decode()
        except UnicodeDecodeError:
            raise malformed("a string is not UTF-8") from None

    def flag(self):
        value = self.number(1)
        need(value < 2, "a flag is neither 0 nor 1")
        return value == 1


# Keys (sections 4 and 19).
def hkdf_extract(salt, ikm):
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def hkdf_expand(prk, info, length):
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([n]), "sha256")
        out, n = out + block, n + 1
    return out[:length]


KEM, HPKE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"


def labeled_extract(suite, salt, label, ikm):
    return hkdf_extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return hkdf_expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


def raw_public(key):
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_key(path):
    tag, _, _, opening = pathlib.Path(path).read_text().rstrip("\n").split(" ")
    assert tag == "ferry-secret-key-1", "not a secret key"
    prk = labeled_extract(KEM, b"", b"dkp_prk", base64.b64decode(opening))
    return X25519PrivateKey.from_private_bytes(labeled_expand(KEM, prk, b"sk", b"", 32))


def hpke_open(private, info, enc, sealed):
    public = raw_public(private.public_key())
    try:
        dh = private.exchange(X25519PublicKey.from_public_bytes(enc))
    except ValueError:
        raise Refused(206, "the key agreement gives zero") from None
    prk = labeled_extract(KEM, b"", b"eae_prk", dh)
    shared = labeled_expand(KEM, prk, b"shared_secret", enc + public, 32)
    context = b"\x00" + labeled_extract(HPKE, b"", b"psk_id_hash", b"") + labeled_extract(HPKE, b"", b"info_hash", info)
    secret = labeled_extract(HPKE, shared, b"secret", b"")
    key = labeled_expand(HPKE, secret, b"key", context, 32)
    nonce = labeled_expand(HPKE, secret, b"base_nonce", context, 12)
    return decrypt(AESGCM(key), nonce, sealed)


def decrypt(cipher, nonce, sealed):
    try:
        return cipher.decrypt(nonce, bytes(sealed), None)
    except (InvalidTag, ValueError):
        raise Refused(206, "it cannot be decrypted") from None


def check_signature(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused(201, "a signature does not verify") from None


class Trust:
    def __init__(self, path, file=None):
        file = file or tomllib.loads(pathlib.Path(path).read_text())
        self.bound = {what: file.get(what) for what in ("court", "channel", "direction")}
        self.approvals = file["approvals-needed"]
        self.floor = file.get("suite-floor", 1)
        self.keys = {"root": set(), "sender": set(), "recipient": set(), "reviewer": set()}
        self.readers = {"recipient": set(), "reviewer": set()}
        self.terms, self.persons = {}, {}
        release = file.get("release", {})
        self.needs = {
            name: (table.get("approvals", 0), set(table.get("offices", [])))
            for name in ("heartbeat", "clean", "flagged", "trust")
            for table in (release.get(name, {"approvals": 2 if name in ("flagged", "trust") else 0}),)
        }
        for key in file["keys"]:
            terms = {} if isinstance(key, str) else key
            line = key if isinstance(key, str) else key["key"]
            tag, role, signing, opening = line.split(" ")
            assert tag == "ferry-public-key-1", "not a public key"
            if signing != "-":
                self.keys[role].add(base64.b64decode(signing))
                self.terms[role, base64.b64decode(signing)] = terms
            if opening != "-":
                self.readers[role].add(sha256(base64.b64decode(opening)))


    def stands(self, role, key, series):
        need(key in self.keys[role], f"an unknown {role}", 202)
        terms = self.terms[role, key]
        need(series.created >= terms.get("not-before-s", series.created), "not valid yet", 209)
        need(series.created <= terms.get("not-after-s", series.created), "expired", 209)
        revoked = terms.get("revoked-from")
        need(revoked is None or (series.epoch, series.sequence) < tuple(revoked), "revoked", 209)

    def judge(self, batch):
        persons, offices = set(), set()
        for key, signature in batch.approvals:
            self.stands("reviewer", key, batch)
            check_signature(key, signature, batch.content)
            terms = self.terms["reviewer", key]
            person = terms.get("person", key)
            need(person not in persons, "one person under two keys", 210)
            persons.add(person)
            offices.add(terms.get("office"))
        approvals, needed = self.needs[batch.release_class()]
        need(len(persons) >= max(approvals, self.approvals), "too few approvals", 203)
        need(needed <= offices, "an office is missing", 211)


ID = set(b"abcdefghijklmnopqrstuvwxyz0123456789-._")


def read_id(cursor):
    text = cursor.str8()
    need(len(text.encode()) <= 64 and set(text.encode()) <= ID, "an id has characters that are not allowed")
    return text


class Batch:
    """Sections 1 to 8, and the first three steps of section 9."""

    def __init__(self, data):
        self.data = data
        need(len(data) >= 32, "it is shorter than a prelude", 101)
        prelude = Cursor(data[:32])
        need(prelude.take(8) == b"\x89FERRY\r\n", "the magic differs", 101)
        need(prelude.number(2) == 1, "an unknown version", 102)
        need(prelude.number(2) == 1, "an unknown suite", 102)
        header_bytes, content_offset, total = prelude.number(4), prelude.number(8), prelude.number(8)
        need(header_bytes <= 2048, "header", 105)
        need(total <= 1 << 40, "batch", 105)
        need(content_offset < total, "the content statement lies outside the file")
        need(total == len(data), "the length differs", 103)
        header = data[32 : 32 + header_bytes]
        need(len(header) == header_bytes, "the header ends too early")
        self.read_header(header)
        stanzas_at = 32 + header_bytes
        self.body_at = stanzas_at + 112 * len(self.recipients)
        stanzas = data[stanzas_at : self.body_at]
        need(len(stanzas) == self.body_at - stanzas_at, "the stanzas end too early")
        self.stanzas = [stanzas[n : n + 112] for n in range(0, len(stanzas), 112)]
        for stanza, recipient in zip(self.stanzas, self.recipients):
            need(stanza[:32] == recipient, "the stanzas differ from the recipients")

        self.front = blake3(data[:16] + header).digest()
        self.content, after = self.read_statement(content_offset)
        self.read_content(self.content)
        need(self.front_digest == self.front, "the header", 205)
        need(self.stanzas_digest == sha256(stanzas), "the stanzas", 205)
        need(self.entries <= 16_000_000, "entries", 105)
        region = self.body_bytes + self.manifest_bytes
        need(region <= total, "its lengths do not fit")
        need(self.segments == -(-region // SEGMENT), "its segments do not fit")
        need(self.body_at + region + 32 * self.segments == content_offset, "its parts do not meet")
        self.series = None
        if after != total:
            self.series, after = self.read_statement(after)
            self.read_series(self.series)
            need(self.names_content == sha256(self.content), "the content statement", 205)
            self.signature = data[after : after + 64]
            need(len(self.signature) == 64, "the signature ends too early")
            after += 64
        need(after == total, "bytes follow")
        digests = data[self.body_at + region : content_offset]
        need(self.segment_root == blake3(digests).digest(), "the list of segments", 205)
        self.digests = [digests[n : n + 32] for n in range(0, len(digests), 32)]
        self.region = region
        self.good_segments = {}

    def read_header(self, data):
        c = Cursor(data)
        self.court, self.channel = read_id(c), read_id(c)
        direction, kind = c.number(1), None
        need(direction in (1, 2), "an unknown direction")
        self.direction = {1: "export", 2: "return"}[direction]
        kind = c.number(1)
        need(kind in (1, 2, 3), "an unknown type")
        self.kind = {1: "data", 2: "baseline", 3: "trust"}[kind]
        self.catalogue, self.policy, self.sender = c.take(32), c.take(32), c.take(32)
        self.recipients = c.list8(16, lambda: c.take(32))
        self.salt, self.commitment = c.take(32), c.take(32)
        c.end()
        need(self.recipients and ascending(self.recipients), "its recipients are none, doubled or out of order")

    def read_statement(self, at):
        length = self.data[at : at + 2]
        need(len(length) == 2, "a statement ends too early")
        length = int.from_bytes(length, "big")
        need(length <= 4096, "statement", 105)
        statement = self.data[at + 2 : at + 2 + length]
        need(len(statement) == length, "a statement ends too early")
        return statement, at + 2 + length

    def read_content(self, data):
        c = Cursor(data)
        need(c.take(16) == b"ferry/content/1\n", "the domain differs")
        self.front_digest, self.stanzas_digest = c.take(32), c.take(32)
        self.body_bytes, self.manifest_bytes, self.segments = c.number(8), c.number(8), c.number(8)
        self.segment_root, self.manifest_commitment = c.take(32), c.take(32)
        self.entries, self.items, self.raw_bytes, self.flagged = c.number(4), c.number(8), c.number(8), c.number(4)
        c.end()

    def read_series(self, data):
        c = Cursor(data)
        need(c.take(16) == b"ferry/series/01\n", "the domain differs")
        self.names_content = c.take(32)
        self.epoch, self.sequence = c.number(8), c.number(8)
        self.previous = c.list8(32, lambda: c.take(32))
        self.created, self.not_after = c.number(8, True), c.number(8, True)
        self.acknowledged = (c.number(8), c.number(8), c.take(32))
        self.gaps = c.list8(64, lambda: (c.number(8), c.number(8)))
        self.volumes = c.list8(64, lambda: (c.number(8), c.number(4), c.number(4)))
        self.state_root, self.audit = c.take(32), (c.number(8), c.take(32))
        self.series_sender = c.take(32)
        self.approvals = c.list8(8, lambda: (c.take(32), c.take(64)))
        c.end()
        need(self.sequence > 0, "its number is zero")
        asked = [to for _, to in self.gaps] + [sequence for sequence, _, _ in self.volumes]
        numbers = [self.epoch, self.sequence, *self.acknowledged[:2], self.audit[0], *asked]
        need(max(numbers) < 1 << 63, "a number is larger than any may be")
        need(ascending([key for key, _ in self.approvals]), "its approvals are doubled or out of order")
        need(all(0 < a <= b for a, b in self.gaps), "a gap request is empty")
        need(all(a[1] < b[0] for a, b in zip(self.gaps, self.gaps[1:])), "gap requests overlap")
        need(all(s > 0 and a <= b for s, a, b in self.volumes), "a volume request is empty")
        apart = ((a[0], a[2]) < (b[0], b[1]) for a, b in zip(self.volumes, self.volumes[1:]))
        need(all(apart), "volume requests overlap")

    def verify(self, trust):
        need(self.series is not None, "a draft", 401)
        need(self.sender == self.series_sender, "sealed for another sender", 207)
        trust.stands("sender", self.series_sender, self)
        check_signature(self.series_sender, self.signature, self.series)
        for what, found in (("court", self.court), ("channel", self.channel), ("direction", self.direction)):
            need(trust.bound[what] in (None, found), f"another {what}", 301)
        if trust.readers["recipient"]:
            known = trust.readers["recipient"] | trust.readers["reviewer"]
            need(set(self.recipients) <= known, "an unknown recipient", 301)
            need(set(self.recipients) & trust.readers["recipient"], "no recipient", 301)
        need(trust.floor <= 1, "below the floor", 208)
        trust.judge(self)

    def release_class(self):
        if self.kind == "trust":
            return "trust"
        return "flagged" if self.flagged else "clean" if self.items else "heartbeat"

    def check_body(self):
        for number in range(self.segments):
            self.segment(number)

    def segment(self, number):
        if number not in self.good_segments:
            need(number < self.segments, "it reads past its segments")
            start = self.body_at + number * SEGMENT
            data = self.data[start : min(start + SEGMENT, self.body_at + self.region)]
            need(blake3(data).digest() == self.digests[number], f"segment {number + 1} of {self.segments}", 204)
            self.good_segments[number] = data
        return self.good_segments[number]

    def signed(self, at, length):
        """`length` bytes of body and manifest from `at`, out of segments that match their digests."""
        out = b""
        while length > 0:
            piece = self.segment(at // SEGMENT)[at % SEGMENT :][:length]
            need(piece, "it ends too early")
            out, at, length = out + piece, at + len(piece), length - len(piece)
        return out

    def open(self, private):
        """Sections 4 to 7 and 11: gives entries with their bytes or records; nothing before everything held."""
        mine = sha256(raw_public(private.public_key()))
        stanza = next((s for s in self.stanzas if s[:32] == mine), None)
        need(stanza is not None, "no stanza for this key", 301)
        file_key = hpke_open(private, self.front, stanza[32:64], stanza[64:])
        prk = hkdf_extract(self.salt, file_key)
        body, manifest, commit, leaf = (
            hkdf_expand(prk, b"ferry/1/" + label, 32) for label in (b"body", b"manifest", b"commit", b"leaf")
        )
        need(commit == self.commitment, "the key commitment", 205)
        body, manifest = AESGCM(body), AESGCM(manifest)
        at, end, position, number, opened, leaves = self.body_bytes, self.region, 0, 0, [], []
        while at < end:
            length = int.from_bytes(self.signed(at, 4), "big")
            need(length <= SEGMENT + 16, "manifest block", 105)
            block = self.signed(at + 4, length)
            at += 4 + length
            nonce = struct.pack(">I", MANIFEST_ENTRY) + number.to_bytes(7, "big") + bytes([at == end])
            number += 1
            for entry in read_entries(decrypt(manifest, nonce, block)):
                need(entry["number"] == len(opened) and entry["offset"] == position, "entries are not contiguous")
                stored, position = self.read_entry(entry, body, position)
                read_records(entry, stored) if entry["records"] else read_document(entry, stored)
                for item, digest in enumerate(entry["leaves"]):
                    salt = hmac.digest(leaf, struct.pack(">II", entry["number"], item), "sha256")
                    leaves.append(sha256(b"\x00" + salt + digest))
                opened.append(entry)
        need(position == self.body_bytes and len(opened) == self.entries, "its totals differ")
        need(sum(e["raw_bytes"] for e in opened) == self.raw_bytes, "its raw bytes differ")
        need(sum(e["reason"] != "" for e in opened) == self.flagged, "its flags differ")
        need(len(leaves) == self.items, "its items differ")
        need(merkle(leaves) == self.manifest_commitment, "the manifest commitment", 205)
        return opened

    def read_entry(self, entry, cipher, position):
        if entry["records"]:
            need(max(entry["raw_bytes"], entry["stored_bytes"]) <= SEGMENT, "record block", 105)
        else:
            need(entry["codec"] == 0, "a document is compressed")
        stored_bytes = entry["stored_bytes"]
        chunks = max(1, -(-stored_bytes // CHUNK))
        need(stored_bytes + 16 * chunks <= self.body_bytes - position, "an entry reaches past the body")
        stored = []
        for chunk in range(chunks):
            length = min(CHUNK, stored_bytes - chunk * CHUNK) + 16
            last = chunk + 1 == chunks
            nonce = struct.pack(">I", entry["number"]) + chunk.to_bytes(7, "big") + bytes([last])
            stored.append(decrypt(cipher, nonce, self.signed(position, length)))
            position += length
        return b"".join(stored), position


def ascending(values):
    return all(a < b for a, b in zip(values, values[1:]))


def merkle(leaves):
    """RFC 6962 section 2.1, over leaves that are hashed already."""
    if not leaves:
        return sha256(b"")
    while len(leaves) > 1:
        pairs = [sha256(b"\x01" + leaves[n] + leaves[n + 1]) for n in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[len(leaves) - len(leaves) % 2 :]
    return leaves[0]


def read_entries(data):
    c = Compact(data)
    entries = []
    for _ in range(c.uint()):
        entry = {"number": c.uint(32), "kind": c.text(), "name": c.text(), "version": c.uint(), "offset": c.uint()}
        entry |= {"stored_bytes": c.uint(), "raw_bytes": c.uint(), "codec": c.uint(32), "records": c.uint(32)}
        need(entry["codec"] < 2, "an unknown codec")
        entry |= {"sha256": c.take(32), "media_type": c.text(), "reason": c.text()}
        entries.append(entry)
    c.end()
    need(len(entries) <= 256, "too many entries")
    for entry in entries:
        check_entry(entry)
    return entries


def check_entry(entry):
    need(0 < len(entry["kind"].encode()) <= 64 and len(entry["media_type"].encode()) <= 128 and len(entry["reason"].encode()) <= 256, "a text is out of bounds")
    need(len(entry["name"].encode()) <= 1024, "a name is too long")
    if not entry["records"]:
        check_name(entry["name"])
    stored, raw = entry["stored_bytes"], entry["raw_bytes"]
    need(stored <= 1 << 40, "longer than a batch")
    need(entry["codec"] == 1 or stored == raw, "its lengths differ")
    need(raw <= 100 * stored, "it would grow too much")


def deceptive(c):
    n = ord(c)
    return (
        n < 0x20
        or 0x7F <= n <= 0x9F
        or 0x200B <= n <= 0x200F
        or 0x2028 <= n <= 0x202E
        or 0x2060 <= n <= 0x2069
        or n == 0xFEFF
    )


def check_name(name):
    need(name and not any(map(deceptive, name)) and "\\" not in name, "a name deceives")
    for part in name.split("/"):
        need(part not in ("", ".", "..") and len(part.encode()) <= 255, "no plain relative path")


def read_document(entry, stored):
    need(sha256(stored) == entry["sha256"], "a document", 205)
    entry |= {"bytes": stored, "leaves": [entry["sha256"]]}


def read_records(entry, stored):
    raw = stored if entry["codec"] == 0 else unpack(stored, entry["raw_bytes"])
    need(len(raw) == entry["raw_bytes"] and sha256(raw) == entry["sha256"], "a block of records", 205)
    c = Cursor(raw)
    encoded = []
    for _ in range(entry["records"]):
        length = c.number(4)
        need(length <= 131_072, "a record is too long")
        encoded.append(c.take(length))
    c.end()
    entry |= {"record_list": [read_record(r) for r in encoded], "leaves": [sha256(r) for r in encoded]}


def unpack(stored, raw_bytes):
    try:
        declared = zstandard.get_frame_parameters(stored).content_size
        need(declared == zstandard.CONTENTSIZE_UNKNOWN or declared <= raw_bytes, "it grows too much")
        frame = zstandard.ZstdDecompressor().decompressobj()
        raw = frame.decompress(stored)
        need(frame.eof and not frame.unused_data and len(raw) <= raw_bytes, "it is not one frame of that length")
        return raw
    except zstandard.ZstdError:
        raise malformed("it does not decompress") from None


def read_record(data):
    c = Compact(data)
    schema = c.uint(16)
    record = {"kind": c.text(), "id": c.text(), "version": c.uint(), "case": c.text(), "person": c.text()}
    record["retracted"] = c.flag()
    fields, names = {}, []
    for _ in range(c.uint()):
        names.append(c.text())
        fields[names[-1]] = read_value(c)
    c.end()
    need(ascending([name.encode() for name in names]), "its fields are doubled or out of order")
    need(schema == 1, "its schema is unknown")
    return record | {"fields": fields}


def read_value(c):
    tag = c.uint(32)
    need(tag < 3, "an unknown value")
    if tag == 0:
        return c.text()
    if tag == 1:
        return c.sint()
    document = {"sha256": c.take(32).hex(), "bytes": c.uint()}
    return document | {"name": c.text(), "media_type": c.text()}


# Evidence (section 22).
class ShownBatch(Batch):
    """What was signed of a batch whose body is not here: section 8 and the second and third step of section 9."""

    def __init__(self, suite, header, content, series, signature):
        self.suite, self.signature, self.content, self.series = suite, signature, content, series
        self.header = header

    def check(self, trusts):
        self.read_header(self.header)
        self.read_content(self.content)
        self.read_series(self.series)
        front = b"\x89FERRY\r\n" + struct.pack(">HHI", 1, self.suite, len(self.header))
        need(self.front_digest == blake3(front + self.header).digest(), "the header", 205)
        need(self.names_content == sha256(self.content), "the content statement", 205)
        need(self.sender == self.series_sender, "sealed for another sender", 207)
        found = {"court": self.court, "channel": self.channel, "direction": self.direction}
        if isinstance(trusts, Lists):
            return self.verify(trusts.trust(self))
        speaking = [t for t in trusts if all(t.bound[what] in (None, found[what]) for what in found)]
        need(speaking, "nothing that is trusted speaks for it", 237)
        self.verify(speaking[0])

    def shown(self):
        approvals = [key.hex() for key, _ in self.approvals]
        return {"court": self.court, "channel": self.channel, "direction": self.direction, "epoch": self.epoch,
                "sequence": self.sequence, "created_s": self.created, "sender": self.sender.hex(), "approvals": approvals,
                "digest": sha256(self.series).hex()}


SUBJECT, DOCUMENT, REPORT, RECEIPT = 1, 2, 3, 4
NO_DOCUMENT, NO_REPORT, NO_RECEIPT, NO_AUDIT = 1, 2, 4, 8


def long(cursor, most):
    length = cursor.number(4)
    need(length <= most, "a part is too long", 105)
    return cursor.take(length)


class Lists:
    """Trust lists that follow one another from list 1 (section 20)."""

    def __init__(self, texts, roots):
        self.lists = []
        pinned = {base64.b64decode(pathlib.Path(path).read_text().split()[2]) for path in roots}
        for text in texts:
            body, separator, signatures = text.partition("\n---\n")
            if separator:
                self.follow(body + "\n", signatures, pinned)
        need(self.lists, "no list is in it", 237)

    def follow(self, body, signatures, pinned):
        file = tomllib.loads(body)
        file["digest"] = sha256(body.encode())
        file["keys"] = {base64.b64decode(line.split(" ")[2]) for line in file["roots"]}
        signed = set()
        first = not self.lists
        before = self.lists[-1] if self.lists else {"number": 0, "digest": bytes(32), "keys": pinned, "root-threshold": len(pinned)}
        need(file["number"] == before["number"] + 1, "a list is skipped", 223)
        need(not first or file["keys"] == pinned, "other roots", 226)
        need(first or file["court"] == before["court"], "another court", 221)
        need(bytes.fromhex(file["previous"]) == before["digest"], "it follows another list", 224)
        for line in signatures.splitlines():
            _, key, signature = line.split(" ")
            key = base64.b64decode(key)
            need(key in before["keys"] | file["keys"], "a stranger signed", 202)
            check_signature(key, base64.b64decode(signature), b"ferry/trustls/1\n" + file["digest"])
            signed.add(key)
        for of in (before, file):
            need(len(signed & of["keys"]) >= of["root-threshold"], "too few roots signed", 225)
        self.lists.append(file)

    def trust(self, batch):
        at = max([n for n, file in enumerate(self.lists) if file["created-s"] <= batch.created], default=0)
        said = [[c for c in file["channel"] if (c["channel"], c["direction"]) == (batch.channel, batch.direction)]
                for file in self.lists]
        need(self.lists[at]["court"] == batch.court and said[at], "no list speaks for it", 237)
        trust = Trust(None, {**said[at][0], "court": self.lists[at]["court"]})
        for later in (channel for channels in said[at + 1 :] for channel in channels):
            for (role, key), terms in Trust(None, later).terms.items():
                if "revoked-from" in terms and (role, key) in trust.terms:
                    own = dict(trust.terms[role, key])
                    own["revoked-from"] = min(terms["revoked-from"], own.get("revoked-from", terms["revoked-from"]))
                    trust.terms[role, key] = own
        return trust


class Evidence:
    def __init__(self, file):
        self.file = file
        front = Cursor(file.read(14))
        need(front.take(8) == b"\x89FERRYE\n", "this is no pack of evidence")
        need(front.number(2) == 1, "an unknown version", 102)
        length = front.number(4)
        need(length <= 16 << 20, "the head is too long", 105)
        c = Cursor(file.read(length))
        need(len(c.data) == length, "the head ends too early")
        self.absent = c.number(1)
        self.batches = c.list8(32, lambda: self.read_batch(c))
        self.trusts = c.list8(255, lambda: self.read_text(c))
        self.audits = c.list8(64, lambda: self.read_audit(c))
        c.end()
        need(self.absent < 16, "it lacks what no pack has")
        need(ascending([sha256(batch.series) for batch, _ in self.batches]), "its batches are doubled or out of order")
        for _, items in self.batches:
            need(ascending([item["leaf"] for item in items]), "its items are doubled or out of order")
        need(ascending([(a["batch"], a["entry"]) for a in self.audits]), "its audit entries are doubled or out of order")

    def read_batch(self, c):
        suite = c.number(2)
        need(suite == 1, "an unknown suite", 102)
        parts = []
        for most in (2048, 4096, 4096):
            length = c.number(2)
            need(length <= most, "a statement is too long", 105)
            parts.append(c.take(length))
        signature = c.take(64)
        return ShownBatch(suite, *parts, signature), c.list8(64, lambda: self.read_item(c))

    def read_item(self, c):
        role = c.number(1)
        need(role in (SUBJECT, DOCUMENT, REPORT, RECEIPT), "an item has an unknown role")
        item = {"role": role, "leaf": c.number(8), "salt": c.take(32), "path": c.list8(64, lambda: c.take(32))}
        if role == DOCUMENT:
            return item | {"sha256": c.take(32), "bytes": c.number(8)}
        record = long(c, 131_072)
        return item | {"encoded": record, "sha256": sha256(record)}

    def read_text(self, c):
        try:
            return long(c, 1 << 20).decode()
        except UnicodeDecodeError:
            raise malformed("a text is not UTF-8") from None

    def read_audit(self, c):
        audit = {"batch": c.number(1), "previous": c.take(32), "entry": long(c, 131_072)}
        count = c.number(4)
        need(count <= 100_000, "the path of an audit entry is too long", 105)
        return audit | {"later": [c.take(32) for _ in range(count)]}

    def verify(self, trusts):
        of = {SUBJECT: [], DOCUMENT: [], REPORT: [], RECEIPT: []}
        for batch, items in self.batches:
            batch.check(trusts)
            for item in items:
                need(inclusion(item, batch.items) == batch.manifest_commitment, "it does not lead to the commitment", 230)
                if item["role"] != DOCUMENT:
                    item["record"] = read_record(item["encoded"])
                of[item["role"]].append((item, batch))
        for n, (_, items) in enumerate(self.batches):
            need(items or any(a["batch"] == n for a in self.audits), "a batch of it shows nothing", 235)
        need(len(of[SUBJECT]) <= 1, "it shows two subjects", 235)
        alone = not of[SUBJECT]
        need(not alone or len(of[DOCUMENT]) == 1, "it shows no subject", 235)
        subject, export = of[DOCUMENT].pop() if alone else of[SUBJECT][0]
        named = [] if alone else [v for v in subject["record"]["fields"].values() if isinstance(v, dict)]
        for item, batch in of[DOCUMENT]:
            same = any(v["sha256"] == item["sha256"].hex() and v["bytes"] == item["bytes"] for v in named)
            need(same and batch.direction == export.direction, "a document that the record does not name", 233)
        for role, number, fits in ((REPORT, 231, self.is_report), (RECEIPT, 232, self.is_receipt)):
            for item, batch in of[role]:
                back = (export.direction, batch.direction) == ("export", "return") and batch.court == export.court
                record = item["record"]
                need(back and not record["retracted"] and fits(record, subject, export), "it is not about this", number)
        audits = [self.check_audit(audit) for audit in self.audits]
        shown = {item["sha256"].hex() for item, _ in of[DOCUMENT]}
        absent = NO_DOCUMENT if any(v["sha256"] not in shown for v in named) else 0
        if export.direction == "export":
            absent |= (0 if of[REPORT] else NO_REPORT) | (0 if of[RECEIPT] else NO_RECEIPT)
        absent |= 0 if audits else NO_AUDIT
        need(absent == self.absent, "what it says that it lacks differs", 236)
        self.check_documents()
        return {"batches": [batch.shown() for batch, _ in self.batches],
                "subject": subject.get("record") or {"sha256": subject["sha256"].hex(), "bytes": subject["bytes"]},
                "documents": sorted(shown), "reports": [item["record"] for item, _ in of[REPORT]],
                "receipts": [item["record"] for item, _ in of[RECEIPT]], "audits": audits,
                "absent": [name for bit, name in enumerate(("documents", "report", "receipt", "audit")) if absent >> bit & 1]}

    def is_report(self, record, _, export):
        return record["kind"] == "batch-report" and record["id"] == f"{export.epoch}/{export.sequence}"

    def is_receipt(self, receipt, subject, _):
        if receipt["kind"] != "service-receipt":
            return False
        said = receipt["fields"]
        if "record" not in subject:
            return said.get("sha256") == subject["sha256"].hex()
        record = subject["record"]
        digests = [v["sha256"] for v in record["fields"].values() if isinstance(v, dict)]
        return (
            (said.get("kind", ""), said.get("item", "")) == (record["kind"], record["id"])
            and said.get("item-version") == record["version"]
            and receipt["case"] == record["case"]
            and record["person"] in ("", said.get("addressee", ""))
            and said.get("sha256") in digests
        )

    def check_audit(self, audit):
        need(audit["batch"] < len(self.batches), "its head is not there", 234)
        entries, head = self.batches[audit["batch"]][0].audit
        c = Cursor(audit["entry"])
        domain = c.take(16)
        need(domain in (b"ferry/audit/001\n", b"ferry/audit/002\n"), "the domain of an audit entry differs")
        c.take(32 if domain == b"ferry/audit/002\n" else 0)
        number, at = c.number(8), c.number(8, True)
        try:
            texts = [c.take(c.number(4)).decode() for _ in range(4)]
        except UnicodeDecodeError:
            raise malformed("a string is not UTF-8") from None
        flag = c.number(1)
        need(flag < 2, "a flag is neither 0 nor 1")
        c.take(32 * flag)
        c.end()
        digest = audit["previous"]
        for inner in [sha256(audit["entry"]), *audit["later"]]:
            digest = sha256(b"ferry/auditlink\n" + digest + inner)
        placed = number > 0 and (number == 1) == (audit["previous"] == bytes(32))
        need(placed and number + len(audit["later"]) == entries and digest == head, "an audit path leads elsewhere", 234)
        return dict(zip(("actor", "act", "subject", "detail"), texts)) | {"number": number, "at_s": at}

    def check_documents(self):
        for _, items in self.batches:
            for item in items:
                if item["role"] != DOCUMENT:
                    continue
                digest, left = hashlib.sha256(), item["bytes"]
                while left > 0:
                    piece = self.file.read(min(left, SEGMENT))
                    need(piece, "a document ends too early")
                    digest.update(piece)
                    left -= len(piece)
                need(digest.digest() == item["sha256"], "a document", 205)
        need(not self.file.read(1), "bytes follow the documents")


def inclusion(item, leaves):
    """The root that follows from a leaf and its path (RFC 6962 section 2.1.1), by halving the tree from the top."""
    node = sha256(b"\x00" + item["salt"] + item["sha256"])
    at, turns = item["leaf"], []
    need(at < leaves, "its number is not there", 230)
    while leaves > 1:
        split = 1 << ((leaves - 1).bit_length() - 1)
        turns.append(at >= split)
        at, leaves = (at - split, leaves - split) if at >= split else (at, split)
    need(len(turns) == len(item["path"]), "its path has another length", 230)
    for right, sibling in zip(reversed(turns), item["path"]):
        node = sha256(b"\x01" + sibling + node) if right else sha256(b"\x01" + node + sibling)
    return node


def evidence(path, trusts, roots=()):
    with open(path, "rb") as file:
        pack = Evidence(file)
        return pack.verify(Lists(pack.trusts, roots) if roots else trusts)


def serve_evidence():
    for line in sys.stdin:
        path, *trusts = line.rstrip("\n").split("\t")
        try:
            evidence(path, [Trust(trust) for trust in trusts])
            print("ok", flush=True)
        except Refused as refused:
            print(refused.code, flush=True)


def verdict(data, trust, private):
    try:
        batch = Batch(data)
        batch.verify(trust)
        batch.open(private)
        return "ok"
    except Refused as refused:
        return refused.code


def serve(trust, private):
    stdin = sys.stdin.buffer
    while length := stdin.read(4):
        print(verdict(stdin.read(int.from_bytes(length, "big")), trust, private), flush=True)


def shown(entry):
    common = {"number": entry["number"], "kind": entry["kind"], "sha256": entry["sha256"].hex()}
    if entry["records"]:
        return common | {"records": entry["record_list"]}
    return common | {"name": entry["name"], "bytes": entry["raw_bytes"]}


def write(opened, folder):
    folder = pathlib.Path(folder)
    folder.mkdir()
    for entry in opened:
        if entry["records"]:
            with open(folder / f"records-{entry['kind']}.jsonl", "a") as file:
                for record in entry["record_list"]:
                    print(json.dumps(record, ensure_ascii=False), file=file)
        else:
            path = folder / entry["name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(entry["bytes"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["verify", "list", "open", "serve", "evidence", "evidence-serve"])
    parser.add_argument("--trust", action="append", default=[])
    parser.add_argument("--root", action="append", default=[])
    parser.add_argument("-k", "--key")
    parser.add_argument("-C", "--directory")
    parser.add_argument("file", nargs="?")
    args = parser.parse_intermixed_args()
    if args.command == "evidence-serve":
        return serve_evidence()
    if args.root and args.command == "evidence":
        args.trust = []
    elif not args.trust:
        parser.error("--trust is needed")
    trusts = [Trust(path) for path in args.trust]
    trust = trusts[0] if trusts else None
    private = read_key(args.key) if args.key else None
    if args.command == "serve":
        return serve(trust, private)
    try:
        if args.command == "evidence":
            print(json.dumps(evidence(args.file, trusts, args.root), ensure_ascii=False, indent=1))
            return 0
        batch = Batch(pathlib.Path(args.file).read_bytes())
        batch.verify(trust)
        if args.command == "verify":
            batch.check_body()
            print(f"ok: batch {batch.epoch}/{batch.sequence}, {batch.entries} entries, {batch.items} items")
            return 0
        opened = batch.open(private)
    except Refused as refused:
        print(f"refused: {refused} [{refused.code}]", file=sys.stderr)
        return 65
    if args.command == "list":
        print(json.dumps({"court": batch.court, "channel": batch.channel, "entries": [shown(e) for e in opened]},
                         ensure_ascii=False, indent=1))
    else:
        write(opened, args.directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
