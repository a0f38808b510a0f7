import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { CreditWindow } from "../src/live/credit_window.ts";
import { RoundTrip } from "../src/live/round_trip.ts";
import { Receipts } from "../src/live/receipts.ts";

const TRACES = readFileSync(new URL("../../../spec/credit_windows.txt", import.meta.url), "utf8");

// tests/golden/credit_windows.py says what the lines are.
test("credits follow the way as those of the other clients", () => {
  let nowS = 0, checks = 0, name = "", roundTrip = new RoundTrip(), window: CreditWindow | null = null;
  let options: [number | null, boolean] = [null, false];
  const at = (): CreditWindow => (window ??= new CreditWindow(options[0], roundTrip, options[1], () => nowS));
  for (const line of TRACES.trim().split("\n")) {
    const [kind, ...words] = line.split(" "), numbers = words.map(Number);
    if (kind === "case") {
      name = words[0];
      options = [words[1] === "-" ? null : numbers[1], words[2] === "1"];
      roundTrip = new RoundTrip();
      window = null;
      continue;
    }
    if (kind === "trip") {
      roundTrip.took(numbers[0]);
      continue;
    }
    nowS = numbers[0];
    switch (kind) {
      case "begin":
        at().begin();
        break;
      case "opened":
        at().opened(numbers[1]);
        break;
      case "received":
        at().received(numbers[1], numbers[2], numbers[3], numbers[4]);
        break;
      case "used":
        at().used(numbers[1]);
        break;
      default:
        assert.equal(kind === "due" ? at().due() : at().size, numbers[1], `${name}: ${line}`);
        checks++;
    }
  }
  assert.ok(checks > 900);
});

test("what has come is said where it is asked for, and when it came where that is known", () => {
  let nowS = 5;
  const receipts = new Receipts(() => nowS);
  receipts.begin();
  assert.deepEqual(receipts.said(), {});
  receipts.opened(true);
  assert.ok(receipts.isDue); // the way is measured by it
  assert.deepEqual(receipts.said(), { received_count: 0, received_ago_s: 0 });
  receipts.received(2, 1000, true, false);
  nowS = 5.25;
  assert.ok(!receipts.isDue);
  assert.deepEqual(receipts.said(), { received_count: 2, received_ago_s: 0.25 });
  receipts.received(1, 70_000, false, false);
  assert.ok(receipts.isDue);
  assert.deepEqual(receipts.said(), { received_count: 3, received_ago_s: undefined });
  receipts.begin();
  receipts.opened(false);
  receipts.received(1, 70_000, true, true);
  assert.ok(!receipts.isDue);
});
