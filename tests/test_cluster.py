"""Work on a Ray cluster of two workers on this machine: the same results, few at a time, and what is said when it breaks."""

import os
import socket
from functools import partial

import pytest

from plotwriter import cluster
from plotwriter.cluster import AHEAD, on_cluster
from plotwriter.errors import ClusterError, TextError
from plotwriter.layout import paper
from plotwriter.letter import Sheet
from plotwriter.merge import Desk, parts_of, recipients, write_parts
from plotwriter.styles import find_style

WORKERS = 2


@pytest.fixture(scope="module")
def two_workers():
    """A cluster of this machine's own; the address is what `--ray local` says."""
    ray = pytest.importorskip("ray", reason="Ray is not installed; pip install 'plotwriter[cluster]'")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_worker_niceness", "0")  # Ray's own 15 starves them where other tests run beside these
        cluster._connect(ray, "local", WORKERS)
    yield partial(on_cluster, address="local", n_workers=WORKERS)
    ray.shutdown()


def squares():
    """Opens the work; sent to the workers by value, since they cannot import the tests."""

    def work(batch):
        if batch == "ill":
            raise TextError("row 7: there is no text")
        if batch == "dead":
            os._exit(1)
        return os.getpid(), batch * batch

    return work


@pytest.fixture(autouse=True)
def by_value(two_workers):
    import sys

    from ray import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def test_results_come_in_order_from_both_workers_with_few_under_way(two_workers):
    n_drawn = n_got = 0

    def batches():
        nonlocal n_drawn
        for n in range(20):
            n_drawn += 1
            assert n_drawn - n_got <= AHEAD * WORKERS
            yield n

    found = []
    for n_got, (pid, square) in enumerate(two_workers(squares, batches()), 1):  # noqa: B007
        found.append((pid, square))
    assert [square for _, square in found] == [n * n for n in range(20)]
    assert len({pid for pid, _ in found}) == WORKERS and os.getpid() not in {pid for pid, _ in found}


def test_what_the_work_says_is_said_here_in_one_line(two_workers):
    with pytest.raises(TextError, match=r"^row 7: there is no text$"):
        list(two_workers(squares, [1, "ill", 2]))


def test_a_worker_that_dies_again_and_again_is_one_line_and_what_came_before_stays(two_workers):
    results = two_workers(squares, [3, "dead", 4])
    assert next(results)[1] == 9
    with pytest.raises(
        ClusterError, match=r"^--ray: a worker was lost, and again after 2 restarts \(.*\); what is finished stays, run it again$"
    ):
        next(results)


def test_a_merge_on_a_cluster_is_the_same_to_the_byte(two_workers, tmp_path, monkeypatch):
    monkeypatch.setattr("plotwriter.merge.sheets.BATCH_WORDS", 10)
    (tmp_path / "letter.md").write_text("Dear {{ name }},\n\nit rains, and I think of you.", encoding="utf-8")
    found = recipients(tmp_path / "letter.md", [{"name": name} for name in ("Ada", "Ben", "Eve", "Zoe")])
    sheets = (Sheet(paper("a4")), Sheet(paper("c6")))
    desk = Desk(find_style("linden"), *sheets, n_draws=1, device="cpu")
    made = {}
    for name, mapped in (("here", {}), ("there", {"mapped": two_workers})):
        folder = tmp_path / name
        folder.mkdir()
        batches = list(write_parts(parts_of(found, folder, seed=3, recipe="r"), desk, **mapped))
        assert len(batches) == WORKERS
        made[name] = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert made["here"] == made["there"] and len(made["here"]) == 4


def test_no_cluster_is_one_line_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr("ray.is_initialized", lambda: False)  # no word of the one these tests run
    monkeypatch.delenv("RAY_ADDRESS", raising=False)

    def refuse(address, **_):
        raise ConnectionError(f"Could not find any running Ray instance at {address}.\nmore lines")

    monkeypatch.setattr("ray.init", refuse)
    with pytest.raises(
        ClusterError, match=r"^--ray auto: no cluster there \(Could not find .*\); start one with: ray start --head, or use --ray local$"
    ):
        list(on_cluster(squares, [1], address="auto"))
    monkeypatch.setattr("ray.init", lambda *args, **kwargs: pytest.fail("Ray would ask for two minutes"))
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ClusterError, match=r"nobody answers there"):
            list(on_cluster(squares, [1], address=f"127.0.0.1:{taken.getsockname()[1]}"))
    for wrong in ("somewhere", "host:", "host:99999", ":6379", "locl"):
        with pytest.raises(ClusterError, match=r'is no address; write "auto", "local", or HOST:PORT'):
            list(on_cluster(squares, [1], address=wrong))
