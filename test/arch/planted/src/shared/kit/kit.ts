export { model } from "../model/model.ts";
