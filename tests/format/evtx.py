"""Our .evtx files as others read them: libevtx's evtxexport and evtxinfo, and python-evtx. Every System value and every
Data value of made-up events of all ids, against the same events as JSON. EVTX_EVENTS=200000 for many chunks."""
import datetime
import io
import json
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import program  # noqa: E402

try:
    from Evtx.Evtx import Evtx
except ImportError:  # another Python than the system's
    sys.path.append('/usr/lib/python3/dist-packages')
    from Evtx.Evtx import Evtx

MAKE = os.path.join(os.path.dirname(program.PROGRAM), 'tests/format/evtx-make')
EVENTS = int(os.environ.get('EVTX_EVENTS', '5000'))
PYTHON_EVENTS = 500  # it reads about 300 a second

# Windows' manifests: names in their order; types s UnicodeString, u UInt32, h HexInt32, H HexInt64, b Boolean.
OUTGOING = ('TargetName:s UserName:s DomainName:s CallerPID:u ProcessName:s ClientLUID:H ClientUserName:s '
            'ClientDomainName:s MechanismOID:s')
SECURITY_0 = 'NtlmVersion:s ServiceBinding:s TargetMachine:s TargetDomain:s Mic_Status:s AvFlags:h AvFlagsStr:s'
SECURITY_1 = ('NegotiatedFlags:h NtlmVersion:s SessionKeyStatus:s ChannelBindingStatus:s ServiceBinding:s '
              'TargetMachine:s TargetDomain:s Mic_Status:s AvFlags:h AvFlagsStr:s')
CLIENT = ('ProcessName:s ProcessPID:h Username:s DomainName:s Hostname:s SingleSignOn:s TargetMachine:s TargetDomain:s '
          'TargetService:s TargetIP:s TargetNetworkName:s NtlmUsageId:u NtlmUsageReason:s NegotiatedFlags:h NtlmVersion:s '
          'SessionKeyStatus:s ChannelBindingStatus:s ServiceBinding:s Mic_Status:s AvlFlags:h AvlFlagsStr:s')
SERVER = ('ProcessName:s ProcessPID:h Username:s DomainName:s RemoteClientMachine:s ClientIP:s ClientNetworkName:s '
          + SECURITY_1 + ' Status:h StatusMsg:u')
FORWARDED = ('DCName:s AccountName:s AccountDomain:s AccountMachine:s ServerName:s ServerDomain:s ForwarderType:s '
             'ForwarderName:s ForwarderDomain:s ForwarderIP:s %s Status:h StatusMsg:u')
DOMAIN = ('DCName:s AccountName:s AccountDomain:s AccountMachine:s ServerName:s ServerDomain:s ServerIP:s ServerOS:s '
          '%s Status:h StatusMsg:u')
LAYOUTS = {
    (8001, 0): OUTGOING,
    (8002, 0): 'CallerPID:u ProcessName:s ClientLUID:H ClientUserName:s ClientDomainName:s MechanismOID:s',
    (8003, 0): 'UserName:s DomainName:s Workstation:s CallerPID:u ProcessName:s LogonType:u InProc:b MechanismOID:s',
    (8004, 0): 'SChannelName:s UserName:s DomainName:s WorkstationName:s SChannelType:u',
    (4020, 0): CLIENT, (4021, 0): CLIENT, (4022, 0): SERVER, (4023, 0): SERVER,
    (4030, 0): FORWARDED % SECURITY_0, (4031, 0): FORWARDED % SECURITY_0,
    (4030, 1): FORWARDED % SECURITY_1, (4031, 1): FORWARDED % SECURITY_1,
    (4032, 0): DOMAIN % SECURITY_0, (4033, 0): DOMAIN % SECURITY_0,
    (4032, 1): DOMAIN % SECURITY_1, (4033, 1): DOMAIN % SECURITY_1,
}
# As libevtx writes a value of the type.
SHAPES = {'s': '(?s).*', 'u': r'\d+', 'h': '0x[0-9a-f]{8}', 'H': '0x[0-9a-f]{16}', 'b': 'true|false'}
PROVIDERS = {'Microsoft-Windows-NTLM': '{AC43300D-5FCC-4800-8E99-1BD3F85F0320}',
             'Microsoft-Windows-Security-Netlogon': '{E5BA83F6-07D0-46B1-8BC7-7E669A1D31DC}',
             'Microsoft-Windows-Security-Auditing': '{54849625-5478-4994-A5BA-3E3B0328C30D}',
             'ntlmaudit': '{F6FB3F16-7BF3-4D13-9BCA-A57F82092988}'}
