"""The cases of the live lab, as data: what is run where, what the client must say, and every NTLM logon in it as it truly is. From
that, expected() derives the events of each machine as KB5064479 and the project's rules demand them, never from what the program says.

A logon's event differs with what was looked at: the packets of client and server, the unsealed Netlogon channel, Samba's own log.
KNOWN says which facts each of them has; what none has is null, and a Warning needs a weakness that is known."""
import dataclasses
import os

from lab import HTTP_PORT, LOCAL_PASSWORD, LOCAL_USER
from machines import PYTHON

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS = {'dc1': '10.77.0.10', 'dc2': '10.77.0.20', 'fs1': '10.77.0.30', 'cl1': '10.77.0.40'}
DOMAIN = {'dc1': 'CORP', 'fs1': 'CORP', 'cl1': 'CORP', 'dc2': 'PARTNER'}
DNS_DOMAIN = {'dc1': 'corp.example', 'fs1': 'corp.example', 'cl1': 'corp.example', 'dc2': 'partner.example'}
TRUST = 'TrustedDnsDomain'  # [MS-NRPC] 2.2.1.3.13: 3; a forest trust's channel has the other domain's DNS name as its account

OK, WRONG_PASSWORD, NO_USER, DISABLED, FAILURE = 0, 0xc000006a, 0xc0000064, 0xc0000072, 0xc000006d
NO_SERVERS, BLOCKED = 0xc000005e, 0xc0000418
STATUS_NAME = {OK: 'NT_STATUS_OK', WRONG_PASSWORD: 'NT_STATUS_WRONG_PASSWORD', NO_USER: 'NT_STATUS_NO_SUCH_USER',
               DISABLED: 'NT_STATUS_ACCOUNT_DISABLED', FAILURE: 'NT_STATUS_LOGON_FAILURE',
               NO_SERVERS: 'NT_STATUS_NO_LOGON_SERVERS', BLOCKED: 'NT_STATUS_NTLM_BLOCKED'}

# The KB's text of 4030 to 4033 says "processed a forwarded NTLM authentication request". Of what was not forwarded there is none: a
# logon at the controller itself is the server's event there (4022/4023; and over a trust, 4030/4031 of the account's controller).
# An interactive logon's check of a password's hash is forwarded, too, but no server met a client: the controllers' events alone, and
# without a version of NTLM, since nobody computed a response.


@dataclasses.dataclass(frozen=True)
class Client:
    """What a client program puts into its messages, where the response is NTLMv2 (lab/README of the recorded cases, tshark)."""
    host: str
    flags: str  # '': not looked at here
    service: str  # class of the service that it asks for
    binds: bool = True  # its response has the target's name
    channel_binding: bool = True
    mic: bool = True
    names: bool = True  # it has the server send its names
    told: str = ''  # the client's name as the server passes it on; its host


SMBCLIENT = Client('CL1', '0x62088215', 'cifs')
LDAP = Client('CL1', '0x62088235', 'ldap')
RPC = Client('CL1', '0x62088235', 'host')
CURL = Client('WORKSTATION', '0x2898206', 'HTTP', binds=False, channel_binding=False, mic=False)


@dataclasses.dataclass(frozen=True)
class Logon:
    """One NTLM authentication. `client` None: none over the network, a program of the server asked winbind."""
    user: str
    domain: str
    server: str  # the machine that was logged on to
    client: Client = SMBCLIENT
    carrier: str = 'SMB2'
    target: str = ''  # host of the name that the client asked for; the server's DNS name
    version: str = 'NTLMv2'
    detail: str = ''
    reason: int = 1
    status: int = OK  # as whoever checked it says
    answer: int | None = OK  # as the client is told; None: it had gone, whatever it was
    asked: tuple = ()  # the controllers that were asked, in order
    process: str = 'smbd'  # for which the member's winbind asked; '': nobody asked winbind
    by: str = 'NTLM_AUTH'  # how
    null: bool = False
    silent: str = ''  # a controller that may have been asked on a connection that was about to end


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    at: str  # the machine that runs it
    command: tuple
    code: int | None  # the exit status: 0, or 1 for any other
    says: str  # a regular expression of its output
    logons: tuple = ()
    before: tuple = ()  # a step of the test that makes the case what it is
    after: tuple = ()
    sources: tuple = ()  # which alone can be asked; (): all


