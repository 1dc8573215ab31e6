// Everything the server can say has words on screen.

import { expect, test } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { errorCodes } from "../../../src/core/errors.js";
import { paceReasons, streamStates } from "../../../src/core/feed.js";
import { dropReasons } from "../../../src/core/source.js";
import { emotionNames as viewerEmotions } from "../../../web/emotions.js";
import { codeWords, dropWords, paceWords, stateWords, wordsForCode, wordsForPace } from "../../../web/words.js";

test("emotions stand in the feed's order", () => {
  expect(viewerEmotions).toEqual(emotionNames);
});

test.each([
  ["error code", errorCodes, codeWords],
  ["stream state", Object.fromEntries(streamStates.map((s) => [s, s])), stateWords],
  ["drop reason", Object.fromEntries(dropReasons.map((r) => [r, r])), dropWords],
  ["reason of a pace", Object.fromEntries(paceReasons.map((r) => [r, r])), paceWords],
])("every %s has words, and none is left over", (_, told, shown) => {
  expect(Object.keys(shown).toSorted()).toEqual(Object.keys(told).toSorted());
});

test("no word on screen is a code", () => {
  for (const { what, hint } of Object.values(codeWords) as { what: string; hint?: string }[]) {
    expect(`${what} ${hint ?? ""}`).not.toMatch(/[a-z]_[a-z]/);
    expect(what).toMatch(/^[A-Z].*[^.]$/);
  }
});

test("a pace is one line", () => {
  expect(wordsForPace({ fps: 15, wantedFps: 15, reason: "every_frame" })).toBe("Every picture is analysed");
  expect(wordsForPace({ fps: 7.5, wantedFps: 15, reason: "engine_busy" })).toBe("The engine is busy: 7.5 of 15 pictures a second");
});

test("a code of a newer server shows what the server says", () => {
  expect(wordsForCode("from_the_future", "The lens cap is on.")).toEqual({ what: "The lens cap is on." });
  expect(wordsForCode("constructor", "x").what).toBe("x");
});
