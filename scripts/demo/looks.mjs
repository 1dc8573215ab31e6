// What the characters are given beyond their averages: tone of skin, hair and clothes. Characters come sorted from dark to light hair.

/** sRGB bytes. `hairReach`: how far the hair falls, in heights brow to chin below the middle of the face;
 * `hairTaper`: how much narrower it is at its end. */
export const looks = [
  { skin: [186, 140, 112], hair: [46, 33, 29], hairReach: 0.98, hairWidth: 0.7, hairTaper: 0.08, garment: [52, 108, 118] },
  { skin: [202, 154, 128], hair: [84, 56, 42], hairReach: 0.12, hairWidth: 0.6, hairTaper: 0.35, garment: [136, 66, 78] },
  { skin: [150, 106, 82], hair: [38, 31, 31], hairReach: 0.16, hairWidth: 0.61, hairTaper: 0.32, garment: [196, 152, 84] },
  { skin: [206, 160, 134], hair: [158, 116, 72], hairReach: 0.66, hairWidth: 0.66, hairTaper: 0.12, garment: [86, 92, 146] },
];

/** A byte colour in linear light. */
export function linearColor(bytes) {
  return bytes.map((v) => (v / 255) ** 2);
}
