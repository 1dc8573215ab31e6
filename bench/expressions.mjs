// The whole way on web photos: decoder, detector, crop and emotion model, label of the largest face, on the part of expressions.tar.gz
// that never trains (one group in five). Faces that are not found count as wrong; without them beside it. Our emotion model behind Human's
// detector, and Human with its own, on the same photos in the same run.
//
// Usage, after `npm run build`: node bench/expressions.mjs [--data ../shared/data] [--faces 500] [--json] [--write]
import { join } from "node:path";
import sharp from "sharp";
import { machine, option, root, writeSection } from "./report.mjs";
import { demand, openPath, percent, predictAll, recallsOf, spread } from "./whole-path.mjs";

const archive = join(option("data", join(root, "../shared/data")), "expressions.tar.gz");
const most = Number(option("faces", "500"));
/** Photos are also turned by so many degrees: the crop turns them back. */
const rolls = [-30, 30];
demand(archive);
const { emotionNames } = await import("../dist/core/emotions.js");
const { listLabelled, reports } = await import("../dist/training/data/class-folders.js");

const held = (await listLabelled(archive)).filter((p) => reports(p.name));
const classes = emotionNames.filter((_, k) => held.some((p) => p.label === k));
// As many of each class, so far as there are: the mean of the recalls does not depend on how common a class is.
const photos = classes.flatMap((name) => spread(held.filter((p) => emotionNames[p.label] === name), Math.ceil(most / classes.length)));
const counts = Object.fromEntries(classes.map((name) => [name, photos.filter((p) => emotionNames[p.label] === name).length]));

const runs = [];
const variants = [{ engine: {} }, ...rolls.map((degrees) => ({ engine: {}, degrees })), { engine: { name: "human" } }, { engine: { name: "human", emotions: "engine" } }];
for (const { engine, degrees } of variants) {
  const predictor = await openPath(engine);
  const { info } = predictor.engine;
  const results = await predictAll(predictor, photos, async (p) => (degrees === undefined ? p.read() : sharp(await p.read()).rotate(degrees, { background: "#808080" }).png().toBuffer()));
  await predictor[Symbol.asyncDispose]();
  const pairs = results.map(({ faces }, i) => ({ truth: emotionNames[photos[i].label], predicted: faces[0]?.label }));
  const found = pairs.filter((p) => p.predicted !== undefined);
  const name = info.emotion === undefined ? `${info.name} ${info.version}, its own emotion model` : `${info.emotion.model} ${info.emotion.version} (prior ${JSON.stringify(info.emotion.prior)}), faces by ${info.name} ${info.version}${degrees === undefined ? "" : `, photos rolled by ${degrees} degrees`}`;
  runs.push({ name, notFound: pairs.length - found.length, all: recallsOf(pairs), found: recallsOf(found) });
}

const result = { photos: photos.length, counts, runs };
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
else process.stdout.write(`${markdown()}\n`);
if (process.argv.includes("--write")) writeSection("expressions", markdown());

function markdown() {
  return [
    `${photos.length} photos of expressions.tar.gz whose groups never train (${classes.map((name) => `${counts[name]} ${name}`).join(", ")}), as \`predict\` takes them, label of the largest face.`,
    "",
    `| | mean recall, faces not found count as wrong | of the faces found | not found | ${classes.join(" | ")} |`,
    `|---|---|---|---|${classes.map(() => "---|").join("")}`,
    ...runs.map((r) => `| ${r.name} | **${percent(r.all.meanRecall)}** | ${percent(r.found.meanRecall)} | ${r.notFound} | ${classes.map((name) => percent(r.all.recalls[name])).join(" | ")} |`),
    "",
    `${machine()}. Written by \`node bench/expressions.mjs --faces ${most} --write\`.`,
  ].join("\n");
}
