// Pairs, their order, and that every picture is let go of exactly once.

import { array, assert, constantFrom, nat, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { FramePairing } from "../../../web/frame-pairing.js";

function pairing() {
  const released: string[] = [];
  const pairs = new FramePairing<string, string>((picture) => void released.push(picture));
  return { pairs, released };
}

describe("FramePairing", () => {
  test("gives a pair once picture and result are there, whichever comes first", () => {
    const { pairs } = pairing();
    pairs.addResult(1, "r1");
    expect(pairs.ready).toBe(false);
    pairs.addPicture(1, "p1");
    expect(pairs.take()).toEqual({ seq: 1, picture: "p1", result: "r1" });
    pairs.addPicture(2, "p2");
    expect(pairs.take()).toBeUndefined();
    pairs.addResult(2, "r2");
    expect(pairs.take()).toEqual({ seq: 2, picture: "p2", result: "r2" });
  });

  test("never joins a result with a picture of another seq", () => {
    const { pairs } = pairing();
    pairs.addResult(1, "r1");
    pairs.addPicture(2, "p2");
    expect(pairs.ready).toBe(false);
  });

  test("a newer pair takes the place of one that was not drawn, and releases its picture", () => {
    const { pairs, released } = pairing();
    for (const seq of [1, 2]) {
      pairs.addResult(seq, `r${seq}`);
      pairs.addPicture(seq, `p${seq}`);
    }
    expect(pairs.take()?.seq).toBe(2);
    expect(released).toEqual(["p1"]);
  });

  test("drops what finishes decoding after a newer frame was joined", () => {
    const { pairs, released } = pairing();
    for (const seq of [1, 2]) pairs.addResult(seq, `r${seq}`);
    pairs.addPicture(2, "p2");
    pairs.addPicture(1, "p1");
    expect(pairs.take()?.seq).toBe(2);
    expect(pairs.take()).toBeUndefined();
    expect(released).toEqual(["p1"]);
  });

  test("holds no more than a few pictures that wait for results", () => {
    const { pairs, released } = pairing();
    for (let seq = 0; seq < 20; seq++) pairs.addPicture(seq, `p${seq}`);
    expect(released).toEqual(Array.from({ length: 12 }, (_, i) => `p${i}`));
  });

  test("reset releases everything and lets seq start anew", () => {
    const { pairs, released } = pairing();
    pairs.addResult(7, "r7");
    pairs.addPicture(7, "p7");
    pairs.addPicture(9, "p9");
    pairs.reset();
    expect(released.toSorted()).toEqual(["p7", "p9"]);
    pairs.addResult(0, "r0");
    pairs.addPicture(0, "p0");
    expect(pairs.take()?.seq).toBe(0);
  });

  test("whatever the order of arrival: pairs match, seq rises, every picture is taken or released once", () => {
    const event = record({ kind: constantFrom("result", "picture", "take"), seq: nat({ max: 9 }) });
    assert(
      property(array(event, { maxLength: 120, size: "max" }), (events) => {
        const given: string[] = [];
        const gone: string[] = [];
        const pairs = new FramePairing<string, number>((picture) => void gone.push(picture));
        let lastSeq = -1;
        for (const [i, { kind, seq }] of events.entries()) {
          if (kind === "result") pairs.addResult(seq, seq);
          if (kind === "picture") {
            given.push(`${seq}/${i}`);
            pairs.addPicture(seq, `${seq}/${i}`);
          }
          const pair = kind === "take" ? pairs.take() : undefined;
          if (!pair) continue;
          expect(pair.result).toBe(pair.seq);
          expect(pair.picture.startsWith(`${pair.seq}/`)).toBe(true);
          expect(pair.seq).toBeGreaterThan(lastSeq);
          lastSeq = pair.seq;
          gone.push(pair.picture);
        }
        pairs.reset();
        expect(gone.toSorted()).toEqual(given.toSorted());
      }),
    );
  });
});