def smb(who, host='fs1.corp.example', share='share', *more):
    return ('smbclient', '//%s/%s' % (host, share), '--use-kerberos=off', '-U', who, *more, '-c', 'ls')


V1 = '--option=clientntlmv2auth=no'
LISTED = r'blocks of size'
ALICE, PAT = 'CORP/alice%Pa55w0rd.A', 'PARTNER/pat%Pa55w0rd.P'
HTTP = 'http://fs1.corp.example:%d/' % HTTP_PORT
SCRIPT = lambda name, *words: (PYTHON, os.path.join(HERE, name), *words)
RPC_AT = lambda host, who: ('rpcclient', 'ncacn_ip_tcp:%s[seal]' % host, '--use-kerberos=off', '-U', who, '-c', 'enumdomains')
HTTP_AS = lambda who: ('curl', '-q', '-s', '-S', '-m', '20', '--ntlm', '-u', who, HTTP)
NEAR, FAR = ('dc1',), ('dc1', 'dc2')


def member(user, domain, asked, **more):
    return (Logon(user, domain, 'fs1', asked=asked, **more),)


def failed(user, domain, asked, status, **more):
    return member(user, domain, asked, status=status, answer=FAILURE, **more)


def at_dc(user, domain, server, asked=(), client=SMBCLIENT, carrier='SMB2', **more):
    return (Logon(user, domain, server, client, carrier, asked=asked, process='', **more),)


def by_program(user, domain, asked, process, **more):
    return (Logon(user, domain, 'fs1', None, '', asked=asked, process=process, **more),)


