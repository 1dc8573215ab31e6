// JSON Schema (2020-12) out of zod schemas, with the named ones shared under `#/components/schemas/`.

import { z } from "zod";

type JsonSchema = Record<string, unknown>;

/** Schemas by the name they get in a document. */
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/** The named schemas of a document, referring to each other. Objects stay open where the schema is open: clients ignore unknown fields. */
export function componentSchemas(named: NamedSchemas): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: "input", target: "draft-2020-12" });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
}

/** A reference to a named schema, or the schema itself. */
export function schemaOrRef(schema: z.ZodType, named: NamedSchemas): JsonSchema {
  const name = Object.entries(named).find(([, candidate]) => candidate === schema)?.[0];
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  return bare(z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" }));
}

/** Without what only a schema that stands alone needs. */
function bare(schema: object): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$id"));
}
