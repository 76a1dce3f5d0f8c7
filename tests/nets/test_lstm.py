from dataclasses import replace

import pytest
import torch

from plotwriter.errors import FileError
from plotwriter.nets.checkpoint import load_cursive, load_lstm, save_net
from plotwriter.nets.lstm import LSTMConfig, WindowLSTM, ended_symbols
from plotwriter.nets.point_by_point import PointByPoint
from tests.nets.factories import tiny_lstm

TEXTS = ["in", "little word", "a"]


def lines(n=12, seed=0):
    points = torch.randn(len(TEXTS), n, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    points[..., 2] = (points[..., 2] > 1).double()
    return points


@pytest.fixture(scope="module")
def net():
    return tiny_lstm().double()


def symbols(net):
    return ended_symbols(TEXTS, net.config.alphabet)


def hot(net):
    return net.one_hot(symbols(net))


def test_the_window_never_goes_back_and_stays_on_the_text(net):
    offsets, kappa = lines(30), []
    state = net.start(3)
    for t in range(30):
        _, phi, state = net.run(offsets[:, t : t + 1], hot(net), state)
        kappa.append(state.kappa)
        assert (phi >= 0).all() and torch.isfinite(phi).all()
    assert (torch.stack(kappa).diff(dim=0) > 0).all()


def test_point_by_point_is_all_at_once(net):
    offsets, text = lines(), hot(net)
    whole, phi, end = net.run(offsets, text, net.start(3))
    state, outputs, phis = net.start(3), [], []
    for t in range(offsets.shape[1]):
        output, seen, state = net.run(offsets[:, t : t + 1], text, state)
        outputs.append(output)
        phis.append(seen)
    assert torch.allclose(torch.cat(outputs, 1), whole, atol=1e-10) and torch.allclose(torch.cat(phis, 1), phi, atol=1e-10)
    for name in ("h", "c", "kappa", "window"):
        assert torch.allclose(getattr(state, name), getattr(end, name), atol=1e-10)


def test_point_by_point_in_one_matrix_a_layer_is_the_same(net):
    """Rows that begin later, rows that leave, symbols that no line has: the sums stay those of the whole pass."""
    offsets, whole = lines(), []
    for row, text in enumerate(TEXTS):
        out, phi, _ = net.run(offsets[row : row + 1], net.one_hot(ended_symbols([text], net.config.alphabet)), net.start(1))
        whole.append((out[0], phi[0]))
    with torch.no_grad():
        pen = PointByPoint(net, symbols(net), net.start(1), 2)
        on, t = [0, 1], [0, 0]
        for k in range(20):
            output, phi = pen.step(torch.stack([offsets[i, j] for i, j in zip(on, t, strict=True)]))
            for row, (i, j) in enumerate(zip(on, t, strict=True)):
                assert torch.allclose(output[row], whole[i][0][j], atol=1e-10)
                assert torch.allclose(phi[row, : len(TEXTS[i]) + 1], whole[i][1][j], atol=1e-10)
            t = [j + 1 for j in t]
            if k == 4:
                pen.begin(torch.tensor([0]), torch.tensor([2]))
                on[0], t[0] = 2, 0
            if k == 11:
                pen.keep(torch.tensor([0]))
                on, t = on[:1], t[:1]
            if t[0] == 12:
                return
        raise AssertionError("not all of the last line was read")


def test_a_neighbour_and_its_padding_change_nothing(net):
    offsets = lines()
    together, _, _ = net.run(offsets, hot(net), net.start(3))
    for row, text in enumerate(TEXTS):
        alone, _, _ = net.run(offsets[row : row + 1], net.one_hot(ended_symbols([text], net.config.alphabet)), net.start(1))
        assert torch.allclose(alone[0], together[row], atol=1e-10)


def test_points_that_are_not_real_cost_nothing(net):
    offsets, real = lines(), torch.ones(3, 12, dtype=torch.bool)
    real[0, 7:] = False
    other = offsets.clone()
    other[0, 7:] = 9.0
    before = net.log_likelihood(offsets, symbols(net), real)
    assert torch.allclose(before, net.log_likelihood(other, symbols(net), real))


def test_the_published_shape_has_the_published_size():
    net = WindowLSTM(LSTMConfig())
    assert sum(parameter.numel() for parameter in net.parameters()) == pytest.approx(3.8e6, rel=0.03)


def test_weights_come_back_and_damage_is_said(tmp_path):
    net = tiny_lstm()
    save_net(tmp_path / "l.safetensors", net, {"sampler": "lstm"})
    loaded = load_lstm(tmp_path / "l.safetensors")
    assert loaded.config == net.config
    assert all(torch.equal(a.half().float(), b) for a, b in zip(net.state_dict().values(), loaded.state_dict().values(), strict=True))
    with pytest.raises(FileError, match="plotwriter-lstm-1"):
        load_cursive(tmp_path / "l.safetensors")
    net.config = replace(net.config, n_cell=9)
    save_net(tmp_path / "l.safetensors", net, {})
    with pytest.raises(FileError, match="do not belong together"):
        load_lstm(tmp_path / "l.safetensors")
    net.config = replace(net.config, unit=(0.0, 1.0))
    save_net(tmp_path / "l.safetensors", net, {})
    with pytest.raises(FileError, match="unit"):
        load_lstm(tmp_path / "l.safetensors")
