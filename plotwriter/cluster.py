"""The same work on the machines of a Ray cluster: batches go out, results come back in their order.

    batches --at most AHEAD a worker--> [worker | worker | ...] --in order--> results

What a batch gives depends on the batch alone, so that the cluster's size changes nothing but the time. A worker that is
lost is started again with the batch it had, up to RESTARTS times.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from plotwriter import __version__
from plotwriter.errors import ClusterError, PlotwriterError

__all__ = ["AHEAD", "check_ray", "on_cluster"]

B = TypeVar("B")
R = TypeVar("R")

AHEAD = 2  # batches a worker has: one at work, one waiting
PATIENCE = 5.0  # s until an address counts as deserted
RESTARTS = 2  # of a worker that is lost
_STORE = 128 * 1024 * 1024  # bytes for results under way on a cluster of our own; a batch is some 100 kB


def check_ray() -> None:
    """Refuse a cluster before any work is done, where Ray is not installed.

    Raises:
        ClusterError: with the extra that brings it
    """
    try:
        import ray  # noqa: F401
    except ImportError as error:
        raise ClusterError(f"--ray: Ray is not installed ({error}); pip install 'plotwriter[cluster]'") from None


def on_cluster(
    open_: Callable[[], Callable[[B], R]], batches: Iterable[B], *, address: str, n_workers: int | None = None, gpus: bool = False
) -> Iterator[R]:
    """What the work gives for every batch, in their order; with few of them under way.

    Args:
        open_: called once by every worker, on its machine; gives the work
        batches: drawn from as workers become free
        address: "auto" for the cluster that runs here or that RAY_ADDRESS names, "local" for one of this machine's
            own cores, else where its head is: HOST:PORT
        n_workers: None: one a core, or one a GPU
        gpus: every worker has a GPU

    Raises:
        ClusterError: Ray is not there, or cannot be reached, a worker has another version, or it was lost too often
        PlotwriterError: what the work itself says
    """
    check_ray()
    import ray

    own = not ray.is_initialized()
    if own:
        _connect(ray, address, n_workers)
    try:
        yield from _mapped(ray, open_, batches, n_workers or _room(ray, gpus), gpus)
    finally:
        if own:
            ray.shutdown()


def _connect(ray: Any, address: str, n_workers: int | None) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    common = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or address
    if address not in ("auto", "local"):
        _knock(address)
    try:
        if address == "local":
            ray.init("local", num_cpus=n_workers, include_dashboard=False, object_store_memory=_STORE, **common)
        else:
            ray.init(address, **common)
    except Exception as error:  # Ray raises what its parts raise: ConnectionError, RuntimeError, ValueError, gRPC's own
        hint = "start one with: ray start --head, or use --ray local" if address == "auto" else "is it HOST:PORT of a running head?"
        raise ClusterError(f"--ray {address}: no cluster there ({_line(error)}); {hint}") from None


def _knock(address: str) -> None:
    """Refuse an address where nobody answers: Ray itself would ask for two minutes, and say so on the terminal.

    Raises:
        ClusterError: no address, or nobody there
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 2**16):
        raise ClusterError(f'--ray: {address!r} is no address; write "auto", "local", or HOST:PORT of a head, such as 10.0.0.5:6379')
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except OSError as error:
        raise ClusterError(
            f"--ray {address}: nobody answers there ({error.strerror or error}); is it HOST:PORT of a running head, and is the way open?"
        ) from None


def _room(ray: Any, gpus: bool) -> int:
    n = int(ray.cluster_resources().get("GPU" if gpus else "CPU", 0))
    if not n:
        raise ClusterError(f"--ray: the cluster has no {'GPU; use --device cpu' if gpus else 'CPU'}")
    return n


class _Worker:
    """Lives on a machine of the cluster; what goes wrong with the work comes back as a value, in one piece."""

    def __init__(self, open_: Callable[[], Callable[[Any], Any]], version: str) -> None:
        self.open, self.version = open_, version
        self.work: Callable[[Any], Any] | None = None

    def do(self, batch: Any) -> Any:
        """What the work gives, or the error it ended with."""
        try:
            if self.version != __version__:
                raise ClusterError(f"--ray: a worker has plotwriter {__version__}, this machine {self.version}; install one version on all")
            self.work = self.work or self.open()
            return self.work(batch)
        except PlotwriterError as error:
            return error


def _mapped(ray: Any, open_: Callable[[], Callable[[B], R]], batches: Iterable[B], n_workers: int, gpus: bool) -> Iterator[R]:
    actor = ray.remote(num_cpus=1, num_gpus=int(gpus), max_restarts=RESTARTS, max_task_retries=RESTARTS)(_Worker)
    workers: list[Any] = []
    under_way: deque[Any] = deque()
    n_sent, left = 0, iter(batches)
    more = True
    while more or under_way:
        while more and len(under_way) < AHEAD * n_workers:
            try:
                batch = next(left)
            except StopIteration:
                more = False
                break
            if len(workers) < n_workers:  # no more of them than there are batches
                workers.append(actor.remote(open_, __version__))
            under_way.append(workers[n_sent % n_workers].do.remote(batch))
            n_sent += 1
        if under_way:
            yield _result(ray, under_way.popleft())


def _result(ray: Any, future: Any) -> Any:
    try:
        result = ray.get(future)
    except ray.exceptions.RayTaskError as error:  # a defect of ours, not of the cluster
        raise ClusterError(f"--ray: a worker failed: {_line(error.cause)}") from None
    except ray.exceptions.RayError as error:
        raise ClusterError(
            f"--ray: a worker was lost, and again after {RESTARTS} restarts ({_line(error)}); what is finished stays, run it again"
        ) from None
    if isinstance(result, PlotwriterError):
        raise result
    return result


def _line(error: BaseException) -> str:
    """What an error says, on one line of sensible length."""
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    said = said.partition(". ")[0].rstrip(".")
    return said if len(said) <= 160 else said[:157] + "..."
