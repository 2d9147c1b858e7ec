import { expect, test } from "vitest";
import * as status from "../../../src/kube/status.ts";

const widgets = { group: "gadgets.example.com", kind: "widgets" };

test("a Status leaves out what it has nothing to say about", () => {
  expect(status.notFound({ group: "", kind: "namespaces" }, "nope").status).toEqual({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'namespaces "nope" not found',
    reason: "NotFound",
    details: { name: "nope", kind: "namespaces" },
    code: 404,
  });
});

test("several causes stand in brackets, one that is given twice once", () => {
  const cause = { reason: "FieldValueRequired", message: "Required value", field: "spec.a" };
  const other = { ...cause, field: "spec.b" };
  const kind = { group: "gadgets.example.com", kind: "Widget" };
  expect(status.invalid(kind, "x", [cause, cause]).message).toBe(
    'Widget.gadgets.example.com "x" is invalid: spec.a: Required value',
  );
  const both = status.invalid(kind, "", [cause, other]);
  expect(both.message).toBe(
    'Widget.gadgets.example.com "" is invalid: [spec.a: Required value, spec.b: Required value]',
  );
  expect(both.status.details).not.toHaveProperty("name");
});

test.each([
  [status.alreadyExists(widgets, "a"), 409, 'widgets.gadgets.example.com "a" already exists'],
  [
    status.conflict(widgets, "a"),
    409,
    'Operation cannot be fulfilled on widgets.gadgets.example.com "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [status.forbidden(widgets, "", "no"), 403, "widgets.gadgets.example.com is forbidden: no"],
  [status.tooLargeResourceVersion(9, 5), 504, "Timeout: Too large resource version: 9, current: 5"],
  [
    status.verbNotSupported(widgets, "create"),
    405,
    'create is not supported on resources of kind "widgets.gadgets.example.com"',
  ],
  [status.notAcceptable(["a", "b"]), 406, "only the following media types are accepted: a, b"],
  [status.unclassified("no reason"), 500, "no reason"],
])("%s", (error, code, message) => {
  expect([error.code, error.message]).toEqual([code, message]);
});

test("a deleted object is named by its uid", () => {
  expect(status.deleted(widgets, "a", "u").details).toEqual({ ...widgets, name: "a", uid: "u" });
});
