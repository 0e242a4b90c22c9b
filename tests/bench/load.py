"""A load generator that costs little: sent bytes are made beforehand, answers hardly read."""

import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

PROCESSES, CONNECTIONS = 2, 8  # connections of each process
GOOD = (b" 200 ", b" 303 ")


@dataclass(frozen=True)
class Load:
    """What came of a round: requests per second, 99th percentile in ms, failed answers."""

    rate: float
    p99: float
    failed: int


def send(port: int, requests: Sequence[bytes], seconds: float) -> Load:
    """Send the requests over kept connections, each once, for at most so many seconds."""
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[tuple[float, list[float], int]] = context.Queue()
    parts = [requests[number::PROCESSES] for number in range(PROCESSES)]
    workers = [
        context.Process(target=_run, args=(port, part, seconds, queue), daemon=True)
        for part in parts
    ]
    for worker in workers:
        worker.start()
    results = [queue.get(timeout=seconds + 60) for _ in workers]
    for worker in workers:
        worker.join()
    waits = [wait for _, waits, _ in results for wait in waits]
    took = max(took for took, _, _ in results)
    p99 = statistics.quantiles(waits, n=100)[98] * 1000
    return Load(len(waits) / took, p99, sum(failed for _, _, failed in results))


def _run(
    port: int,
    requests: Sequence[bytes],
    seconds: float,
    queue: "multiprocessing.Queue[tuple[float, list[float], int]]",
) -> None:
    waits: list[float] = []
    failures: list[bytes] = []
    end = time.perf_counter() + seconds
    threads = [
        threading.Thread(
            target=_connection, args=(port, requests[number::CONNECTIONS], end, waits, failures)
        )
        for number in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put((time.perf_counter() - began, waits, len(failures)))


def _connection(
    port: int, requests: Sequence[bytes], end: float, waits: list[float], failures: list[bytes]
) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            began = time.perf_counter()
            if began > end:
                return
            connection.sendall(request)
            first_line = _read(connection)
            waits.append(time.perf_counter() - began)
            if not any(status in first_line for status in GOOD):
                failures.append(first_line)


def _read(connection: socket.socket) -> bytes:
    """Read one answer and return its first line."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(min(missing, 65536)))
    return head.partition(b"\r\n")[0]
