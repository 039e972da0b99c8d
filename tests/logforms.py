"""Records in the forms that collectors write, made from Windows' Event XML as their documentation says."""
import json
import xml.etree.ElementTree as ET

NAMESPACE = '{http://schemas.microsoft.com/win/2004/08/events/event}'


class Record:
    """What an Event's XML says; all values as text."""

    def __init__(self, xml):
        self.xml = xml
        root = ET.fromstring(xml)
        system = root.find(NAMESPACE + 'System')

        def get(element, attribute=None):
            found = system.find(NAMESPACE + element)
            if found is None:
                return None
            return found.get(attribute) if attribute else found.text

        self.provider, self.guid = get('Provider', 'Name'), get('Provider', 'Guid')
        self.event_id, self.version = int(get('EventID')), int(get('Version') or 0)
        self.level, self.task = int(get('Level') or 0), int(get('Task') or 0)
        self.opcode, self.keywords = int(get('Opcode') or 0), get('Keywords')
        self.time, self.record_id = get('TimeCreated', 'SystemTime'), int(get('EventRecordID'))
        self.activity = get('Correlation', 'ActivityID')
        self.process = int(get('Execution', 'ProcessID') or 0)
        self.thread = int(get('Execution', 'ThreadID') or 0)
        self.channel, self.computer = get('Channel'), get('Computer')
        self.sid = get('Security', 'UserID')
        data = root.find(NAMESPACE + 'EventData')
        self.data = [(d.get('Name'), d.text or '') for d in (data if data is not None else ())
                     if d.tag == NAMESPACE + 'Data']


def known(members):
    return {name: value for name, value in members.items() if value is not None}


def numeric(value):
    """NXLog gives plain numbers as numbers."""
    return int(value) if value.isdigit() and value == str(int(value)) and int(value) < 1 << 53 else value


def winlogbeat(r):
    return {'@timestamp': r.time[:23] + 'Z', 'event': {'code': str(r.event_id), 'kind': 'event'},
            'host': {'name': 'collector'}, 'log': {'level': 'information'}, 'message': 'a text',
            'winlog': known({
                'provider_name': r.provider, 'provider_guid': r.guid, 'event_id': str(r.event_id),
                'version': r.version, 'channel': r.channel, 'computer_name': r.computer,
                'record_id': r.record_id, 'activity_id': r.activity, 'opcode': 'Info', 'task': 'Logon',
                'keywords': ['Audit Success'], 'api': 'wineventlog', 'time_created': r.time,
                'process': {'pid': r.process, 'thread': {'id': r.thread}},
                'user': {'identifier': r.sid} if r.sid else None, 'event_data': dict(r.data)})}


def old_winlogbeat(r):
    return known({'@timestamp': r.time, 'beat': {'name': 'collector'}, 'type': 'wineventlog', 'level': 'Information',
                  'source_name': r.provider, 'provider_guid': r.guid, 'event_id': r.event_id, 'version': r.version,
                  'log_name': r.channel, 'computer_name': r.computer, 'record_number': str(r.record_id),
                  'activity_id': r.activity, 'process_id': r.process, 'thread_id': r.thread,
                  'event_data': dict(r.data)})


def openwec(r):
    return {'System': known({
        'Provider': known({'Name': r.provider, 'Guid': r.guid}), 'EventID': r.event_id, 'Version': r.version,
        'Level': r.level, 'Task': r.task, 'Opcode': r.opcode, 'Keywords': r.keywords, 'TimeCreated': r.time,
        'EventRecordID': r.record_id, 'Correlation': known({'ActivityID': r.activity}),
        'Execution': {'ProcessID': r.process, 'ThreadID': r.thread}, 'Channel': r.channel, 'Computer': r.computer,
        'UserID': r.sid}),
        'EventData': dict(r.data),
        'OpenWEC': {'IpAddress': '192.0.2.1', 'TimeReceived': '2022-12-14T17:07:03.331+01:00', 'Principal': 'X$@Y'}}


def openwec_raw(r):
    return {'meta': {'IpAddress': '192.0.2.1', 'Principal': 'X$@Y'}, 'data': r.xml}


def nxlog(r):
    head = known({'EventTime': r.time, 'Hostname': r.computer, 'Keywords': int(r.keywords, 16), 'EventType': 'INFO',
                  'SeverityValue': 2, 'Severity': 'INFO', 'EventID': r.event_id, 'SourceName': r.provider,
                  'ProviderGuid': r.guid, 'Version': r.version, 'TaskValue': r.task, 'OpcodeValue': r.opcode,
                  'RecordNumber': r.record_id, 'ActivityID': r.activity, 'ExecutionProcessID': r.process,
                  'ExecutionThreadID': r.thread, 'Channel': r.channel, 'Message': 'a text', 'Category': 'Logon',
                  'UserID': r.sid})
    head.update({name: numeric(value) for name, value in r.data})
    head.update({'EventReceivedTime': '2020-07-06T08:41:11+02:00', 'SourceModuleName': 'in',
                 'SourceModuleType': 'im_msvistalog'})
    return head


def dumped(r):
    return {'Event': {
        '#attributes': {'xmlns': NAMESPACE[1:-1]},
        'System': known({
            'Provider': {'#attributes': known({'Name': r.provider, 'Guid': r.guid})},
            'EventID': {'#attributes': {'Qualifiers': 0}, '#text': r.event_id}, 'Version': r.version, 'Level': r.level,
            'Task': r.task, 'Opcode': r.opcode, 'Keywords': r.keywords,
            'TimeCreated': {'#attributes': {'SystemTime': r.time}}, 'EventRecordID': r.record_id,
            'Correlation': {'#attributes': {'ActivityID': r.activity}} if r.activity else None,
            'Execution': {'#attributes': {'ProcessID': r.process, 'ThreadID': r.thread}},
            'Channel': r.channel, 'Computer': r.computer, 'Security': {'#attributes': known({'UserID': r.sid})}}),
        'EventData': dict(r.data)}}


FORMS = (winlogbeat, old_winlogbeat, openwec, openwec_raw, nxlog, dumped)


def lines(form, records):
    return ''.join(json.dumps(form(r)) + '\n' for r in records).encode()


def array(form, records):
    return json.dumps([form(r) for r in records], indent=2, ensure_ascii=False).encode()


def listed(records):
    """As Event Viewer saves a log."""
    return ('<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<Events>' +
            ''.join(r.xml for r in records) + '</Events>').encode()


def bare(records):
    """As `wevtutil qe` writes them."""
    return ''.join(r.xml.replace('\n', '') + '\r\n' for r in records).encode()


def wide(records):
    """The same redirected by PowerShell."""
    return b'\xff\xfe' + bare(records).decode().encode('utf-16-le')


def wide_big(records):
    return b'\xfe\xff' + bare(records).decode().encode('utf-16-be')


XML_FORMS = (listed, bare, wide, wide_big)
