// What the client module and the viewer write is what the server reads.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pushAddress } from "../../../src/client/address.js";
import { encodeFrame } from "../../../src/client/push-frame.js";
import { decodeFrame } from "../../../src/server/push/frame-header.js";
import { encodeFrame as encodeFrameOfViewer } from "../../../web/push-frame.js";

describe.each([
  ["the client module", encodeFrame],
  ["the viewer", encodeFrameOfViewer],
])("%s", (_name, encode) => {
  it("writes frames that the server reads", () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.double({ min: 0, max: 4e12, noNaN: true }), fc.uint8Array({ maxLength: 40 }), (frameId, capturedAtMs, data) => {
        const read = decodeFrame(encode(frameId, capturedAtMs, data));
        expect({ ...read, data: [...read.data] }).toEqual({ frameId, capturedAtMs, data: [...data] });
      }),
    );
  });
});

it.each([
  ["http://127.0.0.1:8080", undefined, "ws://127.0.0.1:8080/v1/push"],
  ["https://emo.example/cams/", "t", "wss://emo.example/cams/v1/push?token=t"],
  ["ws://host/v1/push", undefined, "ws://host/v1/push"],
  ["http://host/?token=abc", undefined, "ws://host/v1/push?token=abc"],
])("makes the address for frames of %s", (server, token, address) => {
  expect(pushAddress(server, token).href).toBe(address);
});
