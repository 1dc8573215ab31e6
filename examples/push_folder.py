"""Sends the JPEG pictures of a folder and prints what was found in each. Start the server (npm start), then:
python3 examples/push_folder.py FOLDER [ws://127.0.0.1:8080/v1/push]
Needs the websockets package: apt-get install python3-websockets, or pip install websockets.

A camera with OpenCV does the same with mode "latest" (a newer picture takes the place of one that waits), and these lines for a picture:
    ok, picture = camera.read()                  # camera = cv2.VideoCapture(0)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
or without JPEG, format "raw":
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).tobytes()
"""
import asyncio
import itertools
import json
import pathlib
import struct
import sys
import time

import websockets


def size_of(path: pathlib.Path) -> tuple:
    """Width and height of a JPEG, out of its start-of-frame segment. One push declares one size."""
    data, at = path.read_bytes(), 2
    while at + 9 < len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + length
    return 0, 0


async def push(url: str, size: tuple, paths: list) -> None:
    async with websockets.connect(url) as socket:
        config = {"type": "config", "v": 1, "format": "jpeg", "width": size[0], "height": size[1], "mode": "lossless", "name": paths[0].parent.name}
        # These are no video: what one picture shows says nothing of the next. Leave it out for a camera.
        config["settings"] = {"smoothingMs": 0}
        await socket.send(json.dumps(config))
        ready = json.loads(await socket.recv())
        if ready["type"] != "ready":
            print(f"refused: {ready['message']}", file=sys.stderr)
            return
        waiting = list(enumerate(paths))
        unanswered = 0
        while waiting or unanswered:
            # As many frames as there are credits, then wait for an answer: each gives one back.
            while waiting and unanswered < ready["credits"]:
                frame_id, path = waiting.pop(0)
                # Version 1, kind 1 (a frame), 0, frame id, capture time in milliseconds since 1970; then the picture.
                header = struct.pack(">BBHdd", 1, 1, 0, frame_id, time.time() * 1000)
                await socket.send(header + path.read_bytes())
                unanswered += 1
            answer = json.loads(await socket.recv())
            if answer["type"] == "bye":
                print(f"the server ended it: {answer['message']}", file=sys.stderr)
                return
            if answer["type"] not in ("frame", "dropped"):
                continue
            unanswered -= 1
            name = paths[answer["frameId"]].name
            if answer["type"] == "dropped":
                print(f"{name}: not analysed, {answer.get('message', answer['reason'])}", flush=True)
                continue
            faces = [f"{face['label']} {face['smoothed'][face['label']]:.0%}" for face in answer["faces"]]
            print(f"{name}: {', '.join(faces) or 'no face'}", flush=True)


async def main(folder: str, url: str) -> None:
    paths = sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in (".jpg", ".jpeg"))
    for size, group in itertools.groupby(sorted(paths, key=size_of), key=size_of):
        await push(url, size, list(group))


if len(sys.argv) < 2:
    sys.exit("Expected a folder: push_folder.py FOLDER [ADDRESS]")
asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "ws://127.0.0.1:8080/v1/push"))
