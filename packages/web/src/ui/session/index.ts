/** What the page does, apart from how it looks. */
export { Session } from "./session.ts";