LEVELS = {'Error': '2', 'Warning': '3', 'Information': '4'}
STATUSES = {'STATUS_SUCCESS': 0, 'STATUS_WRONG_PASSWORD': 0xc000006a, 'STATUS_NO_SUCH_USER': 0xc0000064,
            'STATUS_LOGON_FAILURE': 0xc000006d}
NAMESPACE = '{http://schemas.microsoft.com/win/2004/08/events/event}'


def in_xml(text):
    """What XML 1.0 has no character for is spelled out."""
    return re.sub('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]', lambda m: '\\u%04x' % ord(m.group()), text)


def expected(lines):
    """The events that evtx-make told of: the JSON object of each, with what it has beside."""
    for event, rest in zip(lines, lines):
        yield json.loads(event), json.loads(rest)


def facts(event):
    """The values of the layout, in its order."""
    values = list(event.items())
    return [v for _, v in values[[k for k, _ in values].index('activity_id') + 1:]]


class Reader:
    """How a reader spells what it read; normalised to one spelling."""

    def __init__(self, name, forgets):
        self.name = name
        self.forgets = forgets  # characters that it can't read or write

    def text(self, value):
        return re.sub(self.forgets, '', value or '')

    def same(self, value, got):
        if value is None:
            return got == 'Null'
        if isinstance(value, bool):
            return got.lower() == str(value).lower()
        if isinstance(value, str) and (value in STATUSES or re.fullmatch('0x[0-9a-f]+', value)):
            value = STATUSES[value] if value in STATUSES else int(value, 16)
        if isinstance(value, int):
            return re.fullmatch(r'0x[0-9a-f]+|\d+', got) and int(got, 0) == value
        return self.text(in_xml(value)) == self.text(got)


class LibEvtx(Reader):
    def __init__(self):
        # It takes surrogate pairs for other characters.
        super().__init__('evtxexport', '[^\x00-\uffff]')

    def text(self, value):
        return '' if value == '\n' else super().text(value)  # it loses a newline that is alone

    def same_time(self, wanted, got):
        return wanted[:-1] + '00Z' == got

    def cannot(self, event, rest):
        """It fails on a record with a value that is nothing but one character with an entity."""
        values = [v for v in event.values()] + [v for _, v in rest['foreign']]
        return any(v in ('<', '>', '&') for v in values)

    def events(self, path):
        """XML of each record by its position; None where it failed."""
        process = subprocess.Popen(['evtxexport', '-m', 'all', '-f', 'xml', path], stdout=subprocess.PIPE)
        lines = []
        for line in io.TextIOWrapper(process.stdout, 'utf-8', newline='\n'):
            if line.startswith('Unable to export record'):
                yield None
            elif line.startswith('<Event ') or lines:
                lines.append(line)
            if line == '</Event>\n':
                yield ''.join(lines)
                lines = []
        if process.wait() != 0:
            raise RuntimeError('evtxexport: exit status %d' % process.returncode)


class PythonEvtx(Reader):
    def __init__(self):
        super().__init__('python-evtx', '[\x7f]')

    def same_time(self, wanted, got):
        if len(got) == 19:
            got += '.000000'
        seconds = abs((datetime.datetime.fromisoformat(wanted[:-2])
                       - datetime.datetime.fromisoformat(got)).total_seconds())
        return seconds <= 2e-5  # it counts in floating point

    def cannot(self, event, rest):
        return False

    def events(self, path):
        with Evtx(path) as log:
            for record in log.records():
                yield record.xml()


def keywords(event):
    """An audit is one of success or of failure, where its status is known."""
    status = event.get('status')
    if event['channel'] != 'Security' or status is None:
        return '0x8000000000000000'
    status = int(status, 16) if status.startswith('0x') else STATUSES[status]
    return '0x8010000000000000' if status & 0x80000000 else '0x8020000000000000'


