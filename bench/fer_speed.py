# How long Python's `fer` package takes for frames, with MTCNN or Haar: for bench/pipeline.mjs. Arguments: width, height, `mtcnn` or `haar`, passes; frames on
# stdin, RGB, one after the other. Seconds a frame of each pass and the boxes of each frame (x, y, width, height) as one JSON document on stdout. Ends with 3 where `fer` is not installed.
import json
import sys
import time

# Before anything can fail: whoever writes must not meet a closed pipe.
pixels = sys.stdin.buffer.read()

try:
    import numpy

    try:
        from fer import FER
    except ImportError:  # since 25.10
        from fer.fer import FER
    from importlib.metadata import version
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)

width, height, passes = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[4])
frames = numpy.frombuffer(pixels, numpy.uint8).reshape(-1, height, width, 3)
# `fer` takes pictures as OpenCV has them.
frames = [numpy.ascontiguousarray(frame[:, :, ::-1]) for frame in frames]
detector = FER(mtcnn=sys.argv[3] == "mtcnn")
for frame in frames[:3]:
    detector.detect_emotions(frame)
seconds, boxes = [], []
for _ in range(passes):
    started = time.perf_counter()
    boxes = [[[int(side) for side in face["box"]] for face in detector.detect_emotions(frame)] for frame in frames]
    seconds.append((time.perf_counter() - started) / len(frames))
json.dump({"version": version("fer"), "secondsPerFrame": seconds, "boxes": boxes}, sys.stdout)
