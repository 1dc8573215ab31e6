import * as fc from "fast-check";
import { expect, it } from "vitest";
import { AppError } from "../../../src/core/errors.js";
import { changed, parseClientMessage, parseFeedQuery } from "../../../src/server/feed/subscription.js";

const parse = (query: string) => parseFeedQuery(new URLSearchParams(query));

it("reads the query of the feed's address", () => {
  expect(parse("")).toEqual({ streams: undefined, preview: false, resume: new Map() });
  expect(parse("streams=a,b&preview=jpeg&resume=a:12,b:-1&token=t")).toEqual({
    streams: new Set(["a", "b"]),
    preview: true,
    resume: new Map([
      ["a", 12],
      ["b", -1],
    ]),
  });
});

it.each(["streams=", "streams=A", "streams=a,,b", "preview=png", "resume=", "resume=a", "resume=a:", "resume=a:1.5", "resume=a:-2", "resume=a:1:2", "resume=A:1", "stream=a", "preview=none&preview=none"])("refuses ?%s", (query) => {
  expect(() => parse(query)).toThrow(expect.objectContaining({ code: "invalid_request" }));
});

it("changes what a message mentions", () => {
  const before = parse("streams=a&preview=jpeg&resume=a:1");
  expect(changed(before, { type: "subscribe" })).toEqual({ streams: undefined, preview: true, resume: new Map() });
  expect(changed(before, { type: "subscribe", streams: ["a"], previewStreams: ["b"] })).toEqual({ streams: new Set(["a"]), preview: true, previewStreams: new Set(["b"]), resume: new Map() });
  expect(changed(before, { type: "subscribe", streams: [], preview: "none", resume: { b: 3 } })).toEqual({ streams: new Set(), preview: false, resume: new Map([["b", 3]]) });
});

it("answers any text with a message or an AppError, nothing else", () => {
  const texts = fc.oneof(fc.string(), fc.json(), fc.record({ type: fc.constantFrom("subscribe", "x"), streams: fc.anything(), resume: fc.anything(), preview: fc.anything() }).map((value) => JSON.stringify(value)));
  fc.assert(
    fc.property(texts, (text) => {
      try {
        expect(parseClientMessage(text).type).toBe("subscribe");
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect((error as AppError).code).toBe("invalid_request");
      }
    }),
  );
});
