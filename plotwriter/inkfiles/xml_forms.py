"""Ink as XML: InkML, IAM-OnDB, Xournal++."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from plotwriter.inkfiles.sample import MAX_TEXT, InkSample, Problem, strokes_from

__all__ = ["from_xml"]

TRUTHS = {"truth", "transcription", "label", "text", "groundtruth"}  # InkML annotations that say what was written
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = re.compile(rf"\s*([!'\"]?)\s*({_NUMBER}|\*|\?|[TF]|#[0-9a-fA-F]+)")


def from_xml(root: Element) -> list[InkSample]:
    """Samples of any of the forms, told by the root.

    Raises:
        Problem: another root, or ink that makes no sense
    """
    forms = {"ink": _inkml, "WhiteboardCaptureSession": _iam, "xournal": _xournal}
    if root.tag not in forms:
        raise Problem(
            f"its root is <{root.tag[:40]}>; ink is read from <ink> (InkML), <WhiteboardCaptureSession> (IAM-OnDB), <xournal> and <svg>"
        )
    samples = forms[root.tag](root)
    if not any(sample.strokes for sample in samples):
        raise Problem("no strokes")
    return [sample for sample in samples if sample.strokes]


def _float(value: str | None, what: str) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Problem(f"{what}: expected a number, got {value!r:.40}") from None


# InkML: https://www.w3.org/TR/InkML/


def _inkml(root: Element) -> list[InkSample]:
    """A sample for every trace group that says what it is, else one of all traces.

    Trace groups that refer to traces (`traceView`, as CROHME has it) are resolved by id.
    """
    channels = [channel.get("name", "") for trace_format in root.iter("traceFormat") for channel in trace_format.iter("channel")]
    x, y = (channels.index("X"), channels.index("Y")) if {"X", "Y"} <= set(channels) else (0, 1)
    traces = {trace: _trace(trace.text or "", x, y) for trace in root.iter("trace") if trace.get("type", "penDown") == "penDown"}
    by_id = {trace.get(key, "").lstrip("#"): row for trace, row in traces.items() for key in ("id", "xml:id")}
    writer = next((note.text or "" for note in root.iter("annotation") if note.get("type", "").lower() == "writer"), "")
    groups = [
        group
        for group in root.iter("traceGroup")
        if _truth(group) and not any(_truth(inner) for inner in group.iter("traceGroup") if inner is not group)
    ]
    samples = []
    for number, group in enumerate(groups, 1):
        rows = [traces[trace] for trace in group.iter("trace") if trace in traces]
        rows += [by_id[ref] for view in group.iter("traceView") if (ref := view.get("traceDataRef", "").lstrip("#")) in by_id]
        samples.append(InkSample(_truth(group), strokes_from(rows), writer[:200], f"group {number}"))
    if not groups or (len(groups) > 1 and _truth(root) and all(len(sample.text) <= 1 for sample in samples)):
        return [InkSample(_truth(root), strokes_from(traces.values()), writer[:200], "all traces")]  # groups of single symbols
    return samples


def _truth(element: Element) -> str:
    """What an element's own annotation says is written."""
    for note in element.findall("annotation"):
        if note.get("type", "").lower() in TRUTHS:
            return (note.text or "").strip()[:MAX_TEXT]
    return ""


def _trace(text: str, x: int, y: int) -> list[complex]:
    """Points of a trace: values, first and second differences (marked by one and two quotes)."""
    last, step = dict[int, float](), dict[int, float]()
    manner = dict[int, str]()
    points = []
    for number, point in enumerate(text.split(",")):
        if not point.strip():
            continue
        at, channel = 0, 0
        while at < len(point) and point[at:].strip():
            match = _VALUE.match(point, at)
            if match is None:
                raise Problem(f"trace point {number}: expected numbers, got {point.strip()!r:.40}")
            at = match.end()
            prefix, value = match.groups()
            if prefix:
                manner[channel] = prefix
            if channel in (x, y) and value not in "*?":
                amount = _float(value, "trace")
                how = manner.get(channel, "!")
                if how == '"':
                    step[channel] = step.get(channel, 0.0) + amount
                    amount = last.get(channel, 0.0) + step[channel]
                elif how == "'":
                    step[channel] = amount
                    amount += last.get(channel, 0.0)
                last[channel] = amount
            channel += 1
        if x in last and y in last:
            points.append(complex(last[x], last[y]))
    return points


# IAM-OnDB: Liwicki & Bunke 2005, "IAM-OnDB - an on-line English sentence database"


def _iam(root: Element) -> list[InkSample]:
    """One sample: a form (whose text is in the file) or a line (whose text lies beside it)."""
    rows = []
    for stroke in root.iter("Stroke"):
        rows.append([complex(_float(point.get("x"), "Point x"), _float(point.get("y"), "Point y")) for point in stroke.iter("Point")])
    form = next(root.iter("Form"), None)
    lines = [line.get("text", "") for line in root.iter("TextLine")]
    text = "\n".join(line for line in lines if line) or next(((part.text or "").strip() for part in root.iter("Text")), "")
    return [
        InkSample(
            text.replace("&apos;", "'").replace("&quot;", '"')[:MAX_TEXT],
            strokes_from(rows),
            (form.get("writerID", "") if form is not None else "")[:200],
            "form",
        )
    ]


# Xournal++: https://xournalpp.github.io, a gzip of pages of layers of <stroke tool="pen">x y x y ...


def _xournal(root: Element) -> list[InkSample]:
    """A sample a page; its text lies beside the file."""
    samples = []
    for number, page in enumerate(root.iter("page"), 1):
        rows = []
        for stroke in page.iter("stroke"):
            if stroke.get("tool", "pen") != "pen":
                continue
            values = [_float(value, "stroke") for value in (stroke.text or "").split()]
            if len(values) % 2:
                raise Problem(f"page {number}: a stroke of {len(values)} numbers, which are no pairs")
            rows.append([complex(x, y) for x, y in zip(values[::2], values[1::2], strict=True)])
        samples.append(InkSample("", strokes_from(rows), "", f"page {number}"))
    return samples
