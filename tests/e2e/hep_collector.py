#!/usr/bin/env python3
"""A collector of HEP3: hep_collector.py udp|tcp|tls PORT FILE [CERTIFICATE KEY]. It takes packets as strictly as Homer's
does, reads streams in small pieces, and appends a JSON line to FILE for each packet, or the word of what is wrong."""
import ipaddress
import json
import socket
import ssl
import struct
import sys

FIXED = {1: 1, 2: 1, 3: 4, 4: 4, 5: 16, 6: 16, 7: 2, 8: 2, 9: 4, 10: 4, 11: 1, 12: 4}  # bytes of a chunk, by its type
NEEDED = {1, 2, 7, 8, 9, 10, 11, 12, 15}


def parse(packet):
    if packet[:4] != b"HEP3" or struct.unpack(">H", packet[4:6])[0] != len(packet):
        raise ValueError("no HEP3 of that length")
    chunks, rest = {}, packet[6:]
    while rest:
        vendor, kind, length = struct.unpack(">HHH", rest[:6])
        if vendor != 0 or kind in chunks or not 6 <= length <= len(rest):
            raise ValueError(f"chunk {vendor}/{kind} of {length} bytes")
        if FIXED.get(kind, length - 6) != length - 6:
            raise ValueError(f"chunk {kind} has {length - 6} bytes")
        chunks[kind], rest = rest[6:length], rest[length:]
    family = 2 if 3 in chunks and 4 in chunks else 10
    if not NEEDED <= chunks.keys() or chunks[1][0] != family:
        raise ValueError(f"chunks {sorted(chunks)}")
    source, destination = (str(ipaddress.ip_address(chunks[kind if family == 2 else kind + 2])) for kind in (3, 4))
    return {
        "protocol": chunks[11][0],
        "source": source,
        "destination": destination,
        "seconds": struct.unpack(">I", chunks[9])[0],
        "node": chunks.get(19, b"").decode(),
        "correlation": chunks.get(17, b"").decode(),
        "payload": chunks[15].decode(errors="replace"),
    }


def tell(out, packet):
    try:
        out.write(json.dumps(parse(packet)) + "\n")
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        out.write(json.dumps({"protocol": 0, "wrong": str(error)}) + "\n")
    out.flush()


def read_stream(connection, out):
    data = b""
    while piece := connection.recv(7):
        data += piece
        while len(data) >= 6 and len(data) >= (length := struct.unpack(">H", data[4:6])[0]) >= 6:
            tell(out, data[:length])
            data = data[length:]


def main():
    over, port, path, *tls = sys.argv[1:]
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if over == "udp" else socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(port)))
    with open(path, "a", encoding="utf-8") as out:
        if over == "udp":
            while True:
                tell(out, server.recv(65536))
        server.listen()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if over == "tls" else None
        if context:
            context.load_cert_chain(*tls)
        while True:
            connection, _ = server.accept()
            try:
                read_stream(context.wrap_socket(connection, server_side=True) if context else connection, out)
            except (OSError, ssl.SSLError):
                pass
            connection.close()


main()
