// An inference worker that dies of the colour of its picture; put in the place of the one that ships, in a copy of the installation. Finds no faces.
// Of red (throws), green (exits) and blue (takes all memory) only once each: another worker then answers about the same picture. Of yellow always.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "./worker-serve.js";

const deaths = {
  red: () => setImmediate(() => {
    throw new Error("died of red");
  }),
  green: () => process.exit(3),
  blue: () => {
    for (const all = []; ; ) all.push(Array.from({ length: 1_000_000 }).fill(1));
  },
  yellow: () => process.exit(4),
};

await serve(async () => ({
  info: { name: "mortal", version: "1", models: [] },
  async run(batch) {
    for (const { picture } of batch) {
      const colour = colourOf(picture);
      if (colour !== undefined && (colour === "yellow" || isFirst(colour))) {
        deaths[colour]();
        await new Promise((resolve) => setTimeout(resolve, 60_000)); // of what was thrown aside
      }
    }
    return batch.map(() => []);
  },
  close: async () => undefined,
}));

function colourOf({ data }) {
  const [r, g, b] = [data[0] > 180, data[1] > 180, data[2] > 180];
  if (r && g && !b) return "yellow";
  if (r && !g && !b) return "red";
  if (!r && g && !b) return "green";
  return !r && !g && b ? "blue" : undefined;
}

/** Over all workers, those to come included: making a folder is one step. */
function isFirst(colour) {
  try {
    mkdirSync(fileURLToPath(new URL(`died-of-${colour}`, import.meta.url)));
    return true;
  } catch {
    return false;
  }
}