CASES = (
    # The member asks its own controller.
    Case('smb-v2', 'cl1', smb(ALICE), 0, LISTED, member('alice', 'CORP', NEAR)),
    Case('smb-v1', 'cl1', smb(ALICE, 'fs1.corp.example', 'share', V1), 0, LISTED,
         member('alice', 'CORP', NEAR, version='NTLMv1', detail='NTLMv1-ESS')),
    Case('smb-wrong-password', 'cl1', smb('CORP/alice%wrong'), 1, 'LOGON_FAILURE', failed('alice', 'CORP', NEAR, WRONG_PASSWORD)),
    Case('smb-unknown-user', 'cl1', smb('CORP/nobody-here%x'), 1, 'LOGON_FAILURE', failed('nobody-here', 'CORP', NEAR, NO_USER)),
    Case('smb-disabled', 'cl1', smb('CORP/dora%Pa55w0rd.D'), 1, 'ACCOUNT_DISABLED',
         member('dora', 'CORP', NEAR, status=DISABLED, answer=DISABLED)),
    Case('smb-address', 'cl1', smb(ALICE, '10.77.0.30'), 0, LISTED, member('alice', 'CORP', NEAR, target='10.77.0.30', reason=7)),
    Case('smb-upn', 'cl1', smb('alice@corp.example%Pa55w0rd.A'), 0, LISTED, member('alice@corp.example', '', NEAR)),
    # Nobody else is asked.
    Case('smb-local', 'cl1', smb('FS1/%s%%%s' % (LOCAL_USER, LOCAL_PASSWORD)), 0, LISTED,
         member(LOCAL_USER, 'FS1', (), reason=2, process='')),
    Case('smb-null', 'cl1', ('smbclient', '//fs1.corp.example/IPC$', '-U', '%', '-c', 'exit'), 0, '',
         member('', '', (), version='', detail='null session', reason=11, process='', null=True)),
    # Two controllers are asked, one by the other.
    Case('trust-v2', 'cl1', smb(PAT), 0, LISTED, member('pat', 'PARTNER', FAR)),
    Case('trust-v1', 'cl1', smb(PAT, 'fs1.corp.example', 'share', V1), 0, LISTED,
         member('pat', 'PARTNER', FAR, version='NTLMv1', detail='NTLMv1-ESS')),
    Case('trust-wrong-password', 'cl1', smb('PARTNER/pat%wrong'), 1, 'LOGON_FAILURE', failed('pat', 'PARTNER', FAR, WRONG_PASSWORD)),
    Case('trust-unknown-user', 'cl1', smb('PARTNER/nobody-there%x'), 1, 'LOGON_FAILURE',
         failed('nobody-there', 'PARTNER', FAR, NO_USER)),
    Case('trust-disabled', 'cl1', smb('PARTNER/petra%Pa55w0rd.Q'), 1, 'ACCOUNT_DISABLED',
         member('petra', 'PARTNER', FAR, status=DISABLED, answer=DISABLED)),
    Case('trust-upn', 'cl1', smb('pat@partner.example%Pa55w0rd.P'), 0, LISTED, member('pat@partner.example', '', FAR)),
    # At a controller itself.
    Case('dc-smb', 'cl1', smb(ALICE, 'dc1.corp.example', 'netlogon'), 0, LISTED, at_dc('alice', 'CORP', 'dc1')),
    Case('dc-smb-v1', 'cl1', smb(ALICE, 'dc1.corp.example', 'netlogon', V1), 0, LISTED,
         at_dc('alice', 'CORP', 'dc1', version='NTLMv1', detail='NTLMv1-ESS')),
    Case('dc-smb-wrong-password', 'cl1', smb('CORP/alice%wrong', 'dc1.corp.example', 'netlogon'), 1, 'LOGON_FAILURE',
         at_dc('alice', 'CORP', 'dc1', status=WRONG_PASSWORD, answer=FAILURE)),
    Case('dc-ldap', 'cl1', SCRIPT('ldap_client.py', 'dc1.corp.example', 'CORP', 'alice', 'Pa55w0rd.A'), 0, 'found dc1',
         at_dc('alice', 'CORP', 'dc1', client=LDAP, carrier='LDAP')),
    Case('dc-ldap-wrong-password', 'cl1', SCRIPT('ldap_client.py', 'dc1.corp.example', 'CORP', 'alice', 'wrong'), 1, 'data 52e',
         at_dc('alice', 'CORP', 'dc1', client=LDAP, carrier='LDAP', status=WRONG_PASSWORD, answer=FAILURE)),
    Case('dc-rpc', 'cl1', RPC_AT('dc1.corp.example', ALICE), 0, r'name:\[CORP\]',
         at_dc('alice', 'CORP', 'dc1', client=RPC, carrier='DCERPC')),
    # At a controller itself, with an account of the other forest: its controller is asked.
    Case('dc-smb-foreign', 'cl1', smb(PAT, 'dc1.corp.example', 'netlogon'), 0, LISTED, at_dc('pat', 'PARTNER', 'dc1', ('dc2',))),
    Case('dc-ldap-foreign', 'cl1', SCRIPT('ldap_client.py', 'dc1.corp.example', 'PARTNER', 'pat', 'Pa55w0rd.P'), 0, 'found dc1',
         at_dc('pat', 'PARTNER', 'dc1', ('dc2',), client=LDAP, carrier='LDAP')),
    Case('dc-rpc-foreign', 'cl1', RPC_AT('dc1.corp.example', PAT), 0, r'name:\[CORP\]',
         at_dc('pat', 'PARTNER', 'dc1', ('dc2',), client=RPC, carrier='DCERPC')),
    # The other direction of the trust.
    Case('back-smb', 'cl1', smb(ALICE, 'dc2.partner.example', 'netlogon'), 0, LISTED, at_dc('alice', 'CORP', 'dc2', ('dc1',))),
    Case('back-smb-v1', 'cl1', smb(ALICE, 'dc2.partner.example', 'netlogon', V1), 0, LISTED,
         at_dc('alice', 'CORP', 'dc2', ('dc1',), version='NTLMv1', detail='NTLMv1-ESS')),
    Case('back-smb-wrong-password', 'cl1', smb('CORP/alice%wrong', 'dc2.partner.example', 'netlogon'), 1, 'LOGON_FAILURE',
         at_dc('alice', 'CORP', 'dc2', ('dc1',), status=WRONG_PASSWORD, answer=FAILURE)),
    Case('back-ldap', 'cl1', SCRIPT('ldap_client.py', 'dc2.partner.example', 'CORP', 'alice', 'Pa55w0rd.A'), 0, 'found dc2',
         at_dc('alice', 'CORP', 'dc2', ('dc1',), client=LDAP, carrier='LDAP')),
    # Other ways to the member's winbind.
    Case('http-v2', 'cl1', HTTP_AS('CORP\\alice:Pa55w0rd.A'), 0, r'welcome CORP\\alice',
         member('alice', 'CORP', NEAR, client=CURL, carrier='HTTP', process='ntlm_auth')),
    Case('http-wrong-password', 'cl1', HTTP_AS('CORP\\alice:wrong'), 0, 'LOGON_FAILURE',
         failed('alice', 'CORP', NEAR, WRONG_PASSWORD, client=CURL, carrier='HTTP', process='ntlm_auth')),
    Case('http-trust', 'cl1', HTTP_AS('PARTNER\\pat:Pa55w0rd.P'), 0, r'welcome PARTNER\\pat',
         member('pat', 'PARTNER', FAR, client=CURL, carrier='HTTP', process='ntlm_auth')),
    Case('pam', 'fs1', ('wbinfo', '--pam-logon', 'CORP\\alice%Pa55w0rd.A'), 0, 'succeeded',
         by_program('alice', 'CORP', NEAR, 'wbinfo', by='PAM_AUTH')),
    Case('wbinfo', 'fs1', ('wbinfo', '-a', 'CORP\\alice%Pa55w0rd.A'), 0, 'challenge/response password authentication succeeded',
         by_program('alice', 'CORP', NEAR, 'wbinfo', by='PAM_AUTH') + by_program('alice', 'CORP', NEAR, 'wbinfo')),
    Case('mschap', 'fs1', SCRIPT('mschap_client.py', 'CORP', 'alice', 'Pa55w0rd.A'), 0, 'NT_KEY',
         by_program('alice', 'CORP', NEAR, 'ntlm_auth', version='NTLMv1', detail='MS-CHAPv2')),
    Case('mschap-trust', 'fs1', SCRIPT('mschap_client.py', 'PARTNER', 'pat', 'Pa55w0rd.P'), 0, 'NT_KEY',
         by_program('pat', 'PARTNER', FAR, 'ntlm_auth', version='NTLMv1', detail='MS-CHAPv2')),
    Case('mschap-wrong-password', 'fs1', SCRIPT('mschap_client.py', 'CORP', 'alice', 'wrong'), 1, '0xc000006d',
         by_program('alice', 'CORP', NEAR, 'ntlm_auth', version='NTLMv1', detail='MS-CHAPv2', status=WRONG_PASSWORD, answer=FAILURE)),
    # A controller that is not there, and is there again. What nobody answers at once, winbind asks again when the client has long gone.
    Case('trust-down', 'cl1', smb(PAT), 1, 'NO_LOGON_SERVERS', member('pat', 'PARTNER', NEAR, status=NO_SERVERS, answer=NO_SERVERS, silent='dc2'),
         before=('stop', 'dc2'), after=('start', 'dc2')),
    Case('trust-again', 'cl1', smb(PAT), 0, LISTED, member('pat', 'PARTNER', FAR)),
    Case('dc-down', 'cl1', ('timeout', '3', *smb(ALICE)), 1, '',
         member('alice', 'CORP', (), answer=None, silent='dc1'), before=('stop', 'dc1'), after=('start', 'dc1'), sources=('capture',)),
    Case('dc-again', 'cl1', smb(ALICE), 0, LISTED, member('alice', 'CORP', NEAR)),
    # No NTLM at all. At the end, since a client that asked a KDC has no reason 1 for a minute.
    Case('smb-kerberos', 'cl1', ('smbclient', '//fs1.corp.example/share', '--use-kerberos=required', '-U',
                                 'alice@CORP.EXAMPLE%Pa55w0rd.A', '-c', 'ls'), 0, LISTED),
)


