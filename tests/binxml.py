"""Records of logs that `wevtutil epl` and Event Viewer export hold their event without a template, and their elements
have no dependency identifiers. Neither libevtx nor python-evtx reads that, so here is a reader that does no more than
this one form, straight along the bytes: a second opinion on ours, which goes by steps and tables.
"""
import struct
import xml.etree.ElementTree as ET

CHUNK, HEADER = 65536, 4096


class NotPlain(Exception):
    """The record has a template or a token that this reader does not know."""


class Plain:
    def __init__(self, chunk, at):
        self.chunk = chunk
        self.at = at

    def take(self, form):
        values = struct.unpack_from('<' + form, self.chunk, self.at)
        self.at += struct.calcsize('<' + form)
        return values[0]

    def name(self):
        offset = self.take('I')
        count = struct.unpack_from('<H', self.chunk, offset + 6)[0]
        if offset == self.at:
            self.at += 10 + 2 * count
        return self.chunk[offset + 8:offset + 8 + 2 * count].decode('utf-16-le')

    def string(self):
        if self.take('B') != 1:
            raise NotPlain
        count = self.take('H')
        self.at += 2 * count
        return self.chunk[self.at - 2 * count:self.at].decode('utf-16-le', 'replace')

    def entity(self):
        return {'amp': '&', 'lt': '<', 'gt': '>', 'quot': '"', 'apos': "'"}[self.name()]

    def text(self):
        """Values and references one after the other."""
        found = ''
        while self.chunk[self.at] & 0xbf in (5, 8, 9):
            kind = self.take('B') & 0xbf
            found += self.string() if kind == 5 else chr(self.take('H')) if kind == 8 else self.entity()
        return found

    def element(self):
        token = self.take('B')
        if token not in (0x01, 0x41):
            raise NotPlain
        self.take('I')
        made = ET.Element(self.name())
        if token == 0x41:
            self.take('I')
        while self.chunk[self.at] in (0x06, 0x46):
            self.take('B')
            name = self.name()
            made.set(name, self.text())
        if self.take('B') == 3:
            return made
        made.text = self.text()
        while self.chunk[self.at] != 4:
            made.append(self.element())
            self.text()
        self.take('B')
        return made


def events(path):
    """Every record's event, from the used part of each chunk that the header counts."""
    with open(path, 'rb') as f:
        log = f.read()
    count = struct.unpack_from('<H', log, 42)[0]
    for start in range(HEADER, HEADER + count * CHUNK, CHUNK):
        chunk = log[start:start + CHUNK]
        at, end = 512, struct.unpack_from('<I', chunk, 48)[0]
        while at < end:
            size = struct.unpack_from('<I', chunk, at + 4)[0]
            if chunk[at + 24:at + 28] != b'\x0f\x01\x01\x00':
                raise NotPlain
            yield Plain(chunk, at + 28).element()
            at += size
