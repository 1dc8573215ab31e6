import { expect, it } from "vitest";
import { CreditWindow } from "../../../../src/server/push/credit-window.js";

it("gives as many credits as it has, and one back with each answer", () => {
  const window = new CreditWindow(2);
  window.take(0);
  window.take(5);
  expect(() => window.take(6)).toThrow(expect.objectContaining({ code: "no_credit" }));
  expect(window.unanswered).toEqual([0, 5]);
  expect(window.answered(0)).toBe(true);
  window.take(7);
  expect(window.unanswered).toEqual([5, 7]);
});

it("takes ids that rise, and each only once, also where it was refused", () => {
  const window = new CreditWindow(1);
  window.take(3);
  for (const id of [3, 2, 0]) expect(() => window.take(id)).toThrow(expect.objectContaining({ code: "frame_id_repeated" }));
  expect(() => window.take(4)).toThrow(expect.objectContaining({ code: "no_credit" }));
  expect(window.answered(3)).toBe(true);
  expect(() => window.take(4)).toThrow(expect.objectContaining({ code: "frame_id_repeated" }));
  window.take(5);
});

it("knows whether an answer is still due", () => {
  const window = new CreditWindow(1);
  window.take(1);
  expect([window.answered(1), window.answered(1), window.answered(2)]).toEqual([true, false, false]);
});