# What each source knows of an event, by its even ID. Of a client's and a server's packets:
MESSAGES = {'user', 'domain', 'host', 'target_machine', 'target_domain', 'target_service', 'target_ip', 'reason_id', 'negotiated_flags',
            'ntlm_version', 'ntlm_version_detail', 'session_key', 'channel_binding', 'service_binding', 'mic', 'av_flags', 'status',
            'client_ip', 'carrier'}
# Of the response that lies in the unsealed request; only an NTLMv2 response has the names and flags.
RESPONSE = {'target_machine', 'target_domain', 'channel_binding', 'service_binding', 'mic', 'av_flags', 'server_name', 'server_domain'}
WHO = {'user', 'domain', 'host', 'ntlm_version', 'status', 'dc_name'}
FARSIDE = {'forwarder_type', 'forwarder_name', 'forwarder_domain', 'forwarder_ip'}
ASKER = {'server_name', 'server_ip'}
# What an event of a controller or of a member's log gets besides where the messages of the same logon were captured.
JOINED = {'negotiated_flags', 'session_key', 'ntlm_version_detail'} | RESPONSE
KNOWN = {
    ('capture', 4020): MESSAGES,
    ('capture', 4022): MESSAGES,
    ('netlogon', 4030): WHO | FARSIDE,
    ('netlogon', 4032): WHO | ASKER,
    ('log', 4022): {'user', 'domain', 'host', 'client_ip', 'process_name', 'ntlm_version', 'status'},
    ('log', 4030): WHO | FARSIDE,
    ('log', 4032): WHO | ASKER | {'server_domain'},
}
# Facts that weaken: value, and the word for it.
WEAK = (('ntlm_version', 'NTLMv1', 'ntlmv1'), ('mic', 'Unprotected', 'no-mic'), ('channel_binding', 'Not Supported', 'no-channel-binding'),
        ('session_key', 'Missing', 'no-session-key'), ('ntlm_version_detail', 'null session', 'null-session'))


