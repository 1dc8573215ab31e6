// The bucket of each client, and who counts as one.

import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { createClientOf } from "../../../src/server/client-address.js";
import { RateLimit } from "../../../src/server/rate-limit.js";

function limited(perMinute: number): { limit: RateLimit; pass: (ms: number) => void } {
  let nowMs = 0;
  return { limit: new RateLimit({ perMinute, what: "things", setting: "a.setting", now: () => nowMs }), pass: (ms) => (nowMs += ms) };
}

it("gives a minute's worth at once, and then one at a time", () => {
  const { limit, pass } = limited(3);
  for (let i = 0; i < 3; i++) limit.take("a");
  expect(() => limit.take("a")).toThrow(expect.objectContaining({ code: "too_many", retryAfterSeconds: 20, message: "Expected at most 3 things a minute from one address (a.setting); try again in 20 s." }));
  limit.take("b");
  pass(19_999);
  expect(() => limit.take("a")).toThrow(expect.objectContaining({ retryAfterSeconds: 1 }));
  pass(1);
  limit.check("a");
  limit.take("a");
  expect(() => limit.check("a")).toThrow();
  pass(10 * 60_000);
  for (let i = 0; i < 3; i++) limit.take("a");
  expect(() => limit.take("a")).toThrow();
});

it("does not grow with the number of clients, and keeps those that come", () => {
  const { limit } = limited(1);
  for (let i = 0; i < 10_000; i++) limit.take(`client ${i}`);
  expect(() => limit.take("client 0")).toThrow();
  limit.take("one more");
  limit.take("client 0"); // seen longest ago: forgotten
  expect(() => limit.take("client 9999")).toThrow();
});

it("is off at 0", () => {
  const { limit } = limited(0);
  for (let i = 0; i < 1000; i++) limit.take("a");
});

it("survives a clock that jumps back", () => {
  const { limit, pass } = limited(2);
  limit.take("a");
  pass(-3_600_000);
  limit.take("a");
  expect(() => limit.take("a")).toThrow();
});

it.each([
  [[], undefined, "10.0.0.1", "10.0.0.1"],
  [[], "9.9.9.9", "::ffff:10.0.0.1", "10.0.0.1"],
  [["10.0.0.1"], "9.9.9.9", "::ffff:10.0.0.1", "9.9.9.9"],
  [["10.0.0.1"], "1.1.1.1, 9.9.9.9", "10.0.0.1", "9.9.9.9"],
  [["10.0.0.1", "10.0.0.2"], "1.1.1.1,9.9.9.9 , 10.0.0.2", "10.0.0.1", "9.9.9.9"],
  [["10.0.0.1"], undefined, "10.0.0.1", "10.0.0.1"],
  [["::1"], "2001:db8:1:2::7", "::1", "20010db800010002"],
] as [string[], string | undefined, string, string][])("with proxies %j, X-Forwarded-For %s from %s is %s", (trusted, forwarded, remoteAddress, client) => {
  const req = { headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded }, socket: { remoteAddress } } as unknown as IncomingMessage;
  expect(createClientOf(trusted)(req)).toBe(client);
});
