"""Prints who feels what, live. Start the server (npm start), then: python3 examples/subscribe.py
Needs the websockets package: apt-get install python3-websockets, or pip install websockets."""
import asyncio
import json
import sys

import websockets


async def main(url: str) -> None:
    async with websockets.connect(url) as feed:
        async for text in feed:
            message = json.loads(text)
            if message["type"] != "frame":
                continue
            for face in message["faces"]:
                share = face["smoothed"][face["label"]]
                print(f"{message['streamId']} face {face['trackId']}: {face['label']} {share:.0%}", flush=True)


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/v1/feed"))