def differences(reader, xml, event, rest, rendered):
    root = ET.fromstring(xml)
    system = {e.tag[len(NAMESPACE):]: e for e in root.find(NAMESPACE + 'System')}
    version, ident = event['version'], event['event_id']

    def differs(name, wanted, got):
        return [] if wanted == got else ['%s: %r is not %r' % (name, got, wanted)]

    found = []
    audits = event['channel'] == 'Security'
    for name, wanted in (('EventID', ident), ('Version', version), ('Opcode', 0), ('EventRecordID', event['record_id']),
                         ('Level', 0 if audits else LEVELS[event['level']]), ('Keywords', keywords(event))):
        found += differs(name, str(wanted), system[name].text)
    if (ident, version) in LAYOUTS:
        found += differs('Task', '2', system['Task'].text)
    found += differs('Provider', event['provider'], system['Provider'].get('Name'))
    found += differs('Guid', PROVIDERS[event['provider']], system['Provider'].get('Guid').upper())
    found += differs('ActivityID', event['activity_id'] or '', system['Correlation'].get('ActivityID', '').upper())
    for name in ('process_id', 'thread_id'):
        found += differs(name, str(rest[name]), system['Execution'].get(name.title().replace('_', '')[:-2] + 'ID'))
    found += differs('Channel', event['channel'], system['Channel'].text)
    found += differs('UserID', None if audits else 'S-1-5-18', system['Security'].get('UserID') or None)
    if not reader.same(event['computer'], system['Computer'].text or ''):
        found.append('Computer: %r' % system['Computer'].text)
    if not reader.same_time(event['time'], system['TimeCreated'].get('SystemTime')):
        found.append('SystemTime: %r is not %r' % (system['TimeCreated'].get('SystemTime'), event['time']))
    found += data_differences(reader, root, event, rest)
    found += rendering_differences(reader, root, event, rest) if rendered else []
    if not rendered and root.find(NAMESPACE + 'RenderingInfo') is not None:
        found.append('RenderingInfo')
    return found


def data_differences(reader, root, event, rest):
    data = [(d.get('Name', ''), d.text or '') for d in root.find(NAMESPACE + 'EventData')]
    n = len(data) - len(rest['foreign'])
    layout = LAYOUTS.get((event['event_id'], event['version']))
    found = []
    if layout:
        fields = [f.replace('_', ' ').split(':') for f in layout.split()]
        if [name for name, _ in data[:n]] != [name for name, _ in fields]:
            found.append('Data: %r' % data)
        if isinstance(reader, LibEvtx):
            found += ['%s: %r as %s' % (name, got, kind) for (name, kind), (_, got) in zip(fields, data)
                      if got != 'Null' and not re.fullmatch(SHAPES[kind], got)]
    for (name, got), value in zip(data[:n], facts(event)):
        if not reader.same(value, got):
            found.append('%s: %r is not %r' % (name, got, value))
    for (name, got), (wanted, value) in zip(data[n:], rest['foreign']):
        if name != wanted or not reader.same(value, got):
            found.append('%s: %r is not %s %r' % (name, got, wanted, value))
    return found


def rendering_differences(reader, root, event, rest):
    info = root.find(NAMESPACE + 'RenderingInfo')
    if info is None or info.get('Culture') != 'en-US':
        return ['no RenderingInfo']
    got = [(e.tag[len(NAMESPACE):], e.text or '') for e in info]
    wanted = [('Message', rest['message'].rstrip('\n')), ('Level', event['level']), ('Task', None), ('Opcode', 'Info'),
              ('Channel', event['channel']), ('Provider', event['provider']), ('Keywords', '')]
    return ['%s: %r is not %s %r' % (*g, *w) for g, w in zip(got, wanted)
            if g[0] != w[0] or (w[1] is not None and reader.text(in_xml(w[1])) != reader.text(g[1]))] + (
                [] if len(got) == len(wanted) else ['RenderingInfo: %r' % got])


def compare(results, reader, path, told, rendered, limit):
    n = 0
    with open(told, encoding='utf-8', newline='\n') as lines:
        xmls = reader.events(path)
        for event, rest in expected(lines):
            if n == limit:
                break
            n += 1
            xml = next(xmls, None)
            if xml is None:
                results.check(reader.cannot(event, rest), '%s can not read record %d' % (reader.name, n))
                continue
            found = differences(reader, xml, event, rest, rendered)
            results.check(not found, '%s: record %d: %s' % (reader.name, n, '; '.join(found)[:400]))
        if limit is None:
            results.check(next(xmls, None) is None, '%s: more records than %d' % (reader.name, n))
    return n


