"""What tshark says of the NTLM authentications in a capture, in the form of ../captures/truth.

One record per AUTHENTICATE. `answer` is the server's reply as its protocol says it, null where none
follows. Nothing here knows the program under test.
"""
import subprocess
import xml.etree.ElementTree as ET

import channels
import lines

WANTED = 'ntlmssp || smb2.cmd == 1 || smb.cmd == 0x73 || http || ldap || dcerpc || tds'
CARRIERS = ('smb2', 'smb', 'http', 'ldap', 'dcerpc', 'tds')
AV_NAMES = {
    'nb_computer_name': 'NbComputerName', 'nb_domain_name': 'NbDomainName',
    'dns_computer_name': 'DnsComputerName', 'dns_domain_name': 'DnsDomainName',
    'dns_tree_name': 'DnsTreeName', 'flags': 'MsvAvFlags', 'timestamp': 'MsvAvTimestamp',
    'restrictions': 'MsvAvSingleHost', 'target_name': 'MsvAvTargetName',
    'channel_bindings': 'MsvAvChannelBindings',
}
# An empty name has no field of its own, only its type.
EMPTY_AV = {'0x0001': 'NbComputerName', '0x0002': 'NbDomainName', '0x0003': 'DnsComputerName',
            '0x0004': 'DnsDomainName', '0x0005': 'DnsTreeName', '0x0009': 'MsvAvTargetName'}
# DCE/RPC packet types that a server sends: response, fault, bind_ack, bind_nak, alter_context_resp
RPC_ANSWERS = {2: 'response', 3: 'fault', 12: 'bind_ack', 13: 'bind_nak', 15: 'alter_context_resp'}
RPC_AUTH3 = 16


class Element:
    """A PDML element: search by field name, keeping document order."""

    def __init__(self, node):
        self.node = node

    def all(self, name):
        return [n for n in self.node.iter() if n.get('name') == name]

    def show(self, name, default=None):
        for n in self.node.iter():
            if n.get('name') == name:
                return n.get('show')
        return default

    def value(self, name):
        for n in self.node.iter():
            if n.get('name') == name:
                return bytes.fromhex(n.get('value') or '')
        return None


def pdml(path, options=(), display_filter=WANTED):
    """(frame number, packet element) of the frames wanted."""
    command = ['tshark', '-n', '-r', path, *options, '-Y', display_filter, '-T', 'pdml']
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for _, node in ET.iterparse(child.stdout):
        if node.tag == 'packet':
            yield int(Element(node).show('frame.number')), node
            node.clear()
    child.wait()


def blob(e, name):
    """The bytes of a payload field; an empty one shows its own descriptor instead."""
    for n in e.all(name):
        if Element(n).show('ntlmssp.blob.length', '0') != '0':
            return bytes.fromhex(n.get('value') or '')
    return b''


def number(text):
    return int(text, 0) if text else 0


def av_pairs(response):
    out = {}
    for n in response.node.iter():
        name = n.get('name', '').rpartition('ntlmssp.ntlmv2_response.')[2]
        if name == 'item.type' and n.get('show') in EMPTY_AV:
            out.setdefault(EMPTY_AV[n.get('show')], '')
        if name not in AV_NAMES or not n.get('name').startswith('ntlmssp.ntlmv2_response.'):
            continue
        shown = n.get('show')
        if name == 'channel_bindings':
            shown = 'zero' if not n.get('value', '').strip('0') else shown
        out[AV_NAMES[name]] = shown
    return out


def response_class(nt, lm, flags, user):
    if len(nt) > 24:
        return 'NTLMv2'
    if len(nt) == 24:
        ess = flags & 0x80000 and len(lm) == 24 and not any(lm[8:])
        return 'NTLMv1-ESS' if ess else 'NTLMv1'
    if len(lm) >= 24 and user:
        return 'LM-only'
    return 'anonymous'


def authenticate(proto):
    """The facts of one NTLMSSP AUTHENTICATE."""
    e = Element(proto)
    nt, lm = blob(e, 'ntlmssp.auth.ntresponse'), blob(e, 'ntlmssp.auth.lmresponse')
    mic, user = e.value('ntlmssp.authenticate.mic'), e.show('ntlmssp.auth.username', '')
    flags = number(e.show('ntlmssp.negotiateflags'))
    user = '' if user == 'NULL' else user
    domain, host = e.show('ntlmssp.auth.domain', ''), e.show('ntlmssp.auth.hostname', '')
    out = {
        'domain': '' if domain == 'NULL' else domain, 'user': user,
        'hostname': '' if host == 'NULL' else host, 'negotiate_flags': '0x%08x' % flags,
        'mic': 'absent' if mic is None else 'present' if any(mic) else 'zero',
        'nt_response_len': len(nt), 'lm_response_len': len(lm),
        'session_key_len': len(blob(e, 'ntlmssp.auth.sesskey')),
        'response_class': response_class(nt, lm, flags, user),
    }
    if len(nt) > 24:
        response = e.all('ntlmssp.ntlmv2_response')
        out['av_pairs'] = av_pairs(Element(response[0])) if response else {}
    return out


def pdus(packet):
    """The carrier PDUs of a frame, outermost protocols in order: (protocol, element)."""
    return [(p.get('name'), p) for p in packet if p.get('name') in CARRIERS]


