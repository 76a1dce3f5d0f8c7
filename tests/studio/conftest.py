"""A capture server on a free port of this machine."""

import threading

import pytest

from plotwriter.studio.capture import Capture, CaptureServer


@pytest.fixture
def server(tmp_path):
    found = CaptureServer(Capture.resume("mine", tmp_path / "mine.json"))
    thread = threading.Thread(target=found.serve)
    thread.start()
    yield found
    found.close()
    thread.join()
