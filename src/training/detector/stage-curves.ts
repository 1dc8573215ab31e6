// The course of a detector's training as a picture: losses and shares found of each stage over its epochs.

import sharp from "sharp";
import { linePlot, stack } from "../report/plot.js";
import type { StageRecord } from "./train-stage.js";

const colours = { train: "#b0632f", face: "#2f6cb0", box: "#5a9a58", points: "#8a4fa3" };

/** Curves of all stages that have a history, as PNG. */
export function stageCurvesPng(histories: readonly (readonly StageRecord[])[]): Promise<Buffer> {
  const plots = histories.filter((h) => h.length > 0).flatMap((history) => {
    const stage = history[0]!.stage;
    const points = (y: (r: StageRecord) => number) => history.map((r): [number, number] => [r.epoch, y(r)]);
    return [
      linePlot({
        title: `${stage}: losses`,
        x: "epoch",
        lines: [
          { name: "training, weighted sum", colour: colours.train, points: points((r) => r.trainLoss) },
          { name: "held: face", colour: colours.face, points: points((r) => r.heldFaceLoss) },
          { name: "held: box", colour: colours.box, points: points((r) => r.heldBoxLoss) },
          { name: "held: points", colour: colours.points, points: points((r) => r.heldPointLoss) },
        ],
      }),
      linePlot({
        title: `${stage}: held windows with a score above 0.5`,
        x: "epoch",
        range: [0, 1],
        lines: [
          { name: "of the positives", colour: colours.face, points: points((r) => r.heldFound) },
          { name: "of the negatives", colour: colours.train, points: points((r) => r.heldFalse) },
        ],
      }),
    ];
  });
  return sharp(Buffer.from(stack(plots))).png().toBuffer();
}