def check_info(results, path, n):
    info = subprocess.run(['evtxinfo', path], capture_output=True, encoding='utf-8', check=False).stdout
    for wanted in (r'Version\s*: 3\.1\n', r'Number of records\s*: %d\n' % n, r'Number of recovered records\s*: 0\n'):
        results.check(re.search(wanted, info), 'evtxinfo: %s: %s' % (wanted, info))
    for word in ('corrupt', 'dirty', 'full'):
        results.check(word not in info, 'evtxinfo: ' + info)


def name_hash(units):
    value = 0
    for unit in units:
        value = (value * 65599 + unit) & 0xffffffff
    return value


def check_tables(results, chunk):
    """Every name and every template in the chain where a reader looks for it; as in Windows' own files."""
    data = chunk._buf[chunk.offset():chunk.offset() + 0x10000]  # pylint: disable=protected-access
    for i, head in enumerate(struct.unpack('<64I', data[0x80:0x180])):
        while head:
            following, value, n = struct.unpack('<IHH', data[head:head + 8])
            units = struct.unpack('<%dH' % n, data[head + 8:head + 8 + 2 * n])
            good = name_hash(units) & 0xffff == value and value % 64 == i and following < head
            results.check(good, 'name at %d in chain %d' % (head, i))
            head = following
    for i, head in enumerate(struct.unpack('<32I', data[0x180:0x200])):
        while head:
            following = struct.unpack('<I', data[head:head + 4])[0]
            good = name_hash(struct.unpack('<8H', data[head + 4:head + 20])) % 32 == i and following < head
            results.check(good and data[head - 10] == 0x0c, 'template at %d in chain %d' % (head, i))
            head = following


def check_chunks(results, path, n):
    with Evtx(path) as log:
        header = log.get_file_header()
        results.check(header.verify() and not header.is_dirty() and not header.is_full(), 'file header')
        results.check(header.next_record_number() == n + 1, 'next record number')
        chunks = list(header.chunks())
        results.check(header.chunk_count() == len(chunks) == header.current_chunk_number() + 1, 'count of chunks')
        number = 1
        for chunk in chunks:
            results.check(chunk.verify(), 'checksums of the chunk of record %d' % number)
            results.check(chunk.file_first_record_number() == chunk.log_first_record_number() == number,
                          'first record of a chunk is not %d' % number)
            number = chunk.file_last_record_number() + 1
        results.check(number == n + 1, 'last record of the last chunk: %d' % (number - 1))
        check_tables(results, chunks[0])
        check_tables(results, chunks[-1])


def check_structure(results, path):
    """Its scripts that show the structure, element by element, get through every record."""
    done = subprocess.run(['/usr/bin/python3', '/usr/bin/evtx_structure.py', path], capture_output=True,
                          encoding='utf-8', check=False)
    results.check(done.returncode == 0 and 'ERROR' not in done.stdout, 'evtx_structure: ' + done.stderr[-300:])
    results.check(done.stdout.count('verify: True') > 40, 'evtx_structure: too little')


def make(folder, name, *arguments):
    path = os.path.join(folder, name)
    with open(path + '.json', 'wb') as told:
        subprocess.run([MAKE, *arguments, path], stdout=told, check=True)
    return path, path + '.json'


def main():
    results = program.Results()
    with program.temporary() as folder:
        path, told = make(folder, 'plain.evtx', str(EVENTS), '1')
        check_info(results, path, EVENTS)
        results.check(compare(results, LibEvtx(), path, told, False, None) == EVENTS, 'events told')
        compare(results, PythonEvtx(), path, told, False, PYTHON_EVENTS)
        path, told = make(folder, 'rendered.evtx', '-r', '1000', '2')
        check_info(results, path, 1000)
        check_chunks(results, path, 1000)
        compare(results, LibEvtx(), path, told, True, None)
        compare(results, PythonEvtx(), path, told, True, 200)
        path, _ = make(folder, 'few.evtx', '80', '3')
        check_chunks(results, path, 80)
        check_structure(results, path)
        path, _ = make(folder, 'empty.evtx', '0', '4')
        check_info(results, path, 0)
    results.close()


if __name__ == '__main__':
    main()
