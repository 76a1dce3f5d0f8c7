import numpy as np
import pytest

from plotwriter.errors import ConfigError
from plotwriter.evaluation.geometry import body_height
from plotwriter.evaluation.legibility import legibility, wrong_characters
from plotwriter.evaluation.ocr import HEIGHT, WANTED, drawn, ocr_reader
from plotwriter.evaluation.shape import reshaped, shape_of
from plotwriter.evaluation.words import Word, from_ink, from_letter, from_program, in_letter, steps_of
from plotwriter.ink import Ink, Stroke
from plotwriter.nets.arc_tokens import DRAW, END, decode
from plotwriter.nets.recognizer import Recognizer, RecognizerConfig
from plotwriter.styles import installed_styles
from plotwriter.training.frames import slant_of
from tests.evaluation.factories import make_word
from tests.training.test_words import files, words  # noqa: F401  fixtures


def test_ink_and_back():
    """y down in mm becomes y up in x-heights, left end at 0."""
    word = from_ink(Ink((Stroke(np.array([2 - 1j, 3 + 0j]), (0, 1)),), "n"))
    assert word.text == "n" and np.array_equal(word.strokes[0], [1j, 1])


def test_a_word_of_a_letter_stands_as_the_sampler_wrote_it():
    """Size and lean of the hand are taken off again; what a letter does to single words stays."""
    style = next(iter(installed_styles()[0].values()))
    made = make_word("nnnn", scale=style.frame_x_height)
    ink = Ink(tuple(Stroke(np.conj(points), (0, 4)) for points in made.strokes), made.text)
    word = from_letter(in_letter([ink], style)[0], style)
    assert body_height(word) == pytest.approx(1, rel=0.1)
    assert slant_of(word.strokes) == pytest.approx(slant_of(made.strokes), abs=0.05)
    assert np.ptp(word.points.real) == pytest.approx(np.ptp(made.points.real) / style.frame_x_height, rel=0.1)


def test_real_words_keep_their_ink(words):  # noqa: F811
    word = from_program(words.texts[0], words.programs[0])
    drawn_at = words.programs[0].targets[words.programs[0].pens == DRAW]
    assert np.abs(word.points[:, None] - drawn_at[None]).min(0).max() < 0.4
    assert word.points.real.min() == 0


def test_steps_say_the_ink_again():
    made = [make_word("nninn"), make_word("n", seed=3)]
    tokens, before, real = steps_of(made)
    assert tokens.shape[:2] == before.shape[:2] == real.shape
    for row, mask, word in zip(tokens, real, made, strict=True):
        assert row[mask][-1, 0] == END and END not in row[mask][:-1, 0]
        points = np.concatenate([np.concatenate(trace.points) for trace in decode(row.numpy(), spacing=0.06)])
        assert np.abs(word.points[:, None] - points[None]).min(1).max() < 0.15


def test_pooling_passes_over_padding():
    net = Recognizer(RecognizerConfig(n_layer=1, n_channel=8)).eval()
    short, long = make_word("nn"), make_word("nninnnin")
    alone = net.pooled(*steps_of([short]))
    assert net.pooled(*steps_of([short, long]))[:1].allclose(alone, atol=1e-5)


def test_errors_fold_capitals_only_when_asked():
    assert wrong_characters(["Ada", "me"], ["ada", "we"]).tolist() == [1, 1]
    assert wrong_characters(["Ada", "me"], ["ada", "we"], fold=True).tolist() == [0, 1]


def test_legibility_of_known_errors():
    texts = ["abcd"] * 10
    found = legibility(texts, ["abcx"] * 10, ["abcd"] * 5 + ["xycd"] * 5, np.random.default_rng(0))
    assert found["cer"].value == found["real_cer"].value == 0.25 and found["ratio"].value == 1
    assert found["exact"].value == 0 and found["real_exact"].value == 0.5
    assert found["cer"].low == found["cer"].high == 0.25 and found["ratio"].low < 1 < found["ratio"].high
    assert "ratio" not in legibility(texts, texts, None, np.random.default_rng(0))


def test_sets_are_drawn_alike():
    """Whatever the slant and width of a set, one lean, one width a letter, one x-height."""
    pictures = []
    for slant, wide in ((0.0, 1.0), (0.5, 1.0), (-0.2, 1.6)):
        made = [make_word("nnnn", slant=slant, seed=k) for k in range(5)]
        made = [Word(word.text, tuple(points.real * wide + 1j * points.imag for points in word.strokes)) for word in made]
        same = reshaped(made, WANTED)
        found = shape_of(same)
        assert found.lean == pytest.approx(WANTED.lean, abs=0.06)
        assert (found.x_height, found.width) == pytest.approx((WANTED.x_height, WANTED.width), rel=0.06)
        pictures.append(drawn(same[0]))
    assert all(p.shape[0] >= HEIGHT and p.shape[2] == 3 and p.min() < 60 and p.max() == 255 for p in pictures)
    assert np.ptp([p.shape[1] for p in pictures]) <= 8


def test_what_differs_from_word_to_word_stays():
    """One shear and one scale a direction for a whole set: ratios of widths and differences of slant are kept."""
    made = [make_word("nnnn", slant=0.1 * k) for k in range(-2, 3)] + [make_word("nnnn", scale=1.2)]
    after = reshaped(made, shape_of(made))
    for word, same in zip(made, after, strict=True):
        assert np.abs(word.points - same.points).max() < 1e-9
    leans = [slant_of(word.strokes) for word in reshaped(made, WANTED)[:5]]
    assert np.diff(leans).min() > 0.05


def test_a_set_of_dots_has_a_shape():
    dots = [Word(".", (np.array([0.1 + 0j]),))] * 3
    assert shape_of(dots).x_height == shape_of(dots).width == 1.0
    assert all(np.isfinite(word.points).all() for word in reshaped(dots, WANTED))


def test_a_missing_extra_is_named():
    try:
        import rapidocr_onnxruntime  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigError, match="'ocr'"):
            ocr_reader()
