import { describe, expect, it } from "vitest";
import { decodeProtobuf } from "../../../../src/kube/proto/decode.ts";
import { ApiError } from "../../../../src/kube/status.ts";

/** As kubectl 1.32 sends them. */
const CONFIG_MAP = "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiwKGAoIc2V0dGluZ3MSABoAIgAqADIAOABCABIGCgFhEgExEggKAWISA3R3bxoAIgA=";
const ACCESS_REVIEW =
  "azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSVQoQCgASABoAIgAqADIAOABCABI3CjUKB2RlZmF1bHQSBmNyZWF0ZRoTZ2FkZ2V0cy5leGFtcGxlLmNvbSIAKgd3aWRnZXRzMgA6ABoICAASABoAIAAaACIA";

const bytes = (base64: string) => Buffer.from(base64, "base64");

describe("decodeProtobuf", () => {
  it("reads objects, and leaves out what Go writes for absent members", () => {
    expect(decodeProtobuf(bytes(CONFIG_MAP))).toEqual({
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name: "settings", generation: 0 },
      data: { a: "1", b: "two" },
    });
  });

  it("reads messages in messages", () => {
    expect(decodeProtobuf(bytes(ACCESS_REVIEW))["spec"]).toEqual({
      resourceAttributes: {
        namespace: "default",
        verb: "create",
        group: "gadgets.example.com",
        resource: "widgets",
      },
    });
  });

  it("answers 415 to kinds that it does not read", () => {
    const pod = Buffer.concat([Buffer.from("k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod", "latin1")]);
    expect(() => decodeProtobuf(pod)).toThrow("Pod (v1) is not read in protobuf; send application/json");
  });

  it("answers 400 to bytes that are something else", () => {
    expect(() => decodeProtobuf(Buffer.from("{}"))).toThrow(/expected prefix/);
    expect(() => decodeProtobuf(bytes(CONFIG_MAP).subarray(0, 30))).toThrow(/ends too early/);
  });

  it("answers every body that is cut off, and never breaks", () => {
    const whole = bytes(CONFIG_MAP);
    for (let length = 0; length < whole.length; length++) {
      try {
        decodeProtobuf(whole.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }
  });
});
