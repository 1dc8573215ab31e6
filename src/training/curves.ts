// The course of a run as a picture: loss and accuracy over epochs, training and fold, from before the first step on.

import sharp from "sharp";
import type { EpochRecord } from "./checkpoint.js";
import { linePlot, stack } from "./report/plot.js";

const colours = { train: "#b0632f", fold: "#2f6cb0", recall: "#5a9a58" };

/** The curves as SVG. */
export function curvesSvg(history: readonly EpochRecord[]): string {
  const points = (y: (r: EpochRecord) => number) => history.map((r): [number, number] => [r.epoch, y(r)]);
  return stack([
    linePlot({
      title: "Loss (cross-entropy with the votes, nats)",
      x: "epoch",
      lines: [
        { name: "training (augmented)", colour: colours.train, points: points((r) => r.trainLoss) },
        { name: "fold (averaged weights)", colour: colours.fold, points: points((r) => r.foldLoss) },
      ],
    }),
    linePlot({
      title: "Accuracy (majority label)",
      x: "epoch",
      range: [0, 1],
      lines: [
        { name: "training (augmented)", colour: colours.train, points: points((r) => r.trainAccuracy) },
        { name: "fold", colour: colours.fold, points: points((r) => r.foldAccuracy) },
        { name: "fold, mean recall", colour: colours.recall, points: points((r) => r.foldMeanRecall) },
      ],
    }),
  ]);
}

/** The curves as PNG. */
export function curvesPng(history: readonly EpochRecord[]): Promise<Buffer> {
  return sharp(Buffer.from(curvesSvg(history))).png().toBuffer();
}
