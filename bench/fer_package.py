# Emotions of ready-cut faces by Python's `fer` package, for bench/accuracy.mjs: faces on stdin (48x48 bytes each), a list of
# seven probabilities a face, in the order of the feed, as one JSON document on stdout. Ends with 3 where `fer` is not installed.
import json
import sys

# Before anything can fail: whoever writes must not meet a closed pipe.
pixels = sys.stdin.buffer.read()

try:
    import numpy
    try:
        from fer import FER
    except ImportError:  # since 25.10
        from fer.fer import FER
    try:
        from fer import __version__ as version
    except ImportError:
        from importlib.metadata import version as version_of
        version = version_of("fer")
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)

side = 48
# `fer` widens every rectangle by 10 pixels: this one becomes the whole face.
rectangle = [(10, 10, side - 20, side - 20)]
names = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
faces = numpy.frombuffer(pixels, numpy.uint8).reshape(-1, side, side)
detector = FER()
rows = []
for face in faces:
    found = detector.detect_emotions(numpy.repeat(face[:, :, None], 3, axis=2), face_rectangles=rectangle)
    rows.append([float(found[0]["emotions"][name]) for name in names])
json.dump({"version": version, "rows": rows}, sys.stdout)
