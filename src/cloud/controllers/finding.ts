import type { Condition } from "../../shared/model/resources/condition.ts";

/** A condition without what time and generation add. */
export interface Finding {
  readonly type: string;
  readonly status: Condition["status"];
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}
