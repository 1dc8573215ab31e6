import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, redactUrl } from "../../../src/ingest/redact.js";

describe("redactUrl", () => {
  it.each([
    ["rtsp://cam/1", "rtsp://cam/1"],
    ["rtsp://ann:secret@cam:554/1", "rtsp://***@cam:554/1"],
    ["rtsp://ann@cam/1", "rtsp://***@cam/1"],
    ["rtsp://ann:p@ss@cam/1", "rtsp://***@cam/1"],
    ["rtsp://ann:p/ss@cam:port/1", "rtsp://***@cam:port/1"],
    ["http://h/a?token=abc&x=1#f", "http://h/a?token=***&x=***#f"],
    ["http://h/a@2x.png", "http://h/a@2x.png"],
    ["/v/clip@home?.mp4", "/v/clip@home?.mp4"],
  ])("%s -> %s", (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

describe("createRedactor", () => {
  const redact = createRedactor("rtsp://ann:p%40ss%20word@cam:554/1?key=abcdef");

  it.each([
    "rtsp://ann:p%40ss%20word@cam:554/1?key=abcdef: Connection refused",
    "Authorization for p@ss word failed",
    "[tcp] Connection to tcp://ann:p%40ss%20word@cam:554?timeout=0 failed",
    "key abcdef is wrong",
  ])("%s", (line) => {
    for (const secret of ["p%40ss%20word", "p@ss word", "abcdef"]) expect(redact(line)).not.toContain(secret);
  });

  it("takes them out of other addresses too", () => {
    expect(redact("moved to http://bob:other@host/x?sig=zzz")).toBe("moved to http://***@host/x?sig=***");
  });

  it("leaves plain words alone", () => {
    expect(createRedactor("rtsp://cam/1")("method DESCRIBE failed: 404 Not Found")).toBe("method DESCRIBE failed: 404 Not Found");
    expect(createRedactor("/v/clip.mp4")("/v/clip.mp4: Invalid data")).toBe("/v/clip.mp4: Invalid data");
  });

  it("no password of any kind survives in its own address (property)", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 20 }), (password) => {
        fc.pre(!"rtsp://***@cam/1: failed for *** (***)".includes(password));
        const url = `rtsp://ann:${encodeURIComponent(password)}@cam/1`;
        const line = createRedactor(url)(`${url}: failed for ${password} (${encodeURIComponent(password)})`);
        expect(line).not.toContain(password);
        expect(line).toContain("@cam/1");
      }),
    );
  });
});
