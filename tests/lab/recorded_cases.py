"""The cases of a lab that was recorded: what was run, and every NTLM logon in it. From what the clients and Samba said then (CASE.out,
CASE.HOST.json beside the captures), and for reasons the KB's list; not from what the program says."""
import dataclasses

from cases import BLOCKED, CURL, DISABLED, FAILURE, NO_USER, RPC, SMBCLIENT, WRONG_PASSWORD, Client, Logon

GSS = Client('CL1', '', 'HTTP', channel_binding=False, told='FS1')  # gss-ntlmssp does not pass on the client's name
GSS_LDAP = Client('CL1', '', 'ldap', channel_binding=False)
REQUESTS = Client('', '', 'HTTP', binds=False, channel_binding=False, mic=False, names=False, told='FS1')
IMPACKET = Client('', '', 'cifs', channel_binding=False, mic=False, told='FS1')
IMPACKET_RPC = Client('', '', 'cifs', channel_binding=False, mic=False)
SEALING = Client('CL1', '0x62088235', 'cifs')
SIGNING_RPC = Client('CL1', '0x62088215', 'host')
NEAR, FAR = ('dc1',), ('dc1', 'dc2')


@dataclasses.dataclass(frozen=True)
class Recorded:
    name: str
    logons: tuple
    note: str = ''


def alice(**more):
    return Logon('alice', 'CORP', 'fs1', **{'asked': NEAR, **more})


def upn(**more):
    return Logon('alice@CORP.EXAMPLE', '', 'fs1', **{'asked': NEAR, **more})


def pat(**more):
    return Logon('pat', 'PARTNER', 'fs1', **{'asked': FAR, **more})


def http(make=alice, client=CURL, **more):
    return make(client=client, carrier='HTTP', process='apache2' if client is GSS else 'ntlm_auth', **more)


def dc1(client=SMBCLIENT, carrier='SMB2', user='alice', domain='CORP', **more):
    return Logon(user, domain, 'dc1', client, carrier, process='', **more)


def program_asks(process, **more):
    return alice(client=None, carrier='', process=process, **more)


V1 = {'version': 'NTLMv1', 'detail': 'NTLMv1-ESS'}
WRONG = {'status': WRONG_PASSWORD, 'answer': FAILURE}
TLS = 'within TLS: only logs tell'

RECORDED = (
    Recorded('ci-fresh', (alice(), alice(**V1), alice(**WRONG), pat(), pat(**V1), pat(**WRONG)), 'a lab\'s whole life; join and trust besides'),
    Recorded('smb-ntlmv2-ok', (alice(),)),
    Recorded('smb-ntlmv1-ok', (alice(**V1),)),
    Recorded('smb-ntlmv1-refused', (alice(**V1, **WRONG),), 'refused by the controller\'s policy'),
    Recorded('smb-ntlm-disabled', (alice(status=BLOCKED, answer=BLOCKED),), 'refused by the controller\'s policy'),
    Recorded('smb-wrongpw', (alice(**WRONG),)),
    Recorded('smb-nouser', (Logon('nosuch', 'CORP', 'fs1', asked=NEAR, status=NO_USER, answer=FAILURE),)),
    Recorded('smb-disabled', (Logon('bob', 'CORP', 'fs1', asked=NEAR, status=DISABLED, answer=DISABLED),)),
    Recorded('smb-ip', (alice(target='10.77.0.30', reason=7),)),
    Recorded('smb-encrypt', (alice(client=SEALING),)),
    Recorded('smb-local', (Logon('locuser', 'FS1', 'fs1', reason=2, process=''),)),
    Recorded('smb-anon', (Logon('', '', 'fs1', version='', detail='null session', reason=11, process='', null=True),)),
    Recorded('smb-krb-ok', (), 'Kerberos'),
    Recorded('smb-dc-direct', (dc1(),)),
    Recorded('smb-machine', (dc1(user='Guest', status=WRONG_PASSWORD, answer=FAILURE),)),
    Recorded('impacket-smb', (alice(client=IMPACKET, target='FS1'),)),
    Recorded('impacket-rpc-ntlm', (dc1(IMPACKET_RPC, 'DCERPC', target='DC1'),)),
    Recorded('rpc-tcp-ntlm-seal', (dc1(RPC, 'DCERPC'),)),
    Recorded('rpc-pipe-ntlm-sign', (alice(), alice(client=SIGNING_RPC, carrier='DCERPC', process='rpcd_classic')), 'a logon by SMB, one in its pipe'),
    Recorded('ldapsearch-spnego-ntlm', (dc1(GSS_LDAP, 'LDAP', target='10.77.0.10', reason=7),)),
    Recorded('http-curl-ntlm', (http(),)),
    Recorded('http-curl-ntlm-bad', (http(**WRONG),)),
    Recorded('http-curl-ntlm-ip', (http(target='10.77.0.30'),)),
    Recorded('http-curl-ntlm-local', (Logon('locuser', 'FS1', 'fs1', CURL, 'HTTP', target='10.77.0.30', process='ntlm_auth'),)),
    Recorded('http-requests-winbind', (http(client=REQUESTS),)),
    Recorded('http-curl-negotiate-ntlmssp', (http(client=GSS),)),
    Recorded('https-curl-ntlm', (http(),), TLS),
    Recorded('mit-ip', (http(client=GSS, target='10.77.0.30', reason=7),)),
    Recorded('mit-kdc-reject', (http(client=GSS, target='dup.corp.example', reason=9),)),
    Recorded('mit-noccache', (http(client=GSS),)),
    Recorded('mit-krb-ok', (), 'Kerberos'),
    Recorded('wbinfo-a', (program_asks('wbinfo', by='PAM_AUTH'), program_asks('wbinfo'))),
    Recorded('wbinfo-pam', (program_asks('wbinfo', by='PAM_AUTH'),)),
    Recorded('ntlm_auth-user', (program_asks('ntlm_auth', by='PAM_AUTH'),)),
    Recorded('why-ip', (upn(target='10.77.0.30', reason=7),)),
    Recorded('why-kdc-drop', (upn(reason=9),)),
    Recorded('why-kdc-reject', (upn(reason=9),)),
    Recorded('why-no-srv', (Logon('alice@NOSUCH.TEST', '', 'fs1', asked=NEAR, reason=9, status=NO_USER, answer=FAILURE),)),
    Recorded('why-shortname', (alice(target='fs1'),)),
    Recorded('why-spn-dup', (upn(target='dup.corp.example', reason=6),), 'Samba\'s KDC can\'t tell a duplicate from an unknown one'),
    Recorded('why-spn-unknown', (upn(target='alias.corp.example', reason=6),)),
    Recorded('xdom-ntlmv2-ok', (pat(),)),
    Recorded('xdom-ntlmv1-ok', (pat(**V1),)),
    Recorded('xdom-curl', (http(pat),)),
    Recorded('xdom-external-ok', (pat(),), 'an external trust\'s channel is of the same type'),
    Recorded('xdom-to-dc1', (dc1(user='pat', domain='PARTNER', asked=('dc2',)),)),
)
