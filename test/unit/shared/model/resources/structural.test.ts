import { expect, test } from "vitest";
import { z } from "zod";
import { openObject } from "../../../../../src/shared/model/resources/schema.ts";
import { structuralSchema } from "../../../../../src/shared/model/resources/structural.ts";

test("an object becomes one with its descriptions, limits and required fields", () => {
  const schema = z
    .object({
      name: z.string().min(1).max(9).describe("A name."),
      kind: z.enum(["a", "b"]).optional(),
      on: z.boolean().optional(),
    })
    .describe("A thing.");
  expect(structuralSchema(schema)).toEqual({
    description: "A thing.",
    type: "object",
    required: ["name"],
    properties: {
      name: { description: "A name.", type: "string", minLength: 1, maxLength: 9 },
      kind: { type: "string", enum: ["a", "b"] },
      on: { type: "boolean" },
    },
  });
});

test("a whole number keeps its own bounds, and not those of JavaScript", () => {
  expect(structuralSchema(z.int().min(0).meta({ format: "int64" }))).toEqual({
    type: "integer",
    format: "int64",
    minimum: 0,
  });
  expect(structuralSchema(z.int().max(5))).toEqual({ type: "integer", maximum: 5 });
});

test("a record becomes a map, a loose object one that keeps what it does not know", () => {
  expect(structuralSchema(z.record(z.string(), z.string().max(3)))).toEqual({
    type: "object",
    additionalProperties: { type: "string", maxLength: 3 },
  });
  expect(structuralSchema(z.looseObject({ known: z.boolean().optional() }))).toEqual({
    type: "object",
    properties: { known: { type: "boolean" } },
    "x-kubernetes-preserve-unknown-fields": true,
  });
});

test("free JSON keeps everything and may describe some of its keys", () => {
  const known = { properties: { port: { "x-kubernetes-int-or-string": true } } };
  expect(structuralSchema(z.object({ config: openObject("Anything.", known).optional() }))).toEqual({
    type: "object",
    properties: {
      config: { description: "Anything.", type: "object", "x-kubernetes-preserve-unknown-fields": true, ...known },
    },
  });
});

test("a field named like a word of JSON Schema stays a field", () => {
  const schema = z.object({ maximum: z.string().optional(), facts: z.string().optional() });
  expect(structuralSchema(schema)).toEqual({
    type: "object",
    properties: { maximum: { type: "string" }, facts: { type: "string" } },
  });
});
