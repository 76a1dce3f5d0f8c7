"""The same made-up ink in every form that is read."""

from __future__ import annotations

import gzip
import json

import numpy as np

from tests.factories import make_ink

LINES = ("hello world", "many moons")


def strokes(text: str = "hello", seed: int = 0) -> list[list[tuple[float, float]]]:
    """Ink of a word, tablet units, y down."""
    ink = make_ink(text, 2, seed)
    return [[(round(100 * z.real, 1), round(500 + 100 * z.imag, 1)) for z in stroke.points.tolist()] for stroke in ink.strokes]


def page() -> list[list[tuple[float, float]]]:
    """Two lines of two words."""
    found = []
    for row, line in enumerate(LINES):
        left = 0.0
        for k, word in enumerate(line.split()):
            part = strokes(word, 7 * row + k)
            found += [[(x + left, y + 1500 * row) for x, y in stroke] for stroke in part]
            left += max(x for stroke in part for x, _ in stroke) + 400
    return found


def _pairs(row: list[tuple[float, float]], between: str = ", ") -> str:
    return between.join(f"{x} {y}" for x, y in row)


def files() -> dict[str, bytes]:
    """Name to content, for every form; the page's text lies beside (`page.txt`)."""
    word, whole = strokes(), page()
    sample = {"text": "hello", "strokes": word, "writer": "w"}
    timed = [[[x, y, 8 * i, 0.5] for i, (x, y) in enumerate(row)] for row in word]
    taken = [[x / 600, y / 1000, int(i < len(row) - 1)] for row in word for i, (x, y) in enumerate(row)]
    about = {"author": "w", "asciiSequence": "hello", "pointCount": len(taken), "strokeCount": len(word), "aspectRatio": 0.6}
    traces = "".join(f'<trace id="t{k}">{_pairs(row)}</trace>' for k, row in enumerate(word))
    points = "".join(
        "<Stroke>" + "".join(f'<Point x="{x}" y="{y}" time="{i}"/>' for i, (x, y) in enumerate(row)) + "</Stroke>" for row in whole
    )
    lines = "".join(f'<TextLine id="{k}" text="{line}"/>' for k, line in enumerate(LINES))
    pens = "".join(f'<stroke tool="pen" width="1.41">{_pairs(row, " ")}</stroke>' for row in whole)
    paths = "".join(f'<path d="M{_pairs(row, "L")}"/>' for row in whole)
    unipen = "".join(".PEN_DOWN\n" + "".join(f"{x} {1000 - y}\n" for x, y in row) + ".PEN_UP\n" for row in word)
    return {
        "own.jsonl": "".join(json.dumps(sample) + "\n" for _ in range(2)).encode(),
        "own.jsonl.gz": gzip.compress(json.dumps(sample).encode() + b"\n", mtime=0),
        "capture.json": json.dumps(
            {
                "plotwriter_capture": 1,
                "name": "mine",
                "guide": {"baseline": 500, "x_height": 250},
                "samples": [{"text": "hello", "strokes": timed}],
            }
        ).encode(),
        "collector.json": json.dumps([{"metadata": about, "points": taken}]).encode(),
        "note.inkml": (
            '<?xml version="1.0"?><ink xmlns="http://www.w3.org/2003/InkML">'
            '<traceFormat><channel name="X"/><channel name="Y"/></traceFormat>'
            f'<annotation type="truth">hello</annotation>{traces}</ink>'
        ).encode(),
        "iam.xml": (
            f'<?xml version="1.0" encoding="ISO-8859-1"?><WhiteboardCaptureSession><General><Form id="a" writerID="10"/></General>'
            f"<Transcription><Text>x</Text>{lines}</Transcription><StrokeSet>{points}</StrokeSet></WhiteboardCaptureSession>"
        ).encode(),
        "page.xopp": gzip.compress(
            f"<?xml version='1.0'?><xournal><page width='600' height='800'><layer>{pens}</layer></page></xournal>".encode(), mtime=0
        ),
        "page.svg": (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="400mm" height="300mm" viewBox="0 0 4000 3000">{paths}</svg>'
        ).encode(),
        "word.unp": f'.VERSION 1.0\n.WRITER_ID w\n.COORD X Y\n.SEGMENT WORD 0-{2 * len(word) - 1} OK "hello"\n{unipen}'.encode(),
    }


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """A file damaged as disks, editors and attackers damage them."""
    if content[:2] == b"\x1f\x8b" and rng.random() < 0.6:
        return gzip.compress(mutated(gzip.decompress(content), rng), mtime=0)
    kind = rng.integers(6)
    a, b = sorted(rng.integers(0, len(content), 2).tolist())
    if kind == 0:
        return content[:a]
    if kind == 1:
        return content[:a] + content[b:]
    if kind == 2:
        noise = rng.integers(0, 256, rng.integers(1, 40)).astype(np.uint8).tobytes()
        return content[:a] + noise + content[a + len(noise) :]
    if kind == 3:
        words = [
            b"NaN",
            b"1e999",
            b"[" * 300,
            b"<a>" * 60,
            b"null",
            b'"',
            b"-",
            b"&x;",
            b"\x00",
            b"{}",
            b"9" * 400,
            b"<!DOCTYPE a [<!ENTITY x 'y'>]>",
            b"true",
        ]
        return content[:a] + words[rng.integers(len(words))] + content[a:]
    if kind == 4:
        return content[:a] + content[b:] + content[a:b]
    return bytes(c ^ (1 << int(rng.integers(8))) if rng.random() < 3 / len(content) else c for c in content)
