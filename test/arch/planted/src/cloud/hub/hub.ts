export { book } from "../controllers/book.ts";
