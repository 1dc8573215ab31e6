import { expect, it } from "vitest";
import { addressBytes, addressScope, clientKey } from "../../../src/core/ip-address.js";

it.each([
  ["1.2.3.4", [1, 2, 3, 4]],
  ["::", Array(16).fill(0)],
  ["::1", [...Array(15).fill(0), 1]],
  ["2001:db8::ff", [0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 0xff]],
  ["::ffff:1.2.3.4", [...Array(10).fill(0), 0xff, 0xff, 1, 2, 3, 4]],
  ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ["fe80::1%eth0", [0xfe, 0x80, ...Array(13).fill(0), 1]],
] as [string, number[]][])("reads %s", (text, bytes) => {
  expect([...(addressBytes(text) ?? [])]).toEqual(bytes);
});

it.each(["", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", ":::", "[::1]", "12345::"])("%j is no address", (text) => {
  expect(addressBytes(text)).toBeUndefined();
});

it.each([
  ["8.8.8.8", "public"],
  ["169.253.255.255", "public"],
  ["169.254.0.0", "forbidden"],
  ["169.254.169.254", "forbidden"],
  ["169.255.0.0", "public"],
  ["::ffff:169.254.169.254", "forbidden"],
  ["::ffff:a9fe:a9fe", "forbidden"],
  ["::169.254.169.254", "forbidden"],
  ["64:ff9b::a9fe:a9fe", "forbidden"],
  ["2002:a9fe:a9fe::1", "forbidden"],
  ["fe80::1", "forbidden"],
  ["febf::1", "forbidden"],
  ["fec0::1", "private"],
  ["fd00:ec2::254", "forbidden"],
  ["100.100.100.200", "forbidden"],
  ["100.100.100.201", "private"],
  ["224.0.0.1", "forbidden"],
  ["255.255.255.255", "forbidden"],
  ["ff02::1", "forbidden"],
  ["127.0.0.1", "private"],
  ["0.0.0.0", "private"],
  ["::", "private"],
  ["::1", "private"],
  ["10.255.255.255", "private"],
  ["11.0.0.0", "public"],
  ["172.15.255.255", "public"],
  ["172.16.0.0", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.0", "public"],
  ["192.168.1.20", "private"],
  ["::ffff:192.168.1.20", "private"],
  ["::ffff:8.8.8.8", "public"],
  ["fd12::1", "private"],
  ["2001:4860:4860::8888", "public"],
])("%s is %s", (text, scope) => {
  expect(addressScope(addressBytes(text)!)).toBe(scope);
});

it("counts one IPv6 network, and one IPv4 address in whatever spelling, as one client", () => {
  expect(clientKey("2001:db8:1:2::1")).toBe(clientKey("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  expect(clientKey("2001:db8:1:2::1")).not.toBe(clientKey("2001:db8:1:3::1"));
  expect(clientKey("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(clientKey("192.0.2.7")).toBe("192.0.2.7");
});
