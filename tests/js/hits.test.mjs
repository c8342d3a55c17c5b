import assert from "node:assert/strict";
import { test } from "node:test";
import { hitsAt } from "../../static/js/lib/hits.js";

function answering(answer) {
  globalThis.fetch = async () => answer;
}

test("hits are what the answer says", async () => {
  answering({ ok: true, json: async () => ({ hits: [{ title: "orders" }] }) });
  assert.deepEqual(await hitsAt("/palette?q=o"), [{ title: "orders" }]);
});

test("a question that is overtaken while its answer comes in is silent", async () => {
  answering({ ok: true, json: async () => Promise.reject(new DOMException("aborted", "AbortError")) });
  assert.equal(await hitsAt("/palette?q=o"), null);
});

test("a refusal and a host that is gone are silent", async () => {
  answering({ ok: false });
  assert.equal(await hitsAt("/palette?q=o"), null);
  globalThis.fetch = async () => Promise.reject(new TypeError("Failed to fetch"));
  assert.equal(await hitsAt("/palette?q=o"), null);
});
