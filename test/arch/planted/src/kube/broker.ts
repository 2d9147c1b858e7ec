import type { Aedes } from "aedes";
export type Broker = Aedes;
