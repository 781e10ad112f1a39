#!/usr/bin/env python3
"""Clients that nobody wants, all at once, for so many seconds: tests/http/hostile.py HOST PORT SECONDS

100 connections that begin a request and say nothing more, 100 that send a byte now and then, 50 that listen for events and
never read, 20 that ask and half-close, and again and again a query of a megabyte. Prints "ready" when all are connected.
"""
import contextlib
import socket
import sys
import time


def connect(where, text=b""):
    made = socket.create_connection(where, timeout=10)
    made.sendall(text)
    made.setblocking(False)
    return made


def main():
    where, end = (sys.argv[1], int(sys.argv[2])), time.monotonic() + float(sys.argv[3])
    begun = b"GET /api/v1/calls HTTP/1.1\r\nHost: localhost\r\n"
    held = [connect(where, begun) for _ in range(100)]
    trickling = [connect(where, b"GET /api/v1/st") for _ in range(100)]
    for _ in range(50):
        held.append(connect(where, b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n"))
    print("ready", flush=True)
    while time.monotonic() < end:
        for one in trickling:
            with contextlib.suppress(OSError):
                one.send(b"a")
        for _ in range(20):
            half = connect(where, begun + b"\r\n")
            half.shutdown(socket.SHUT_WR)
            held.append(half)
        with contextlib.suppress(OSError), socket.create_connection(where, timeout=10) as huge:
            huge.sendall(b"GET /api/v1/calls?subscriber=" + b"9" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
