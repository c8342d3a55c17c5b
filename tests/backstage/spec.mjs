// Prints the OpenAPI document inside Backstage's catalog backend as JSON.
import { readFile } from "node:fs/promises";
import { Script } from "node:vm";

const file = new URL(
  "node_modules/.backend/package/dist/schema/openapi/generated/router.cjs.js",
  import.meta.url,
);
const source = await readFile(file, "utf8");
const exports = {};
new Script(`(function (require, exports) {${source}\n})`).runInThisContext()(() => ({}), exports);
process.stdout.write(JSON.stringify(exports.spec));
