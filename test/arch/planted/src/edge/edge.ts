export { book } from "../cloud/controllers/book.ts";
