// Planar pictures: where their planes lie, and what of them is RGB. The same numbers as assembly/pixels.ts makes, which is for speed; this is for where it does not count.

import type { AnyPicture, Picture, YuvMatrix } from "./frame.js";

/** Weights of red and blue in brightness, as ITU-R BT.601 and BT.709 state them. */
const weights = { bt601: { red: 0.299, blue: 0.114 }, bt709: { red: 0.2126, blue: 0.0722 } } as const satisfies Record<YuvMatrix, { red: number; blue: number }>;

/** From brightness of limited range (219 steps) and differences (112 to each side) to values of 0 to 255. */
const [lumaGain, chromaGain] = [255 / 219, 255 / 224] as const;
/** Brightness of black, and what stands for no colour. */
const black = 16;
const colourless = 128;

/** What a pixel's red, green and blue are made of, each as multiples of Y - 16, U - 128 and V - 128. */
export interface YuvCoefficients {
  readonly luma: number;
  readonly redOfV: number;
  readonly greenOfU: number;
  readonly greenOfV: number;
  readonly blueOfU: number;
}

/** Of that matrix, limited range. */
export function coefficientsOf(matrix: YuvMatrix): YuvCoefficients {
  const { red, blue } = weights[matrix];
  const green = 1 - red - blue;
  const [redOfV, blueOfU] = [2 * (1 - red) * chromaGain, 2 * (1 - blue) * chromaGain];
  return { luma: lumaGain, redOfV, greenOfU: (-blue * blueOfU) / green, greenOfV: (-red * redOfV) / green, blueOfU };
}

/** What brightness by BT.601 is made of, as multiples of Y - 16, U - 128 and V - 128: of Y alone where that matrix made the planes. */
export function greyCoefficientsOf(matrix: YuvMatrix): { readonly luma: number; readonly ofU: number; readonly ofV: number } {
  const { luma, redOfV, greenOfU, greenOfV, blueOfU } = coefficientsOf(matrix);
  if (matrix === "bt601") return { luma, ofU: 0, ofV: 0 };
  const { red, blue } = weights.bt601;
  const green = 1 - red - blue;
  return { luma, ofU: green * greenOfU + blue * blueOfU, ofV: red * redOfV + green * greenOfV };
}

/** Fixed point: coefficients are whole multiples of 2^-13, sums of 2^-5. */
const [coefficientBits, sumBits] = [13, 5] as const;

/** Coefficients as the fixed-point arithmetic takes them. */
export function fixedCoefficientsOf(matrix: YuvMatrix): YuvCoefficients {
  const { luma, redOfV, greenOfU, greenOfV, blueOfU } = coefficientsOf(matrix);
  return { luma: fixed(luma), redOfV: fixed(redOfV), greenOfU: fixed(greenOfU), greenOfV: fixed(greenOfV), blueOfU: fixed(blueOfU) };
}

function fixed(value: number): number {
  return Math.round(value * 2 ** coefficientBits);
}

/** A chroma plane's size, where its planes begin and how many bytes all take. */
export interface Planes {
  readonly chromaWidth: number;
  readonly chromaHeight: number;
  readonly u: number;
  readonly v: number;
  readonly bytes: number;
}

/** Of a planar picture of that size. */
export function planesOf({ width, height }: { readonly width: number; readonly height: number }): Planes {
  const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const u = width * height;
  const v = u + chromaWidth * chromaHeight;
  return { chromaWidth, chromaHeight, u, v, bytes: v + chromaWidth * chromaHeight };
}

/** Bytes of a picture of that size. */
export function pictureBytes(size: { readonly width: number; readonly height: number }, pixelFormat: AnyPicture["pixelFormat"]): number {
  return pixelFormat === "rgb24" ? size.width * size.height * 3 : planesOf(size).bytes;
}

/** A picture as RGB, four pixels with the colour they share; itself where it is RGB already. */
export function rgbOf(picture: AnyPicture): Picture {
  if (picture.pixelFormat === "rgb24") return picture;
  const { width, height, matrix, data } = picture;
  const { chromaWidth, u, v } = planesOf(picture);
  const { luma, redOfV, greenOfU, greenOfV, blueOfU } = fixedCoefficientsOf(matrix);
  const out = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const chroma = (y >> 1) * chromaWidth + (x >> 1);
      const [blueness, redness] = [data[u + chroma]! - colourless, data[v + chroma]! - colourless];
      const grey = product(data[y * width + x]! - black, luma) + (1 << (sumBits - 1));
      out[to] = (grey + product(redness, redOfV)) >> sumBits;
      out[to + 1] = (grey + product(blueness, greenOfU) + product(redness, greenOfV)) >> sumBits;
      out[to + 2] = (grey + product(blueness, blueOfU)) >> sumBits;
    }
  }
  return { width, height, pixelFormat: "rgb24", data: new Uint8Array(out.buffer) };
}

/** In multiples of 2^-5, rounded. */
function product(value: number, coefficient: number): number {
  return (value * coefficient + (1 << (coefficientBits - sumBits - 1))) >> (coefficientBits - sumBits);
}

/** Where brightness is read from: bytes from one pixel to the next, and what makes 0 to 255 of what is read there: less `black`, times `gain`. */
export interface BrightnessAt {
  readonly step: 1 | 3;
  readonly black: number;
  readonly gain: number;
}

/** Of a picture of that kind. */
export function brightnessAt({ pixelFormat }: Pick<AnyPicture, "pixelFormat">): BrightnessAt {
  return pixelFormat === "rgb24" ? { step: 3, black: 0, gain: 1 } : { step: 1, black, gain: lumaGain };
}

/** Four times the brightness of the pixel whose bytes begin at `at`; of RGB green weighs as much as red and blue, which is near enough. */
export function fourfoldBrightness(data: Uint8Array, at: number, step: 1 | 3): number {
  return step === 1 ? 4 * data[at]! : data[at]! + 2 * data[at + 1]! + data[at + 2]!;
}
