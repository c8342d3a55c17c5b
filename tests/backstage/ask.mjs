// Asks the real CatalogClient, and Backstage's in-memory catalog beside it, what standard input says.
// In: {"base", "token", "entities"?, "calls": [[method, ...arguments]], "inOrder"?}; out: [{"client", "memory"?}], errors as texts.
import { CATALOG_FILTER_EXISTS, CatalogClient } from "@backstage/catalog-client";
import { InMemoryCatalogClient } from "@backstage/catalog-client/testUtils";

const EXISTS = "<exists>";

const { base, token, entities, calls, inOrder } = JSON.parse(await text(process.stdin));
const client = new CatalogClient({ discoveryApi: { getBaseUrl: async () => base } });
const memory = entities && new InMemoryCatalogClient({ entities });
const answers = new Array(calls.length);
const waiting = [...calls.entries()];
await Promise.all(Array.from({ length: inOrder ? 1 : 8 }, work));
process.stdout.write(JSON.stringify(answers));

async function work() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [index, call] = next;
    const revive = (_, value) => (value === EXISTS ? CATALOG_FILTER_EXISTS : value);
    const [method, ...args] = JSON.parse(JSON.stringify(call), revive);
    answers[index] = {
      client: await outcome(client, method, [...args, { token }]),
      ...(memory && { memory: await outcome(memory, method, args) }),
    };
  }
}

async function outcome(catalog, method, args) {
  try {
    if (method === "everyPage") return { value: await everyPage(catalog, ...args) };
    const answer = await catalog[method](...args);
    return { value: answer?.[Symbol.asyncIterator] ? await drained(answer) : (answer ?? null) };
  } catch (error) {
    return { error: error.body?.error?.message ?? error.message, status: error.statusCode ?? null };
  }
}

/** Pages of queryEntities to the end by nextCursor, and back by prevCursor. */
async function everyPage(catalog, request, options) {
  const pages = [await catalog.queryEntities(request, options)];
  const { limit, fields } = request;
  while (pages.at(-1).pageInfo.nextCursor && pages.length < 200) {
    pages.push(
      await catalog.queryEntities({ cursor: pages.at(-1).pageInfo.nextCursor, limit, fields }, options),
    );
  }
  const back = [];
  let cursor = pages.at(-1).pageInfo.prevCursor;
  while (cursor && back.length < 200) {
    const page = await catalog.queryEntities({ cursor, limit, fields }, options);
    back.push(page);
    cursor = page.pageInfo.prevCursor;
  }
  return { pages, back };
}

async function drained(iterable) {
  const found = [];
  for await (const page of iterable) found.push(page);
  return found;
}

async function text(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}
