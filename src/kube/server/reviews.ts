import { isObject, type JsonObject, objectAt } from "../json.ts";
import { type ApiError, invalid, methodNotAllowed } from "../status.ts";
import type { Answer } from "./answer.ts";
import { parseBody } from "./decodeObject.ts";
import type { PlainRequest } from "./plainRequest.ts";

const REVIEWS: Readonly<Record<string, (body: JsonObject) => JsonObject>> = {
  "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": accessReview,
  "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": rulesReview,
  "/apis/authentication.k8s.io/v1/selfsubjectreviews": selfReview,
};

const AUTHORIZATION = "authorization.k8s.io";

/** What the caller may do, and who it is: there is one user so far, and it may do everything. True when answered. */
export function answerReview({ url, method, body, contentType }: PlainRequest, answer: Answer): boolean {
  const review = REVIEWS[url.pathname];
  if (!review) return false;
  if (method !== "POST") throw methodNotAllowed();
  const { value } = parseBody(body, contentType, "SelfSubjectAccessReview");
  answer.send(201, review(isObject(value) ? value : {}));
  return true;
}

function accessReview(body: JsonObject): JsonObject {
  const spec = objectAt(body, "spec") ?? {};
  const resource = objectAt(spec, "resourceAttributes");
  const path = objectAt(spec, "nonResourceAttributes");
  if (resource && path) {
    const shown = `authorization.NonResourceAttributes{Path:${goText(path["path"])}, Verb:${goText(path["verb"])}}`;
    const message = `Invalid value: ${shown}: cannot be specified in combination with resourceAttributes`;
    throw invalidReview("spec.nonResourceAttributes", message);
  }
  if (!resource && !path) {
    const text = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    throw invalidReview("spec.resourceAttributes", `Invalid value: "null": ${text}`);
  }
  return {
    kind: "SelfSubjectAccessReview",
    apiVersion: `${AUTHORIZATION}/v1`,
    metadata: { creationTimestamp: null },
    spec,
    status: { allowed: true },
  };
}

function rulesReview(): JsonObject {
  return {
    kind: "SelfSubjectRulesReview",
    apiVersion: `${AUTHORIZATION}/v1`,
    metadata: { creationTimestamp: null },
    spec: {},
    status: {
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      incomplete: false,
    },
  };
}

function selfReview(): JsonObject {
  return {
    kind: "SelfSubjectReview",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { creationTimestamp: null },
    status: { userInfo: { username: "edgeloom", groups: ["system:masters", "system:authenticated"] } },
  };
}

function invalidReview(field: string, message: string): ApiError {
  return invalid({ group: AUTHORIZATION, kind: "" }, "", [{ reason: "FieldValueInvalid", message, field }]);
}

const goText = (value: unknown): string => JSON.stringify(typeof value === "string" ? value : "");
