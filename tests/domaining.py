"""What the tests of domain controllers' events share: Windows' event XML of 4020 to 4033, written down apart from ours.

Names and order are those of Windows' manifests; version 1 of 4030 to 4033 has what the KB shows beyond version 0.
"""
from xml.sax.saxutils import escape, quoteattr

NTLM = ('Microsoft-Windows-NTLM', '{AC43300D-5FCC-4800-8E99-1BD3F85F0320}')
NETLOGON = ('Microsoft-Windows-Security-Netlogon', '{E5BA83F6-07D0-46B1-8BC7-7E669A1D31DC}')
AV = ['Mic Status', 'AvFlags', 'AvFlagsStr', 'Status', 'StatusMsg']
SAFE = ['NegotiatedFlags', 'NtlmVersion', 'SessionKeyStatus', 'ChannelBindingStatus', 'ServiceBinding']
FIELDS = {
    (4020, 0): ['ProcessName', 'ProcessPID', 'Username', 'DomainName', 'Hostname', 'SingleSignOn', 'TargetMachine',
                'TargetDomain', 'TargetService', 'TargetIP', 'TargetNetworkName', 'NtlmUsageId', 'NtlmUsageReason',
                *SAFE, 'Mic Status', 'AvlFlags', 'AvlFlagsStr'],
    (4022, 0): ['ProcessName', 'ProcessPID', 'Username', 'DomainName', 'RemoteClientMachine', 'ClientIP',
                'ClientNetworkName', *SAFE, 'TargetMachine', 'TargetDomain', *AV],
    (4030, 1): ['DCName', 'AccountName', 'AccountDomain', 'AccountMachine', 'ServerName', 'ServerDomain',
                'ForwarderType', 'ForwarderName', 'ForwarderDomain', 'ForwarderIP', *SAFE, 'TargetMachine',
                'TargetDomain', *AV],
    (4032, 1): ['DCName', 'AccountName', 'AccountDomain', 'AccountMachine', 'ServerName', 'ServerDomain', 'ServerIP',
                'ServerOS', *SAFE, 'TargetMachine', 'TargetDomain', *AV],
}
LATER = ('NegotiatedFlags', 'SessionKeyStatus', 'ChannelBindingStatus')  # not in version 0 of the controllers' events
for key in ((4030, 1), (4032, 1)):
    FIELDS[key[0], 0] = [name for name in FIELDS[key] if name not in LATER]


def event(number, time, computer, record, version=None, activity=None, **values):
    """One event; what has no value is Null. `Mic_Status` stands for the name with the space."""
    even = number & ~1
    version = version if version is not None else int(even >= 4030)
    provider, guid = NETLOGON if even >= 4030 else NTLM
    values = {name.replace('_', ' '): value for name, value in values.items()}
    if 'Status' in values:
        values['StatusMsg'] = int(values['Status'], 16)
    fields = FIELDS[even, version]
    unknown = set(values) - set(fields) - set(LATER)
    if unknown:
        raise ValueError('%d has no %r' % (number, unknown))
    data = ''.join('<Data Name=%s>%s</Data>' % (quoteattr(name), escape(str(values.get(name, 'Null'))))
                   for name in fields)
    correlation = " ActivityID='%s'" % activity if activity else ''
    return ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
            "<Provider Name='%s' Guid='%s'/><EventID>%d</EventID><Version>%d</Version><Level>%d</Level><Task>2</Task>"
            "<Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='%s'/>"
            "<EventRecordID>%d</EventRecordID><Correlation%s/><Execution ProcessID='640' ThreadID='2112'/>"
            "<Channel>Microsoft-Windows-NTLM/Operational</Channel><Computer>%s</Computer>"
            "<Security UserID='S-1-5-18'/></System><EventData>%s</EventData></Event>\n" % (
                provider, guid, number, version, 3 if number & 1 else 4, time, record, correlation, escape(computer),
                data))


def page(events):
    return "<?xml version='1.0' encoding='UTF-8'?>\n<Events>\n" + ''.join(events) + '</Events>\n'
