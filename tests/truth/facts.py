"""From a record of truth to what its events must say, and the comparison of the two.

An event's facts are the keys of its JSON. A fact that the record can't tell is not compared.
"""
WRONG_PASSWORD = 0xc000006d
NONZERO = 'not 0'

CLASSES = {'NTLMv2': 'NTLMv2', 'NTLMv1-ESS': 'NTLMv1-ESS', 'NTLMv1': 'NTLMv1',
           'anonymous': 'null session'}
AV_FACTS = {'NbComputerName': 'target_machine', 'NbDomainName': 'target_domain',
            'DnsComputerName': 'target_name'}


def status(answer):
    """The NTSTATUS that an answer means; None where none was seen."""
    if not answer:
        return None
    for key in ('smb2_nt_status', 'smb_nt_status'):
        if key in answer:
            return int(answer[key], 16)
    if 'http_code' in answer:
        return WRONG_PASSWORD if answer['http_code'] in (401, 407) else 0
    if 'ldap_resultCode' in answer:
        return NONZERO if answer['ldap_resultCode'] else 0
    if 'tds_error' in answer:
        return WRONG_PASSWORD if answer['tds_error'] else 0
    if 'line' in answer:
        return WRONG_PASSWORD if answer['line'] == 'no' else 0
    if 'dcerpc' in answer:
        return NONZERO if answer['dcerpc'] in ('fault', 'bind_nak') else 0
    return None


def split(end):
    address, _, port = end.rpartition(':')
    return address, int(port)


def expected(record):
    """Fact: value. None is a fact that must be absent."""
    pairs = record.get('av_pairs') or {}
    av_flags = int(pairs.get('MsvAvFlags', '0'), 16)
    client, target = split(record['src']), split(record['dst'])
    out = {
        'user': record['user'] or None, 'domain': record['domain'] or None,
        'host': record['hostname'] or None,
        'negotiated_flags': int(record['negotiate_flags'], 16),
        'mic': 'Protected' if av_flags & 2 and record['mic'] == 'present' else 'Unprotected',
        'session_key': 'Present' if record['session_key_len'] else 'Missing', 'av_flags': av_flags,
        'channel_binding': 'Supported' if 'MsvAvChannelBindings' in pairs else 'Not Supported',
        'service_binding': pairs.get('MsvAvTargetName') or None,
        'client_ip': client[0], 'client_port': client[1],
        'target_ip': target[0], 'target_port': target[1],
        'status': status(record['answer']),
    }
    if record['response_class'] in CLASSES:
        out['ntlm_version_detail'] = CLASSES[record['response_class']]
    for pair, fact in AV_FACTS.items():
        if pairs.get(pair):
            out[fact] = pairs[pair]
    return out


def number(value):
    return int(value, 0) if isinstance(value, str) else value


def same(fact, want, got):
    if want is None or got is None:
        return want is None and got is None
    if want == NONZERO:
        return number(got) != 0
    return number(got) == want if isinstance(want, int) else got == want


def differences(record, event):
    """[(fact, wanted, found), ...] between a record and one of its events."""
    return [(fact, want, event.get(fact)) for fact, want in expected(record).items()
            if not same(fact, want, event.get(fact))]
