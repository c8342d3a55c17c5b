import assert from "node:assert/strict";
import { test } from "node:test";
import { isTyping, rowAfter } from "../../static/js/lib/rows.js";

test("j and k stop at the ends of a list", () => {
  assert.equal(rowAfter("j", -1, 3), 0);
  assert.equal(rowAfter("j", 2, 3), 2);
  assert.equal(rowAfter("k", 0, 3), 0);
  assert.equal(rowAfter("x", 0, 3), null);
  assert.equal(rowAfter("j", 0, 0), null);
});

test("arrows move in a queue alone", () => {
  assert.equal(rowAfter("ArrowDown", 0, 3), null);
  assert.equal(rowAfter("ArrowDown", 0, 3, { arrows: true }), 1);
  assert.equal(rowAfter("ArrowUp", 0, 3, { arrows: true }), 0);
});

test("keys typed into a field or with a modifier are not for the list", () => {
  assert.ok(isTyping({ target: { tagName: "INPUT" } }));
  assert.ok(isTyping({ target: { tagName: "DIV" }, ctrlKey: true }));
  assert.ok(!isTyping({ target: { tagName: "BODY" } }));
  assert.ok(!isTyping({ target: { tagName: "INPUT", type: "checkbox" } }));
});
