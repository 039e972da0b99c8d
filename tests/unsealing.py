"""What a secure channel hides, found without the program: keys out of keytabs, session keys, and of each sealed message of a
capture its confounder, and what is secret in its logons. AES channels over TCP alone ([MS-NRPC] 3.1.4.3.1, 3.3.4.2); the ciphers are
openssl's.
"""
import collections
import hashlib
import hmac
import struct
import subprocess

ARCFOUR = 23
REQUEST, RESPONSE = 0, 2
REQ_CHALLENGE, AUTHENTICATE3, LOGON_EX = 4, 26, 39
NETLOGON_AUTH = 68

Secret = collections.namedtuple('Secret', 'kind data')


def md4(data):
    return openssl('dgst', '-md4', '-binary', '-provider', 'legacy', '-provider', 'default', data=data)


def hmac_md5(key, data):
    return hmac.new(key, data, hashlib.md5).digest()


def openssl(*words, data):
    return subprocess.run(['openssl', *words], input=data, capture_output=True, timeout=30, check=True).stdout


def cfb8(key, iv, data, way='-d'):
    return openssl('enc', '-aes-128-cfb8', way, '-K', key.hex(), '-iv', iv.hex(), '-nopad', data=data)


def keytab(path):
    """(name, encryption type, key) of each entry of an MIT keytab."""
    with open(path, 'rb') as f:
        data = f.read()
    at = 2
    while at + 4 <= len(data):
        size = struct.unpack_from('>i', data, at)[0]
        at += 4
        if size > 0:
            yield keytab_entry(data[at:at + size])
        at += abs(size)


def keytab_entry(entry):
    def counted(at):
        n = struct.unpack_from('>H', entry, at)[0]
        return entry[at + 2:at + 2 + n], at + 2 + n

    components, at = struct.unpack_from('>H', entry)[0], 2
    _, at = counted(at)
    name = []
    for _ in range(components):
        part, at = counted(at)
        name.append(part.decode())
    kind = struct.unpack_from('>H', entry, at + 9)[0]
    return '/'.join(name), kind, counted(at + 11)[0]


def pdus(path):
    """(stream, is request, PDU) of every DCE/RPC connection, each PDU whole, in the order of their ends."""
    said = subprocess.run(['tshark', '-n', '-r', path, '-Y', 'tcp.len > 0 && !tcp.analysis.retransmission', '-T', 'fields', '-e', 'tcp.stream',
                           '-e', 'tcp.srcport', '-e', 'tcp.payload'], capture_output=True, text=True, timeout=120, check=True).stdout
    waiting = {}
    for row in said.splitlines():
        stream, port, payload = row.split('\t')
        side = (stream, port)
        data = waiting.get(side, b'') + bytes.fromhex(payload)
        while len(data) >= 16 and data[:2] == b'\5\0':
            size = struct.unpack_from('<H', data, 8)[0]
            if size > len(data) or size < 16:
                break
            if data[2] in (REQUEST, RESPONSE):
                yield stream, data[2] == REQUEST, data[:size]
            data = data[size:]
        waiting[side] = data if data[:1] == b'\5' else b''


def unseal(key, pdu, trailer):
    """(confounder, stub) of a PDU that this key sealed, else None."""
    signature, body = pdu[trailer + 8:], pdu[24:trailer]
    checksum = signature[16:24]
    sequence = cfb8(key, checksum * 2, signature[8:16])
    plain = cfb8(bytes(b ^ 0xf0 for b in key), sequence * 2, signature[24:32] + body)
    confounder, stub = plain[:8], plain[8:]
    for signed in (pdu[:24] + stub + pdu[trailer:trailer + 8], stub): # with header signing, and without
        if hmac.new(key, signature[:8] + confounder + signed, hashlib.sha256).digest()[:8] == checksum:
            return confounder, stub
    return None


