"""forwarder.py ADDRESS DOMAIN=SERVER...: asks each domain's own name server, and refuses the rest."""
import asyncio
import sys

REFUSED = 5


def name_of(query):
    """The question's name in lower case, with dots."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode('latin-1').lower())
        at += 1 + query[at]
    return '.'.join(labels)


class Ask(asyncio.DatagramProtocol):
    """One question on its way to a name server."""

    def __init__(self, query, tell):
        self.query, self.tell = query, tell

    def connection_made(self, transport):
        self.transport = transport
        transport.sendto(self.query)
        asyncio.get_running_loop().call_later(5, transport.close)

    def datagram_received(self, data, addr):
        self.tell(data)
        self.transport.close()

    def error_received(self, exc):
        self.transport.close()


class Forwarder(asyncio.DatagramProtocol):
    def __init__(self, servers):
        self.servers = servers

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        name = name_of(data)
        for domain, server in self.servers.items():
            if name == domain or name.endswith('.' + domain):
                loop = asyncio.get_running_loop()
                loop.create_task(loop.create_datagram_endpoint(
                    lambda: Ask(data, lambda answer: self.transport.sendto(answer, addr)), remote_addr=(server, 53)))
                return
        self.transport.sendto(data[:2] + bytes((0x81, 0x80 | REFUSED)) + data[4:6] + bytes(6) + data[12:], addr)


async def main():
    servers = dict(word.split('=') for word in sys.argv[2:])
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: Forwarder(servers), local_addr=(sys.argv[1], 53))
    await asyncio.Event().wait()

asyncio.run(main())
