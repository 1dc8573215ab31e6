// What may stand where a path, an id or a header is due.
import * as fc from "fast-check";

/** Text for one segment of a path or one value of a query, already as it goes over the wire. */
export const oddSegments = fc.oneof(
  fc.constantFrom("", ".", "..", "%2e%2e", "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd", "..%5c..", "%00", "%ff", "%", "%zz", "%c0%ae", "%ed%a0%80", "%E2%80%AE", "a%0d%0aX-Y:z", "__proto__", "constructor", "toString", "*", "~", "a;b", "a:b@c", "%F0%9F%98%80", "null", "undefined", "NaN", "-1", "0", "1e308", "1e999", "0x10", "99999999999999999999", "-0", "a".repeat(300), "a".repeat(9000), "%61".repeat(500)),
  fc.webSegment(),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

/** Whole request targets, of routes that are there and of none. */
export const oddTargets = fc.oneof(
  fc.constantFrom("/", "*", "//", "///", "//x", "//[", "/\\", "http://127.0.0.1/v1/info", "http://[/", "https://evil.invalid/v1/streams", "?", "/?", "/?token=x", "/?token=", "/index.html?token=%ff", "/%", "/%ff", "/..%2f..%2fpackage.json", "/../package.json", "/.env", "/index.html/", "/index.html%00", "/v1", "/v1/", "/v1//streams", "/V1/STREAMS", "/v1/streams/", "/v1/streams/%", "/v1/analyses/%ff/results/%", "/metrics?x", "/openapi.json?", "/#x", "/v1/feed?streams=%", "/v1/push?token=%ff", "/assets/", "/style.css/../../x"),
  fc.tuple(fc.array(fc.oneof(fc.constantFrom("v1", "streams", "analyses", "predict", "feed", "push", "index.html", "subjects.csv", "results", "healthz"), oddSegments), { minLength: 1, maxLength: 6 }), fc.webQueryParameters()).map(([parts, query]) => `/${parts.join("/")}?${query}`),
);

const odd = fc.oneof(
  fc.constantFrom("x", "*/*;q=2", "image/png", "text/html", ",", "application/json;q=x").map((value) => ["Accept", value]),
  fc.constantFrom("bytes=0-0", "bytes=5-1", "bytes=-0", "bytes=99999999999-", "bytes=0-,0-,1-,2-", "bytes=", "x=1-2", `bytes=${"0-0,".repeat(1000)}`).map((value) => ["Range", value]),
  fc.constantFrom("*", '"x"', 'W/"x"', "x, y").map((value) => ["If-None-Match", value]),
  fc.constantFrom('"x"', "*").map((value) => ["If-Match", value]),
  fc.constantFrom("Thu, 01 Jan 1970 00:00:00 GMT", "never", "Fri, 31 Dec 9999 23:59:59 GMT").map((value) => ["If-Unmodified-Since", value]),
  fc.constantFrom("gzip", "br", "deflate", "zstd", "identity", "x", "gzip, gzip").map((value) => ["Content-Encoding", value]),
  fc.constantFrom("100-continue", "200-ok", "").map((value) => ["Expect", value]),
  fc.constantFrom("chunked", "chunked, chunked", "gzip, chunked", "identity", "x").map((value) => ["Transfer-Encoding", value]),
  fc.constantFrom("-1", "+1", "1e3", "0x1", "99999999999999999999", "1, 2", "", "9".repeat(400)).map((value) => ["Content-Length", value]),
  fc.constantFrom("http://evil.invalid", "null", "http://127.0.0.1", "x", "http://[").map((value) => ["Origin", value]),
  fc.constantFrom("evil.invalid", "127.0.0.1:99999", "[::1", "", "localhost@evil.invalid", "127.0.0.1 x").map((value) => ["Host", value]),
  fc.constantFrom("emostream=%", "=;=;", "emostream", "a=b; ".repeat(500)).map((value) => ["Cookie", value]),
  fc.constantFrom("Bearer", "Bearer \xff", "Basic x", "Bearer a b", "").map((value) => ["Authorization", value]),
  fc.constantFrom("h2c", "websocket", "x").map((value) => ["Upgrade", value]),
  fc.constantFrom("1.2.3.4", "x", "1.2.3.4, ".repeat(300)).map((value) => ["X-Forwarded-For", value]),
  fc.constantFrom(["X-Http-Method-Override", "DELETE"], ["X", "y".repeat(20_000)], ["Bad Name", "x"], ["X-Null", "a\0b"], ["Content-Disposition", 'form-data; name="x"'], ["Te", "trailers"], ["Max-Forwards", "0"]),
);

/** None in most requests, else one or two. */
export const oddHeaders = fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.array(odd, { minLength: 1, maxLength: 2 }) });
