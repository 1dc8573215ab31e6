// How a net of the cascade answers: one tensor, whose columns (for P-Net, which answers every place of a picture, planes) are the score's logit, four box offsets and,
// of O-Net, five points. One layer gives them all: ONNX Runtime runs it faster than one for each.

export const boxAt = 1;
export const pointsAt = 5;
export const answerSizes = { pnet: 5, rnet: 5, onet: 15 } as const;

/** The probability of a face. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
