// JSON that was right and is so no more: values of other types and sizes, keys that mean something to JavaScript, texts that break off.
import * as fc from "fast-check";

const prototypeNames = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "toJSON", "length", ""];
const limits = [0, -0, -1, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 0.1, 1e21, 999_999_999_999];

/** Anything JSON can say, from the likely to the absurd. */
export const junk = fc.oneof(
  fc.constantFrom(null, true, false, "", " ", {}, [], "null", "NaN", "../../etc/passwd", "\0", "\u202e", "😀", "\ud800", ...limits),
  fc.constantFrom("a".repeat(5000), "%s%n%x", "'; --", "${7*7}", "file:///etc/passwd", "concat:a|b", "data:text/plain,x", "-i", "http://169.254.169.254/", "rtsp://u:p@camera.invalid:99999/", "\r\nX-Header: y"),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(...prototypeNames).map((name) => JSON.parse(`{${JSON.stringify(name)}: {"a": 1}}`)),
);

const edit = fc.oneof(
  fc.record({ kind: fc.constant("replace"), at: fc.nat(), value: junk }),
  fc.record({ kind: fc.constant("remove"), at: fc.nat() }),
  fc.record({ kind: fc.constant("add"), at: fc.nat(), key: fc.oneof(fc.constantFrom(...prototypeNames), fc.string({ maxLength: 20 })), value: junk }),
  fc.record({ kind: fc.constant("wrap"), at: fc.nat(), depth: fc.integer({ min: 1, max: 200 }) }),
);

const textEdit = fc.oneof(
  fc.record({ kind: fc.constant("cut"), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant("flip"), at: fc.double({ min: 0, max: 1, noNaN: true }), bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant("repeatKeys") }),
  fc.record({ kind: fc.constant("prefix"), bytes: fc.constantFrom("\ufeff", " ".repeat(3000), "[", "{", "\0", "//x\n") }),
  fc.record({ kind: fc.constant("deep"), depth: fc.integer({ min: 1000, max: 20_000 }), open: fc.constantFrom("[", '{"a":') }),
  fc.record({ kind: fc.constant("numbers"), as: fc.constantFrom("1e999", "-0", "1e-999", "0x10", "NaN", "01", "9".repeat(400)) }),
);

/** The bytes of a mutated JSON text that began as one of `values`. Shrinks towards the value itself. */
export function mutatedJson(values) {
  return fc.tuple(values, fc.array(edit, { maxLength: 3 }), fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(textEdit, { minLength: 1, maxLength: 2 }) })).map(([value, edits, textEdits]) => {
    const text = JSON.stringify(edits.reduce(applyEdit, value)) ?? "";
    return textEdits.reduce(applyTextEdit, Buffer.from(text));
  });
}

function applyEdit(value, change) {
  const places = placesIn(value);
  return rebuild(value, places[change.at % places.length], (old) => {
    switch (change.kind) {
      case "replace":
        return change.value;
      case "remove":
        return undefined;
      case "add":
        // Through JSON, so that `__proto__` becomes a key and not the prototype.
        return typeof old === "object" && old !== null && !Array.isArray(old) ? withKey(old, change.key, change.value) : [old, change.value];
      default:
        return Array.from({ length: change.depth }).reduce((inner) => [inner], old);
    }
  });
}

function withKey(object, key, value) {
  const copy = { ...object };
  Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** Paths of all values within a value, the value itself first. */
function placesIn(value, path = []) {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function rebuild(value, [key, ...rest], change) {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) return value.map((inner, i) => (String(i) === key ? rebuild(inner, rest, change) : inner));
  return Object.entries(value).reduce((copy, [name, inner]) => withKey(copy, name, name === key ? rebuild(inner, rest, change) : inner), {});
}

function applyTextEdit(bytes, change) {
  switch (change.kind) {
    case "cut":
      return bytes.subarray(0, Math.floor(bytes.length * change.at));
    case "flip": {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[Math.min(copy.length - 1, Math.floor(copy.length * change.at))] ^= change.bits;
      return copy;
    }
    case "repeatKeys":
      return Buffer.from(bytes.toString("utf8").replace(/^\{(.+)\}$/s, "{$1,$1}"));
    case "prefix":
      return Buffer.concat([Buffer.from(change.bytes), bytes]);
    case "deep":
      return Buffer.from(change.open.repeat(change.depth));
    default:
      return Buffer.from(bytes.toString("utf8").replaceAll(/-?\b\d+(?:\.\d+)?\b/g, change.as));
  }
}