def messages(packet):
    """(carrier chain, carrier PDU, NTLMSSP element) of each AUTHENTICATE of a frame."""
    outer = []
    for top in packet:
        name = top.get('name')
        if name in CARRIERS:
            outer = (outer if name == 'dcerpc' else []) + [name]
        for proto in top.iter('proto'):
            if proto.get('name') == 'ntlmssp' and \
                    number(Element(proto).show('ntlmssp.messagetype')) == 3:
                yield '+'.join(dict.fromkeys(outer)), top, proto


class Answers:
    """The servers' replies, each to be found by what its request said."""

    def __init__(self):
        self.seen = []

    def add(self, frame, stream, src, packet):
        for protocol, pdu in pdus(packet):
            e = Element(pdu)
            if protocol == 'smb2':
                self.add_smb2(frame, stream, src, pdu)
            elif protocol == 'smb' and e.show('smb.flags.response') in ('1', 'True'):
                self.put(frame, stream, src, 'smb', e.show('smb.mid'), 'smb_nt_status',
                         '0x%08x' % number(e.show('smb.nt_status')))
            elif protocol == 'http' and number(e.show('http.response.code')) >= 200:
                self.put(frame, stream, src, 'http', None, 'http_code',
                         number(e.show('http.response.code')))
            elif protocol == 'ldap' and e.show('ldap.resultCode') is not None:
                self.put(frame, stream, src, 'ldap', e.show('ldap.messageID'),
                         'ldap_resultCode', number(e.show('ldap.resultCode')))
            elif protocol == 'tds' and (e.all('tds.error') or e.all('tds.loginack')):
                self.put(frame, stream, src, 'tds', None, 'tds_error',
                         number(e.show('tds.error.number')))
            elif protocol == 'dcerpc':
                kind = number(e.show('dcerpc.pkt_type'))
                if kind in RPC_ANSWERS:
                    self.put(frame, stream, src, 'dcerpc', e.show('dcerpc.cn_call_id'), 'dcerpc',
                             RPC_ANSWERS[kind])

    def add_smb2(self, frame, stream, src, pdu):
        """A compound's parts are in one element, one header field after the other."""
        e = Element(pdu)
        rows = zip(e.all('smb2.cmd'), e.all('smb2.msg_id'), e.all('smb2.flags.response'))
        statuses = [n.get('show') for n in e.all('smb2.nt_status')]
        for cmd, mid, response in rows:
            if response.get('show') in ('1', 'True') and statuses:
                status = statuses.pop(0)
                if number(cmd.get('show')) == 1:
                    self.put(frame, stream, src, 'smb2', mid.get('show'), 'smb2_nt_status',
                             '0x%08x' % number(status))

    def put(self, frame, stream, src, protocol, key, name, said):
        self.seen.append((frame, stream, src, protocol, key, {'frame': frame, name: said}))

    def find(self, request):
        for frame, stream, src, protocol, key, answer in self.seen:
            if frame > request['frame'] and stream == request['stream'] and \
                    src != request['src'] and protocol == request['protocol'] and \
                    (request['key'] is None or key == request['key']):
                return answer
        return None


def request_of(frame, stream, src, chain, pdu, taken):
    """How to find the answer to the PDU that carried a message."""
    e, protocol = Element(pdu), chain.split('+')[-1]
    key = None
    if protocol == 'smb2':
        mids = [m.get('show') for c, m in zip(e.all('smb2.cmd'), e.all('smb2.msg_id'))
                if number(c.get('show')) == 1]
        key = mids[min(taken, len(mids) - 1)] if mids else None
    elif protocol == 'smb':
        key = e.show('smb.mid')
    elif protocol == 'ldap':
        key = e.show('ldap.messageID')
    elif protocol == 'dcerpc' and number(e.show('dcerpc.pkt_type')) != RPC_AUTH3:
        key = e.show('dcerpc.cn_call_id')
    return {'frame': frame, 'stream': stream, 'src': src, 'protocol': protocol, 'key': key}


def address(e, which):
    """The innermost one: tunnels have their own."""
    found = [n for n in e.node.iter() if n.get('name') in ('ip.' + which, 'ipv6.' + which)]
    return found[-1].get('show') if found else None


def one_pass(path, options):
    """The records of a capture that tshark has when it reads it so."""
    records, requests, answers = [], [], Answers()
    for frame, packet in pdml(path, options):
        e = Element(packet)
        stream = number(e.show('tcp.stream'))
        src = '%s:%s' % (address(e, 'src'), e.show('tcp.srcport'))
        dst = '%s:%s' % (address(e, 'dst'), e.show('tcp.dstport'))
        answers.add(frame, stream, src, packet)
        for taken, (chain, pdu, proto) in enumerate(messages(packet)):
            records.append({'frame': frame, 'tcp_stream': stream, 'transport': chain, 'src': src,
                            'dst': dst, **authenticate(proto), 'doubtful': []})
            requests.append(request_of(frame, stream, src, chain, pdu, taken))
    for record, request in zip(records, requests):
        record['answer'] = answers.find(request)
    return records


def truth(path):
    """The records of a capture, in the order of its frames."""
    records = []
    for options in channels.passes(path):
        known = {r['frame'] for r in records}
        records += [r for r in one_pass(path, options) if r['frame'] not in known]
    records.sort(key=lambda r: r['frame'])
    return records + lines.truth(path, authenticates)


def authenticates(path):
    """The facts of each AUTHENTICATE of a capture, alone."""
    return [authenticate(proto) for _, packet in pdml(path) for _, _, proto in messages(packet)]


def version():
    said = subprocess.run(['tshark', '--version'], capture_output=True, text=True).stdout
    return 'tshark ' + said.split()[2].rstrip('.')
