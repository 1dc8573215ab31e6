// The rules of `privacy`, apart from everything that asks them.

import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import { allowsPictures, declarationOf, declarationText, dropsUploads, pictureRefusal, privacySettings, refusePictureFormats } from "../../../src/core/privacy.js";
import { resultFormats } from "../../../src/core/result-formats.js";

const parse = (privacy: object) => parseConfig({ privacy }).privacy;
const strict = { mode: "strict", purpose: "reactions to our trailer", setting: "research" };

describe("what must be named", () => {
  test("nothing, as long as the mode is off", () => {
    expect(parse({})).toEqual({ mode: "off" });
    expect(declarationOf(parse({}))).toBeUndefined();
  });

  test.each([
    [{ mode: "strict" }, "--purpose"],
    [{ mode: "strict", setting: "research" }, "--purpose"],
    [{ mode: "strict", purpose: "reactions to our trailer" }, "--setting and one of home, research,"],
  ])("strict with %j is refused with what to type", (privacy, typed) => {
    expect(() => parse(privacy)).toThrow(expect.objectContaining({ code: "privacy_undeclared", message: expect.stringContaining(typed) as string }) as Error);
  });

  test.each([
    { ...strict, purpose: " a " },
    { ...strict, purpose: "two\nlines" },
    { ...strict, purpose: "x".repeat(301) },
    { ...strict, setting: "casino" },
    { ...strict, mode: "very strict" },
    { ...strict, exception: { ground: "medical", reason: "because I say so" } },
    { ...strict, setting: "workplace", exception: { ground: "profit", reason: "because I say so" } },
    { ...strict, setting: "workplace", exception: { ground: "medical", reason: "short" } },
    { ...strict, setting: "workplace", exception: { ground: "medical" } },
  ])("%j does not fit the schema", (privacy) => {
    expect(() => parse(privacy)).toThrow(expect.objectContaining({ code: "invalid_config" }) as Error);
  });

  test("the declaration holds what was named, also with the mode off", () => {
    expect(declarationOf(parse(strict))).toEqual(strict);
    expect(declarationOf(parse({ purpose: "my own face" }))).toEqual({ mode: "off", purpose: "my own face" });
  });
});

describe("uses that the AI Act forbids", () => {
  test.each(["workplace", "education"].flatMap((setting) => ["off", "strict"].map((mode) => ({ ...strict, setting, mode }))))("%j is refused, by its article and with what to type", (privacy) => {
    expect(() => parse(privacy)).toThrow(expect.objectContaining({ code: "use_forbidden", message: expect.stringMatching(/Article 5\(1\)\(f\).*--exception "medical: why"/) as string }) as Error);
  });

  test.each(privacySettings.filter((s) => s !== "workplace" && s !== "education"))("%s is not", (setting) => {
    expect(parse({ ...strict, setting }).setting).toBe(setting);
  });

  test("a stated medical or safety reason is taken and stands in every declaration", () => {
    const privacy = parse({ ...strict, setting: "workplace", exception: { ground: "safety", reason: "drivers who fall asleep" } });
    expect(declarationOf(privacy)?.exception).toEqual({ ground: "safety", reason: "drivers who fall asleep" });
    expect(declarationText(declarationOf(privacy)!)).toBe("privacy: strict; purpose: reactions to our trailer; setting: workplace; exception: safety, drivers who fall asleep");
  });
});

test("strict: no pictures, no result that is one, no uploads that stay; off: all of them", () => {
  const [off, on] = [parse({}), parse(strict)];
  expect([allowsPictures(off), allowsPictures(on), dropsUploads(off), dropsUploads(on)]).toEqual([true, false, false, true]);
  expect(pictureRefusal(off, "Snapshots")).toBeUndefined();
  expect(pictureRefusal(on, "Snapshots")).toMatchObject({ code: "no_pictures", message: expect.stringMatching(/^Snapshots: /) as string });
  const refused = resultFormats.filter((format) => {
    try {
      refusePictureFormats(on, [format]);
      return false;
    } catch {
      return true;
    }
  });
  expect(refused).toEqual(["mp4", "png"]);
  expect(() => refusePictureFormats(off, resultFormats)).not.toThrow();
});
