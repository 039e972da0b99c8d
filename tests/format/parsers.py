"""Readers of the formats, each from its own rules and none from ours."""
import csv
import io
import json
import re
import unicodedata


def no_doubles(pairs):
    """An object whose keys are all different; JSON itself would silently take the last."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError('a key stands twice: %r' % keys)
    return dict(pairs)


def json_lines(data):
    text = data.decode()
    assert text == '' or text.endswith('\n')
    return [json.loads(line, object_pairs_hook=no_doubles) for line in text.split('\n')[:-1]]


def csv_rows(data):
    """RFC 4180: records end with CRLF and have as many cells as the header. Each as a dictionary."""
    text = data.decode()
    assert text.endswith('\r\n') and text.count('\n') == text.count('\r\n')
    header, *rows = csv.reader(io.StringIO(text, newline=''), strict=True)
    assert len(set(header)) == len(header)
    for row in rows:
        assert len(row) == len(header), row
    return [dict(zip(header, row)) for row in rows]


def unguarded(cell):
    """A cell without the `'` that keeps it from being a formula; none is one."""
    assert not re.match('[=+@\t\r\n-]', cell) or re.fullmatch(r'-?[0-9.]+', cell), cell
    return cell[1:] if cell.startswith("'") else cell


CEF_HEADER = ('version', 'vendor', 'product', 'product_version', 'id', 'name', 'severity')


def cef_line(line):
    r"""CEF:0: seven header fields ended by `|`, of which `\|` and `\\` stand for themselves; then pairs key=value
    divided by a blank, where `\=`, `\\`, `\n` and `\r` are escapes in a value, and `|` is not special."""
    parts = re.match(r'((?:[^|\\]|\\[|\\])*)\|' * 7 + '(.*)', line, re.DOTALL)
    assert parts and parts.group(1).startswith('CEF:0'), line
    event = dict(zip(CEF_HEADER, (re.sub(r'\\(.)', r'\1', p) for p in parts.groups()[:7])))
    extension, keys = parts.group(8), []
    # An unescaped `=` ends a key, which reaches back to the blank before it.
    for m in re.finditer(r'(?:\\.|[^\\=])*?(?:^|\s)([A-Za-z][A-Za-z0-9]*)=', extension):
        keys.append((m.group(1), m.start(1), m.end()))
    assert keys and keys[0][1] == 0, line
    bounds = [k[1] - 1 for k in keys[1:]] + [len(extension)]
    for (key, _, begin), end in zip(keys, bounds):
        value = extension[begin:end]
        assert not re.search(r'(?<!\\)(?:\\\\)*=', value), line
        assert key not in event, 'the key %s stands twice' % key
        event[key] = re.sub(r'\\(.)', lambda e: {'n': '\n', 'r': '\r'}.get(e.group(1), e.group(1)), value)
    return event


def cef_lines(data):
    text = data.decode()
    assert text == '' or text.endswith('\n')
    return [cef_line(line) for line in text.split('\n')[:-1]]


def visible(text, keep=''):
    r"""A name as formats for the eye have it: what is not shown, or turns direction, as `\u202e`."""
    return ''.join(c if c in keep or unicodedata.category(c) not in ('Cc', 'Cf', 'Zl', 'Zp', 'Co', 'Cn')
                   else '\\u%04x' % ord(c) for c in text)


def leaves(value, path=''):
    """(path, value) of all that is no object; an array's items as path[]."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, path + '.' + key if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path + '[]')
    else:
        yield path, value


def at(record, path):
    """The value at a dotted path; None where there is none."""
    for name in path.split('.'):
        record = record.get(name) if isinstance(record, dict) else None
    return record
