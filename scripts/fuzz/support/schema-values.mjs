// Values that fit a JSON Schema (the subset that /openapi.json and /asyncapi.json use), so that mutations start from what is right.
import * as fc from "fast-check";

/** Arbitrary of values that fit `schema`; `document` resolves `$ref`. */
export function valuesOf(schema, document) {
  if (schema.$ref !== undefined) return valuesOf(resolve(schema.$ref, document), document);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valuesOf(choice, document)));
  if (schema.allOf !== undefined) return fc.tuple(...schema.allOf.map((part) => valuesOf(part, document))).map((parts) => Object.assign({}, ...parts));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "string":
      return strings(schema);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer(range(schema));
    case "number":
      return fc.oneof(fc.constantFrom(...Object.values(range(schema))), fc.double({ ...range(schema), noNaN: true }));
    case "null":
      return fc.constant(null);
    case "array":
      return arrays(schema, document);
    case "object":
      return objects(schema, document);
    default:
      return fc.jsonValue();
  }
}

function resolve(ref, document) {
  return ref.replace(/^#\//, "").split("/").reduce((node, key) => node[key], document);
}

function strings({ pattern, minLength = 0, maxLength = 60, format }) {
  if (format === "date-time") return fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString());
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 60), unit: "grapheme" });
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const min = Math.max(minimum ?? exclusiveMinimum ?? -1000, -(2 ** 31));
  return { min, max: Math.max(min, Math.min(maximum ?? exclusiveMaximum ?? min + 100_000, 2 ** 31 - 1)) };
}

function arrays({ items, prefixItems, minItems = 0, maxItems = minItems + 4 }, document) {
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map((item) => valuesOf(item, document)));
  return fc.array(valuesOf(items ?? {}, document), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) });
}

function objects({ properties = {}, required = [], additionalProperties, propertyNames }, document) {
  const known = fc.record(Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, valuesOf(field, document)])), { requiredKeys: required });
  if (typeof additionalProperties !== "object" || Object.keys(additionalProperties).length === 0) return known;
  const further = fc.dictionary(propertyNames === undefined ? fc.string() : valuesOf(propertyNames, document), valuesOf(additionalProperties, document), { maxKeys: 4, noNullPrototype: true });
  return fc.tuple(known, further).map(([a, b]) => ({ ...b, ...a }));
}
