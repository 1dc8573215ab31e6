// A picture turned about its middle, to a fraction of a pixel: libvips places a turned picture up to a pixel off, which is more than good points are. Pure.

import type { Picture } from "../../core/frame.js";
import { turnBack, turnBy } from "./face-geometry.js";

/** Of corners that come into view. */
const grey = 128;

/** As large as before, clockwise by `degrees`, bilinear; points move as by `turnBy` about the middle. */
export function turnPicture({ width, height, data }: Picture, degrees: number): Picture {
  const turn = turnBy(degrees, [width / 2, height / 2]);
  const out = new Uint8Array(data.length);
  // Outside of the picture all is grey, so its border fades into it within a pixel.
  const at = (x: number, y: number, c: number) => (x < 0 || y < 0 || x >= width || y >= height ? grey : data[(y * width + x) * 3 + c]!);
  for (let v = 0, i = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const [x, y] = turnBack([u + 0.5, v + 0.5], turn);
      const [ix, iy] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
      const [fx, fy] = [x - 0.5 - ix, y - 0.5 - iy];
      for (let c = 0; c < 3; c++, i++) {
        const top = at(ix, iy, c) * (1 - fx) + at(ix + 1, iy, c) * fx;
        const bottom = at(ix, iy + 1, c) * (1 - fx) + at(ix + 1, iy + 1, c) * fx;
        out[i] = top * (1 - fy) + bottom * fy + 0.5;
      }
    }
  }
  return { width, height, pixelFormat: "rgb24", data: out };
}
