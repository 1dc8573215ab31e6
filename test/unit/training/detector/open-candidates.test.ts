import { afterEach, beforeEach, expect, it } from "vitest";
import { openCascadeCandidate } from "../../../../src/training/detector/open-candidates.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";
import { writeUntrainedDetector } from "../../../support/untrained-detector.js";

let folder: TempFolder;

beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

it("a cascade is called thorough where it looks so, with the thresholds of that", async () => {
  const seen = async (thorough: boolean) => {
    await using candidate = await openCascadeCandidate(folder.path, { thorough });
    return [candidate.name, candidate.threshold];
  };
  await writeUntrainedDetector(folder.path, { change: { name: "one", scoreThresholds: [0.5, 0.5, 0.75], thorough: { scoreThresholds: [0.25, 0.25, 0.5], scaleFactor: 0.8 } } });
  expect(await seen(false)).toEqual(["one", 0.75]);
  expect(await seen(true)).toEqual(["one (thorough)", 0.5]);
  await writeUntrainedDetector(folder.path, { change: { name: "one", scoreThresholds: [0.5, 0.5, 0.75] } });
  expect(await seen(true)).toEqual(["one", 0.75]);
});