def truth(logon, machine, even):
    """All facts of a logon's event at a machine, whoever may know them. A set: either is right."""
    v2 = logon.version == 'NTLMv2'
    client = logon.client
    facts = {'user': logon.user or None, 'domain': logon.domain or None, 'host': logon.server.upper(),
             'ntlm_version': logon.version or None, 'ntlm_version_detail': logon.detail or logon.version,
             'status': '0x%x' % logon.status, 'dc_name': machine, 'carrier': logon.carrier or None,
             'target_machine': logon.server.upper(), 'target_domain': DOMAIN[logon.server],
             'server_name': logon.server.upper(), 'server_domain': DOMAIN[logon.server], 'server_ip': ADDRESS[logon.server],
             'reason_id': logon.reason, 'target_ip': ADDRESS[logon.server], 'client_ip': ADDRESS['cl1'] if client else None,
             'process_name': logon.process or None, 'av_flags': '0x0', 'mic': 'Unprotected', 'channel_binding': 'Not Supported',
             'service_binding': None}
    if logon.by == 'PAM_AUTH':
        facts.update(ntlm_version=None, ntlm_version_detail=None)
    if client:
        spn = '%s/%s' % (client.service, logon.target or '%s.%s' % (logon.server, DNS_DOMAIN[logon.server]))
        facts.update(target_service=spn, negotiated_flags='0x62008a15' if logon.null else client.flags,
                     session_key='Missing' if client.flags == CURL.flags else 'Present', host=client.host or None)
        if not v2 and logon.answer and client.service == 'cifs':
            facts['target_service'] = None  # no SPN in the response, and it never came to a share's name
        if v2:
            facts.update(service_binding=spn if client.binds else None, mic='Protected' if client.mic else 'Unprotected',
                         channel_binding='Supported' if client.channel_binding else 'Not Supported',
                         av_flags='0x2' if client.mic else '0x0')
    if client and not client.names:
        facts.update(target_machine=None if even < 4030 else {None, logon.server.upper()}, target_domain=None)
    if even == 4030:
        far = before(logon, machine)
        facts.update(forwarder_type=TRUST, forwarder_name=far.upper(), forwarder_domain=DNS_DOMAIN[far], forwarder_ip=ADDRESS[far])
    return facts


def adjust(facts, logon, even, sources):
    """Where sources say different things of one fact: what the client sent, and what Samba made of it."""
    client, captured = logon.client, 'capture' in sources
    if not client:
        return {**facts, 'status': '0x%x' % (logon.answer or 0)} if even == 4022 else facts
    if even <= 4022 and captured:
        facts['status'] = '0x%x' % (logon.answer or 0)
        if even == 4022 and logon.server in sources:
            facts['status'] = {facts['status'], '0x%x' % logon.status}
    if client.told and even >= 4022:
        told = {client.told, client.host or None} if captured or logon.process == 'smbd' else {client.told}
        facts['host'] = facts['host'] if captured and even == 4022 else told
    unknown = () if client.flags else ('negotiated_flags', 'session_key')
    if logon.answer is None:
        unknown += ('status',)
    if logon.process not in ('', 'smbd') and not captured:
        unknown += ('client_ip',)  # winbind is not told
    return {name: value for name, value in facts.items() if name not in unknown}


