"""The log's chain computed by another hand: from the rows, by src/store/encode.h and sqlite-chain.c's words."""
import hashlib
import sqlite3

TEXT_FACT, NUMBER_FACT = 'text', 'number'
NUMBERS = {'process_id', 'reason_id', 'negotiated_flags', 'av_flags', 'status', 'status_text', 'client_luid',
           'logon_type', 'in_proc', 'channel_type', 'negotiated_security', 'required_security', 'client_port',
           'target_port', 'frame_negotiate', 'frame_challenge', 'frame_authenticate', 'frame_answer'}


def number(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def signed(n):
    return number((n << 1 ^ (-1 if n < 0 else 0)) & (1 << 64) - 1)


def text(s):
    if s is None:
        return number(0)
    data = s.encode()
    return number(len(data) + 1) + data


class Unpacker:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        n = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n

    def signed(self):
        n = self.number()
        return n >> 1 ^ -(n & 1)

    def string(self):
        end = self.data.index(0, self.at)
        value, self.at = self.data[self.at:end].decode(), end + 1
        return value


class Chain:
    def __init__(self, path):
        self.db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
        self.names = dict(self.db.execute('SELECT id, text FROM name'))
        self.facts = self.db.execute('SELECT id, key FROM fact ORDER BY id').fetchall()
        self.stencils = {}

    def value(self, key, stored):
        """Kind and value; a blob is of the kind that the fact is not."""
        is_text = (key not in NUMBERS) == (not isinstance(stored, bytes))
        n = Unpacker(stored).number() if isinstance(stored, bytes) else stored % (1 << 64)
        return b'\1' + text(self.names[n]) if is_text else b'\2' + number(n)

    def pack_facts(self, row, keys):
        out = b''
        for fact, key in self.facts:
            if key in keys and row[key] is not None:
                out += number(fact) + self.value(key, row[key])
        return out + b'\0'

    def stencil(self, wanted):
        if wanted not in self.stencils:
            cursor = self.db.execute('SELECT * FROM stencil WHERE id = ?', (wanted,))
            row = dict(zip([c[0] for c in cursor.description], cursor.fetchone()))
            out = number(row['layout'] >> 8) + bytes([row['layout'] & 255, row['origin']])
            out += text(self.names.get(row['computer'])) + self.pack_facts(row, row.keys())
            evidence = Unpacker(row['evidence'] or b'')
            n = 0
            while evidence.at < len(evidence.data):
                out += text(self.names.get(evidence.number()))
                n += 1
            self.stencils[wanted] = (hashlib.sha256(out).digest(), n // 4)
        return self.stencils[wanted]

    def own(self, row, written, n_evidence):
        more = Unpacker(row['more'] or b'\0\0\0')
        keys = set(row) - {'record', 'time', 'stencil', 'activity', 'hash', 'more', 'evidence_text'}
        out = number(row['record']) + signed(written) + signed(row['time']) + (row['activity'] or bytes(16))
        out += self.pack_facts(row, keys) + text(row['evidence_text'])
        for _ in range(n_evidence):
            out += signed(more.signed()) + number(more.number())
        out += number(more.number()) + number(more.number()) + number(more.number())
        while more.at < len(more.data):
            out += text(self.names[more.number()]) + text(more.string())
        return out

    def link(self, row):
        _, first, last, since, until, reason, when, anchor, after = row
        return hashlib.sha256(text('dropped') + number(first) + number(last) + signed(since) + signed(until) +
                              signed(when) + anchor + number(after) + text(reason)).digest()

    def states(self):
        """(record, hash that the row has, hash that it must have) of each event, in order."""
        dropped = self.db.execute('SELECT * FROM dropped ORDER BY id').fetchall()
        by_last = {row[2]: row for row in dropped}
        written = dict(self.db.execute('SELECT record, time FROM written'))
        cursor = self.db.execute('SELECT * FROM event ORDER BY record')
        columns = [c[0] for c in cursor.description]
        state, last, when = bytes(32), 0, None
        times = sorted(written)
        for values in cursor:
            row = dict(zip(columns, values))
            record = row['record']
            if record != last + 1:
                run = by_last[record - 1]
                state = self.follow(run[7], dropped, record - 1, run[0])
            while times and times[0] <= record:
                when = written[times.pop(0)]
            digest, n_evidence = self.stencil(row['stencil'])
            state = hashlib.sha256(state + digest + self.own(row, when, n_evidence)).digest()
            yield record, row['hash'], state
            state = self.follow(state, dropped, record, 0)
            last = record
        self.db.close()

    def follow(self, state, dropped, record, from_id):
        for row in dropped:
            if row[8] == record and row[0] >= from_id:
                state = hashlib.sha256(state + self.link(row)).digest()
        return state
