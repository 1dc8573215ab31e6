// Where sources may be: by their text in every spelling, and by what their names resolve to.

import { expect, it } from "vitest";
import { parseSource } from "../../../src/ingest/address.js";
import { checkedAddresses, hostOf } from "../../../src/ingest/source-policy.js";

const open = { privateSources: true };
const strict = { privateSources: false };
const to = (...addresses: string[]) => () => Promise.resolve(addresses);
const unasked = () => Promise.reject(new Error("asked"));

it.each([
  ["rtsp://user:p@ss@Cam.Lan:554/1", "cam.lan"],
  ["rtsp://2852039166/1", "169.254.169.254"],
  ["rtsp://0xa9fea9fe/1", "169.254.169.254"],
  ["rtsp://0251.0376.0251.0376/1", "169.254.169.254"],
  ["rtsp://169.254.43518/1", "169.254.169.254"],
  ["http://[::FFFF:169.254.169.254]:80/1", "::ffff:a9fe:a9fe"],
  ["http://cam@169.254.169.254/", "169.254.169.254"],
  ["http://169.254.169.254?@cam/", "169.254.169.254"],
  ["http://169.254.169.254#@cam/", "169.254.169.254"],
  ["http://cam\\@169.254.169.254/", undefined],
  ["http:///cam/x", undefined],
  ["http://@/x", undefined],
  ["http://[fe80::1%25eth0]/", undefined],
  ["clip.mp4", undefined],
])("the host of %s is %s", (url, host) => {
  expect(hostOf(url)).toBe(host);
});

const never = ["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "0xa9.0376.43518", "169.254.43518", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fe80::1]", "[fd00:ec2::254]", "224.0.0.1", "255.255.255.255", "100.100.100.200", "①⑥⑨.254.169.254"];
it.each(never.flatMap((host) => ["rtsp", "rtsps", "http", "https"].map((scheme) => `${scheme}://user:secret1@${host}/x`)))("%s is never opened", (url) => {
  expect(() => parseSource(url, open)).toThrow(expect.objectContaining({ code: "source_not_allowed", message: expect.not.stringContaining("secret1") as unknown }));
});

it.each(["127.0.0.1", "2130706433", "0x7f.1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "10.1.2.3", "172.20.1.1", "192.168.1.20", "100.64.0.1", "[fd12:3456::1]"])("%s is private: opened unless ingest.privateSources is false", (host) => {
  expect(parseSource(`rtsp://${host}/1`, open)).toMatchObject({ kind: "rtsp" });
  expect(() => parseSource(`rtsp://${host}/1`, strict)).toThrow(expect.objectContaining({ code: "source_not_allowed", message: expect.stringContaining("ingest.privateSources: true") as unknown }));
});

it("judges a name by every address it resolves to", async () => {
  expect(await checkedAddresses("rtsp://cam.example/1", strict, to("203.0.114.7", "2001:4860::1"))).toEqual(["203.0.114.7", "2001:4860::1"]);
  expect(await checkedAddresses("rtsp://cam.lan/1", open, to("192.168.1.20"))).toEqual(["192.168.1.20"]);
  await expect(checkedAddresses("rtsp://cam.lan/1", strict, to("203.0.114.7", "192.168.1.20"))).rejects.toMatchObject({ code: "source_not_allowed", message: expect.stringContaining("cam.lan (192.168.1.20)") as unknown });
  await expect(checkedAddresses("http://metadata.example/", open, to("169.254.169.254"))).rejects.toMatchObject({ code: "source_not_allowed" });
  await expect(checkedAddresses("http://metadata.example/", open, to("203.0.114.7", "fe80::1%eth0"))).rejects.toMatchObject({ code: "source_not_allowed" });
  await expect(checkedAddresses("rtsp://ann:secret1@nobody.example/1", open, () => Promise.reject(new Error("ENOTFOUND")))).rejects.toMatchObject({ code: "not_found", message: expect.not.stringContaining("secret1") as unknown });
});

it("does not ask the resolver for what is an address already", async () => {
  expect(await checkedAddresses("rtsp://192.168.1.20/1", open, unasked)).toEqual(["192.168.1.20"]);
  await expect(checkedAddresses("rtsp://169.254.1.1/1", open, unasked)).rejects.toMatchObject({ code: "source_not_allowed" });
});

it("knows the system's own spellings of this machine", async () => {
  await expect(checkedAddresses("rtsp://localhost/1", strict)).rejects.toMatchObject({ code: "source_not_allowed", message: expect.stringContaining("localhost (") as unknown });
});