def before(logon, dc):
    """The controller that asked this one."""
    at = logon.asked.index(dc)
    return logon.asked[at - 1] if at else logon.server


def events_of(logon):
    """(machine, even ID) of each event that a logon makes, whoever looks."""
    if logon.client:
        yield 'cl1', 4020
    if logon.by == 'NTLM_AUTH':
        yield logon.server, 4022
    for dc in logon.asked:
        yield dc, 4032 if before(logon, dc) == 'fs1' else 4030


def knows(sources, logon, machine, even):
    """The facts that these sources know together; empty where none of them sees the event at all. Sources: 'capture', 'netlogon', and
    the names of machines whose logs are read."""
    known = set()
    v2, captured = logon.version == 'NTLMv2' and logon.by == 'NTLM_AUTH', 'capture' in sources and logon.client
    if captured:
        known |= KNOWN.get(('capture', even), set())
    if 'netlogon' in sources and even >= 4030:
        known |= KNOWN['netlogon', even] | (RESPONSE if v2 and logon.client else set())
    if machine in sources:
        known |= KNOWN.get(('log', even), set())
    if known and v2 and not logon.client and 'netlogon' in sources:
        known |= {'mic', 'channel_binding'}
    if known and logon.null:
        known |= {'ntlm_version_detail'}
    if known and even >= 4030:
        known |= {'ntlm_version_detail'} if logon.detail == 'MS-CHAPv2' else set()
        known |= JOINED if captured else set()
    return known


def expected(logon, sources):
    """(machine, ID, known facts) of each event that is to be told where these sources are read."""
    for machine, even in events_of(logon):
        known = knows(sources, logon, machine, even)
        if not known:
            continue
        facts = {name: value for name, value in truth(logon, machine, even).items() if name in known}
        weak = [word for name, value, word in WEAK if facts.get(name) == value]
        yield machine, even | bool(weak), adjust(facts, logon, even, sources)


def samba_lines(logon):
    """What Samba itself logs of a logon: (machine, service, description, password type, status, account, asker, channel type)."""
    kind = logon.version or 'No-Password'
    at_dc = 'MSCHAPv2' if logon.detail == 'MS-CHAPv2' else kind
    status = STATUS_NAME[logon.status]
    pam = logon.by == 'PAM_AUTH'
    for dc in logon.asked:
        far = before(logon, dc)
        yield (dc, 'SamLogon', 'interactive' if pam else 'network', 'Supplied-NT-Hash' if pam else at_dc, status, logon.user, far.upper(),
               2 if far == 'fs1' else 3)
    if logon.process:
        told = status if logon.client else STATUS_NAME[logon.answer]  # a program of its own is told less, and so is the log
        yield (logon.server, 'winbind', '%s, %s' % (logon.by, logon.process), 'Plaintext' if pam else kind, told, logon.user, None, 0)
    if logon.carrier and logon.process in ('', 'smbd'):  # others let winbind alone tell of it
        service = {'SMB2': 'SMB2', 'LDAP': 'LDAP', 'DCERPC': 'DCE/RPC'}[logon.carrier]
        yield (logon.server, service, 'NTLMSSP' if logon.server in ('dc1', 'dc2') else None, kind, status, logon.user, None, 0)


def calls(logon):
    """NetrLogonSamLogonEx on the wire: from, to, account, status, workstation, and of the response's AV_PAIRs the server's name and
    domain, the target's name, the flags and the channel binding: '' where there is none."""
    client, v2 = logon.client, logon.version == 'NTLMv2' and logon.by == 'NTLM_AUTH'
    host = (client.told or client.host) if client else logon.server.upper()
    pairs = ('', '', '', '', '')
    if v2 and client:
        facts = truth(logon, logon.asked[0] if logon.asked else '', 4022)
        pairs = (facts['target_machine'] or '', facts['target_domain'] or '', facts['service_binding'] or '',
                 '0x00000002' if client.mic else '', '0' * 32 if client.channel_binding else '')
    elif v2:
        pairs = (logon.server.upper(), DOMAIN[logon.server], '', '', '')
    return [(before(logon, dc), dc, logon.user, logon.status, '\\\\' + host, *pairs) for dc in logon.asked]
