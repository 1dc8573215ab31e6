import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { decodeArrays, encodeArrays } from "../../../src/training/array-file.js";
import { readClassFolders, reports } from "../../../src/training/data/class-folders.js";
import { readFaceData } from "../../../src/training/data/sources.js";
import { readClassFoldersCached, readFerPlusCached } from "../../../src/training/data/cache.js";
import { balance, facePixels, faceSize, pixelStatistics, priorOf, type FaceSet } from "../../../src/training/data/face-set.js";
import { locateFerPlus, parseLabels, readFerPlus, targetOf } from "../../../src/training/data/ferplus.js";
import { duplicateGroups } from "../../../src/training/data/near-duplicates.js";
import { splitFaces } from "../../../src/training/data/split.js";
import { tarEntries } from "../../../src/training/data/tar.js";
import { describeSplit } from "../../../src/training/report/data-text.js";
import { randomFor } from "../../../src/training/random.js";

// Columns: neutral happiness surprise sadness anger disgust fear contempt unknown NF.
const trainLabels = `a.png,"(0, 0, 48, 48)",4,0,0,1,3,2,0,0,0,0\nb.png,"(0, 0, 48, 48)",0,10,0,0,0,0,0,0,0,0\nc.png,"(0, 0, 48, 48)",1,0,0,0,0,0,0,0,9,0\n`;
const validLabels = `d.png,"(0, 0, 48, 48)",0,0,0,0,0,0,8,0,2,0\n`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-data-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("FER+", () => {
  it("drops single votes and leaves out faces that are mostly something else", () => {
    const face = targetOf([4, 0, 0, 1, 3, 2, 0, 0, 0, 0])!;
    expect(emotionNames[face.label]).toBe("neutral");
    expect(face.target[emotionNames.indexOf("neutral")]).toBeCloseTo(4 / 9, 12);
    expect(face.target[emotionNames.indexOf("anger")]).toBeCloseTo(3 / 9, 12);
    expect(face.target[emotionNames.indexOf("sadness")]).toBe(0);
    expect(face.agreement).toBeCloseTo(0.4, 12);
    expect(targetOf([1, 0, 0, 0, 0, 0, 0, 0, 9, 0])).toBeUndefined();
    expect(targetOf([2, 0, 0, 0, 0, 0, 0, 8, 0, 0])).toBeUndefined();
    expect(targetOf([1, 1, 1, 1, 1, 1, 1, 1, 1, 1])).toBeUndefined();
  });

  it("tells which line of label.csv does not fit", () => {
    expect(() => parseLabels(`a.png,"(0, 0, 48, 48)",1,2,3\n`)).toThrow(/line 1/);
  });

  it("reads the same faces from a folder, an archive and the cache", async () => {
    const files = await smallSet();
    for (const [name, data] of files) {
      await mkdir(join(folder, "set", name.split("/")[0]!), { recursive: true });
      await writeFile(join(folder, "set", name), data);
    }
    await writeFile(join(folder, "packed.tar.gz"), gzipSync(tar(files.map(([name, data]) => [`data/${name}`, data]))));
    const fromFolder = await readFerPlus(join(folder, "set"));
    // A name without its ending finds the archive, as `../shared/data/ferplus` does.
    const fromArchive = await readFerPlusCached(join(folder, "packed"), join(folder, "cache"));
    const fromCache = await readFerPlusCached(join(folder, "packed"), join(folder, "cache"));
    expect(fromFolder.FER2013Train.names).toEqual(["a.png", "b.png"]);
    expect(fromFolder.FER2013Valid.count).toBe(1);
    expect(fromFolder.FER2013Train.pixels[facePixels]).toBe(200);
    expect(fromArchive).toEqual(fromFolder);
    expect(fromCache).toEqual(fromFolder);
    expect(balance(fromCache.FER2013Train)[emotionNames.indexOf("happiness")]).toBe(1);
    expect(priorOf(fromCache.FER2013Train).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it("names what is missing and what cannot be read", async () => {
    expect(() => locateFerPlus(join(folder, "nothing"))).toThrow(expect.objectContaining({ code: "data_missing" }));
    const files = (await smallSet()).map(([name, data]): [string, Buffer] => [name, name.endsWith("b.png") ? data.subarray(0, 30) : data]);
    await writeFile(join(folder, "cut.tar.gz"), gzipSync(tar(files)));
    await expect(readFerPlus(join(folder, "cut.tar.gz"))).rejects.toThrow(expect.objectContaining({ code: "invalid_picture", message: "Cannot read FER2013Train/b.png." }));
    await writeFile(join(folder, "less.tar.gz"), gzipSync(tar(files.filter(([name]) => !name.endsWith("a.png")))));
    await expect(readFerPlus(join(folder, "less.tar.gz"))).rejects.toThrow(expect.objectContaining({ code: "data_missing" }));
  });
});

describe("other data", () => {
  it("reads FER2013's CSV and names the line that does not fit", async () => {
    const file = join(folder, "fer2013.csv");
    await writeFile(file, `emotion,pixels,Usage\n3,${greys(7)},Training\n0,${greys(9)},PublicTest\n6,${greys(1)},PrivateTest\n`);
    const data = await readFaceData({ path: file, cache: folder });
    expect([data.train.count, data.report.count]).toEqual([1, 1]);
    expect(emotionNames[data.train.labels[0]!]).toBe("happiness");
    expect(data.report.pixels[0]).toBe(9);
    await writeFile(file, `emotion,pixels,Usage\n3,${greys(7)},Training\n7,${greys(9)},Training\n`);
    await expect(readFaceData({ path: file, cache: folder })).rejects.toThrow(/line 3/);
    await expect(readFaceData({ path: join(folder, "none.csv"), cache: folder })).rejects.toThrow(expect.objectContaining({ code: "data_missing" }));
  });

  it("reads class folders of any size, whole groups on one side, and cuts where it is told", async () => {
    const root = join(folder, "faces");
    for (const [i, name] of ["anger", "neutral"].entries()) {
      await mkdir(join(root, name), { recursive: true });
      for (let group = 0; group < 12; group++) {
        for (const n of [1, 2]) await writeFile(join(root, name, `p${group}_${n}.png`), await sharp({ create: { width: 80 + group, height: 100, channels: 3, background: { r: 50 + i * 100, g: 50 + i * 100, b: 50 + i * 100 } } }).png().toBuffer());
      }
    }
    await mkdir(join(root, "other"));
    await writeFile(join(root, "other", "x.png"), "ignored");
    const data = await readFaceData({ path: root, cache: folder });
    expect(data.train.count + data.report.count).toBe(48);
    expect(data.report.count).toBeGreaterThan(0);
    expect([...groupsOf(data.train.names)].filter((g) => groupsOf(data.report.names).has(g))).toEqual([]);
    expect(data.train.pixels[data.train.names.indexOf(data.train.names.find((n) => n.startsWith("neutral"))!) * facePixels]).toBe(150);
    const crop = { align: "box" as const, points: [], boxScale: 1, boxShift: 0 };
    const cut = await readClassFolders(root, { crop, find: (picture) => Promise.resolve(picture.width === 80 ? undefined : { box: { x: 10, y: 10, width: 40, height: 40 } }) });
    expect(cut.train.count + cut.report.count).toBe(44);
    expect(cut.without).toBe(reports("anger/p0_1.png") ? 4 : 0);
    await writeFile(join(root, "anger", "p1_9.png"), "no picture");
    await expect(readFaceData({ path: root, cache: folder })).rejects.toThrow(expect.objectContaining({ code: "invalid_picture", message: "Cannot read anger/p1_9.png." }));
  });
});

describe("further sets (--also)", () => {
  it("train with their training part alone, and an archive is cut once", async () => {
    const set = async (root: string, value: number, groups: number) => {
      for (const name of ["anger", "neutral"]) {
        await mkdir(join(folder, root, name), { recursive: true });
        for (let group = 0; group < groups; group++) await writeFile(join(folder, root, name, `${root}${group}_1.png`), await png(value + group));
      }
    };
    await set("own", 20, 12);
    await set("more", 120, 14);
    let cuts = 0;
    const cut = { crop: { align: "box" as const, points: [], boxScale: 1, boxShift: 0 }, find: () => Promise.resolve((cuts++, { box: { x: 4, y: 4, width: 40, height: 40 } })) };
    const alone = await readFaceData({ path: join(folder, "own"), cache: folder });
    const both = await readFaceData({ path: join(folder, "own"), also: [join(folder, "more")], cache: folder });
    expect(both.name).toBe("class folders and more");
    expect(both.train.names).toEqual(alone.train.names);
    expect(both.report.names).toEqual(alone.report.names);
    const expected = ["anger", "neutral"].flatMap((name) => Array.from({ length: 14 }, (_, group) => `${name}/more${group}_1.png`)).filter((name) => !reports(name));
    expect(both.also.map((s) => s.names.toSorted())).toEqual([expected.toSorted()]);

    const archive = join(folder, "more.tar.gz");
    await writeFile(archive, gzipSync(tar(await Promise.all(expected.map(async (name) => [name, await png(120)] as const)))));
    const first = await readClassFoldersCached(archive, folder, cut);
    expect(cuts).toBe(expected.length);
    expect(await readClassFoldersCached(archive, folder, cut)).toEqual(first);
    expect(cuts).toBe(expected.length);
    await readClassFoldersCached(archive, folder, { ...cut, crop: { ...cut.crop, boxScale: 1.5 } });
    expect(cuts).toBe(2 * expected.length);
    await expect(readFaceData({ path: join(folder, "own"), also: [join(folder, "none")], cache: folder })).rejects.toThrow(expect.objectContaining({ code: "data_missing" }));
  });

  it("never choose, and are left out where the fold or the report set holds the same photo", () => {
    const own = setOf(textures(60));
    const report = setOf(own.pixels.slice(0, 2 * facePixels));
    const before = splitFaces(own, report);
    const inFold = Number(before.fold.names[0]!.slice("face".length));
    const fresh = textures(70).slice(62 * facePixels);
    const pixels = new Uint8Array(10 * facePixels);
    pixels.set(fresh);
    pixels.set(own.pixels.subarray(0, facePixels), 8 * facePixels);
    pixels.set(own.pixels.subarray(inFold * facePixels, (inFold + 1) * facePixels), 9 * facePixels);
    const also = { ...setOf(pixels), names: Array.from({ length: 10 }, (_, i) => `also${i}`) };
    const split = splitFaces(own, report, [also]);
    expect(split.fold.names).toEqual(before.fold.names);
    expect(split.train.names).toEqual([...before.train.names, ...also.names.slice(0, 8)]);
  });
});

describe("tar", () => {
  it("reads regular files and refuses a cut archive", () => {
    const archive = tar([["x/one.txt", Buffer.from("one")], ["two.bin", Buffer.alloc(700, 2)]]);
    expect([...tarEntries(archive)].map((e) => [e.path, e.data.length])).toEqual([["x/one.txt", 3], ["two.bin", 700]]);
    expect(() => [...tarEntries(archive.subarray(0, 1200))]).toThrow(RangeError);
  });
});

describe("array file", () => {
  it("gives back header and arrays, and refuses a changed byte", () => {
    const bytes = encodeArrays({ a: 1 }, [Float32Array.of(1.5, -2), Uint8Array.of(1, 2, 3), Float32Array.of(3)]);
    expect(decodeArrays(bytes)).toEqual({ header: { a: 1 }, arrays: [Float32Array.of(1.5, -2), Uint8Array.of(1, 2, 3), Float32Array.of(3)] });
    bytes[40]! ^= 1;
    expect(() => decodeArrays(bytes)).toThrow(expect.objectContaining({ code: "corrupt" }));
    expect(() => decodeArrays(Buffer.alloc(10))).toThrow(expect.objectContaining({ code: "corrupt" }));
  });
});

describe("duplicates and split", () => {
  it("finds the same photo, relit and slightly noisy, and nothing else", () => {
    const faces = textures(6);
    const random = randomFor(1, "noise");
    const pixels = new Uint8Array(8 * facePixels);
    pixels.set(faces);
    for (const [copy, of] of [[6, 2], [7, 6]] as const) {
      for (let i = 0; i < facePixels; i++) pixels[copy * facePixels + i] = Math.max(0, Math.min(255, pixels[of * facePixels + i]! * 0.9 + 10 + random.between(-3, 3)));
    }
    expect([...duplicateGroups(pixels, 8)]).toEqual([0, 1, 2, 3, 4, 5, 2, 2]);
  });

  it("keeps groups together, leaves out what the report set repeats, and does not depend on order", () => {
    const train = setOf(textures(60));
    for (let i = 0; i < 10; i++) train.pixels.copyWithin((50 + i) * facePixels, i * facePixels, (i + 1) * facePixels);
    const report = setOf(train.pixels.slice(20 * facePixels, 23 * facePixels));
    const split = splitFaces(train, report);
    expect(split.duplicates).toEqual({ withinTrain: 10, leftOut: 3, inReport: 3 });
    expect(split.train.count + split.fold.count).toBe(57);
    for (let i = 0; i < 10; i++) expect(split.train.names.includes(`face${i}`)).toBe(split.train.names.includes(`face${50 + i}`));
    expect(split.fold.count).toBeGreaterThan(0);
    const text = describeSplit(split).split("\n");
    expect(text[1]).toMatch(new RegExp(`^anger +${split.train.count} +${split.fold.count} +3$`));
    expect(text.at(-1)).toContain("3 training faces left out");
    expect(pixelStatistics(split.train).deviation).toBeGreaterThan(10);
  });
});

function greys(value: number): string {
  return Array.from({ length: facePixels }, () => value).join(" ");
}

function groupsOf(names: readonly string[]): Set<string> {
  return new Set(names.map((n) => n.split("/").at(-1)!.split("_")[0]!));
}

function png(value: number): Promise<Buffer> {
  return sharp({ create: { width: faceSize, height: faceSize, channels: 3, background: { r: value, g: value, b: value } } }).toColourspace("b-w").png().toBuffer();
}

async function smallSet(): Promise<[string, Buffer][]> {
  return [
    ["FER2013Train/label.csv", Buffer.from(trainLabels)],
    ["FER2013Train/a.png", await png(100)],
    ["FER2013Train/b.png", await png(200)],
    ["FER2013Train/c.png", await png(50)],
    ["FER2013Valid/label.csv", Buffer.from(validLabels)],
    ["FER2013Valid/d.png", await png(30)],
  ];
}

function tar(files: readonly (readonly [string, Buffer])[]): Buffer {
  const blocks = files.flatMap(([name, data]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(data.length.toString(8).padStart(11, "0"), 124);
    header.write("0", 156);
    header.write("ustar", 257);
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Smooth random pictures, all different. */
function textures(count: number): Uint8Array {
  const pixels = new Uint8Array(count * facePixels);
  for (let face = 0; face < count; face++) {
    const random = randomFor(face, "texture");
    const waves = Array.from({ length: 8 }, () => [random.between(-0.5, 0.5), random.between(-0.5, 0.5), random.between(0, 7), random.between(5, 20)] as const);
    for (let i = 0; i < facePixels; i++) pixels[face * facePixels + i] = 128 + waves.reduce((s, [u, v, p, a]) => s + a * Math.sin(u * (i % faceSize) + v * Math.floor(i / faceSize) + p), 0);
  }
  return pixels;
}

function setOf(pixels: Uint8Array): FaceSet {
  const count = pixels.length / facePixels;
  return { count, pixels, targets: new Float32Array(count * 7).fill(1 / 7), labels: new Uint8Array(count), agreement: new Float32Array(count), names: Array.from({ length: count }, (_, i) => `face${i}`) };
}
