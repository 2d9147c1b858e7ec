import { EdgeRoot } from "./edgeRoot.ts";

export interface ResetRequest {
  /** Where `join` wrote. */
  readonly root: string;
  /** Leaves `data/`, the device store. */
  readonly keepData: boolean;
  readonly progress: (line: string) => void;
}

/** Undoes `join`: removes what it wrote and the edge's data, and nothing else. Safe to run twice. */
export async function reset({ root, keepData, progress }: ResetRequest): Promise<void> {
  const folder = new EdgeRoot(root);
  const removed = await folder.clear({ keepData });
  if (removed.length === 0) progress(`nothing to undo in ${folder.path}`);
  else progress(`removed from ${folder.path}: ${removed.join(", ")}`);
}
