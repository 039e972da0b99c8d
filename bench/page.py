"""Writes results into README.md, between a mark and the next `<!-- end -->`."""


def write(readme, mark, text):
    with open(readme) as f:
        said = f.read()
    head, start, rest = said.partition('<!-- %s -->\n' % mark)
    if not start:
        raise SystemExit('%s has no place for %s' % (readme, mark))
    tail = rest.partition('<!-- end -->\n')[2]
    with open(readme, 'w') as f:
        f.write(head + start + text + '<!-- end -->\n' + tail)
