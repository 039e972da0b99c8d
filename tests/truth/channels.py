"""What it takes to have tshark read RPC over HTTP v2 ([MS-RPCH]): it leaves bodies that come later than their heads.

It reads a capture twice: once for the heads, and once without HTTP, where it finds the PDUs that segments begin with.
"""

# A head ends where it ends, not with the body that it announces.
HEADS = ('-o', 'http.desegment_body:FALSE')
PDUS = ('--disable-protocol', 'http')


def may_have(path):
    with open(path, 'rb') as f:
        data = f.read()
    return b'RPC_IN_DATA ' in data or b'RPC_OUT_DATA ' in data


def passes(path):
    """The options of each time that tshark reads a capture."""
    return (HEADS, PDUS) if may_have(path) else ((),)
