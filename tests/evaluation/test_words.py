import numpy as np
import pytest

from plotwriter.errors import ConfigError
from plotwriter.evaluation.legibility import legibility, wrong_characters
from plotwriter.evaluation.ocr import HEIGHT, drawn, normalised, ocr_reader
from plotwriter.evaluation.real import may_be_spliced
from plotwriter.evaluation.words import from_ink, from_program, steps_of
from plotwriter.ink import Ink, Stroke
from plotwriter.nets.arc_tokens import DRAW, END, decode
from plotwriter.nets.recognizer import Recognizer, RecognizerConfig
from plotwriter.training.frames import slant_of
from tests.evaluation.factories import make_word
from tests.training.test_words import files, words  # noqa: F401  fixtures


def test_ink_and_back():
    """y down in mm becomes y up in x-heights, left end at 0."""
    word = from_ink(Ink((Stroke(np.array([2 - 1j, 3 + 0j]), (0, 1)),), "n"))
    assert word.text == "n" and np.array_equal(word.strokes[0], [1j, 1])


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


@pytest.mark.parametrize(
    ("text", "spliced"), [("!", True), ("why?", True), ("(but", True), ("don't", False), ("2.5", False), ("so,", False)]
)
def test_spliced_words_are_known(text, spliced):
    assert may_be_spliced(text) is spliced


def test_words_are_drawn_alike():
    """Whatever the slant and width, one lean, one width a letter, one x-height."""
    pictures = []
    for word in (make_word("nnnn"), make_word("nnnn", slant=0.5)):
        same = normalised(word)
        assert slant_of(same.strokes) == pytest.approx(0.2, abs=0.06)
        pictures.append(drawn(same))
    assert all(p.shape[0] >= HEIGHT and p.shape[2] == 3 and p.min() < 60 and p.max() == 255 for p in pictures)
    assert abs(pictures[0].shape[1] - pictures[1].shape[1]) <= 4


def test_a_missing_extra_is_named():
    try:
        import rapidocr_onnxruntime  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigError, match="'ocr'"):
            ocr_reader()
