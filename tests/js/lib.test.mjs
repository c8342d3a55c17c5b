import assert from "node:assert/strict";
import { test } from "node:test";
import { ageInWords } from "../../static/js/lib/ages.js";
import { isFinal, nextDelay } from "../../static/js/lib/polling.js";
import { movedIndex } from "../../static/js/lib/selection.js";

test("an age is said in the largest unit that fits", () => {
  assert.equal(ageInWords(5), "just now");
  assert.equal(ageInWords(61), "1 minute ago");
  assert.equal(ageInWords(7200), "2 hours ago");
  assert.equal(ageInWords(-3 * 86400), "in 3 days");
});

test("polling is quick after news and slows down to five seconds", () => {
  assert.equal(nextDelay(5000, true), 400);
  assert.equal(nextDelay(400, false), 600);
  assert.equal(nextDelay(4900, false), 5000);
});

test("a run at its end logs no more", () => {
  assert.ok(isFinal("failed"));
  assert.ok(!isFinal("waiting"));
});

test("the arrow keys wrap around", () => {
  assert.equal(movedIndex("ArrowDown", 2, 3), 0);
  assert.equal(movedIndex("ArrowUp", 0, 3), 2);
  assert.equal(movedIndex("a", 0, 3), null);
  assert.equal(movedIndex("ArrowDown", -1, 0), null);
});