class Ndr:
    """Little-endian NDR, read straight on."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form, align):
        self.at += -self.at % align
        values = struct.unpack_from('<' + form, self.data, self.at)
        self.at += struct.calcsize('<' + form)
        return values if len(values) > 1 else values[0]

    def u32(self):
        return self.take('I', 4)

    def string(self, wide=2):
        """What a pointer points to: maximum, offset, count, characters."""
        _, _, count = self.take('III', 4)
        data = self.data[self.at:self.at + count * wide]
        self.at += count * wide
        return data

    def counted(self):
        """Length and pointer of a counted string; its characters come later."""
        length, _, pointer = self.take('HHI', 4)
        return length if pointer else None


def logon_request(stub):
    """Of NetrLogonSamLogonEx, level 2 or 6: challenge, NT response, LM response, user, domain."""
    n = Ndr(stub)
    for _ in range(2): # LogonServer, ComputerName
        if n.u32():
            n.string()
    level = n.take('H', 2)
    n.take('H', 2)
    if level not in (2, 6) or not n.u32():
        return None
    domain, _, _, user, station = n.counted(), n.u32(), n.take('II', 4), n.counted(), n.counted()
    challenge = n.take('8s', 1)
    nt, lm = n.counted(), n.counted()
    texts = [n.string() if length is not None else b'' for length in (domain, user, station)]
    responses = [n.string(1) if length is not None else b'' for length in (nt, lm)]
    return {'challenge': challenge, 'nt': responses[0], 'lm': responses[1], 'user': texts[1], 'domain': texts[0]}


def validation(stub):
    """User session key and LM key of NETLOGON_VALIDATION_SAM_INFO and its later forms; None where there is none."""
    n = Ndr(stub)
    if n.take('H', 2) == 0 or not n.u32():
        return None
    n.at += 6 * 8 # times
    for _ in range(6):
        n.counted()
    n.at += 2 + 2 + 4 * 5 # counts, IDs, groups, flags
    session = n.take('16s', 1)
    n.counted(), n.counted(), n.u32()
    return {'session': session, 'lm key': n.take('8s', 1)}


class Unsealed:
    """The secrets of a capture, and how many messages they came from."""

    def __init__(self, path, keytabs):
        self.entries = [entry for k in keytabs for entry in keytab(k)]
        self.secrets = [Secret('key of a keytab', key) for _, _, key in self.entries]
        self.keys, self.logons, self.messages, self.plain = [], [], 0, b''
        self.asked, self.challenges = {}, {}
        for stream, is_request, pdu in pdus(path):
            self.message(stream, is_request, pdu)

    def hashes(self):
        return {key for _, kind, key in self.entries if kind == ARCFOUR}

    def hide(self, kind, *data):
        self.secrets += [Secret(kind, d) for d in data]

    def message(self, stream, is_request, pdu):
        length, call = struct.unpack_from('<HI', pdu, 10)
        if is_request:
            self.asked[stream, call] = struct.unpack_from('<H', pdu, 22)[0]
        operation = self.asked.get((stream, call))
        trailer = len(pdu) - length - 8
        if length == 0:
            self.clear(stream, is_request, operation, pdu[24:])
        elif pdu[trailer] == NETLOGON_AUTH:
            self.sealed((stream, call), is_request, operation, pdu, trailer)

    def clear(self, stream, is_request, operation, stub):
        """How a channel's session key comes about."""
        if operation == REQ_CHALLENGE:
            self.challenges.setdefault(stream, {})[is_request] = stub[-8:] if is_request else stub[:8]
        elif operation == AUTHENTICATE3 and is_request and len(self.challenges.get(stream, ())) == 2:
            ours, theirs = self.challenges[stream][True], self.challenges[stream][False]
            for key in self.hashes():
                session = hmac.new(key, ours + theirs, hashlib.sha256).digest()[:16]
                if cfb8(session, bytes(16), ours, '-e') == stub[-12:-4]:
                    self.keys.append(session)
                    self.hide("channel's session key", session, bytes(b ^ 0xf0 for b in session))
                    self.hide("channel's challenge", ours, theirs)

    def sealed(self, call, is_request, operation, pdu, trailer):
        for key in reversed(self.keys):
            found = unseal(key, pdu, trailer)
            if found:
                self.messages += 1
                self.plain += found[1]
                self.hide('confounder', found[0])
                if operation == LOGON_EX:
                    self.logon(call, is_request, found[1])
                return

    def logon(self, call, is_request, stub):
        found = logon_request(stub) if is_request else validation(stub)
        if is_request and found:
            self.logons.append({**found, 'call': call})
            self.hide('server challenge', found['challenge'])
            self.hide('response', found['nt'], found['lm'])
        elif found:
            next(logon for logon in self.logons if logon['call'] == call).update(found)
            self.hide('user session key', found['session'])
            self.hide('LM key', found['lm key'])


def session_key(hash_, logon):
    """What the controller must have answered to this logon, made from the account's key alone; None: not by this key."""
    if len(logon['nt']) == 24:
        return md4(hash_)
    owf = hmac_md5(hash_, logon['user'].decode('utf-16-le').upper().encode('utf-16-le') + logon['domain'])
    proof, blob = logon['nt'][:16], logon['nt'][16:]
    return hmac_md5(owf, proof) if hmac_md5(owf, logon['challenge'] + blob) == proof else None
