import { expect, it } from "vitest";
import type { Turn } from "../api/client";
import { turnAt } from "./timeline";

const turn = (said_from_ms: number, rest: Partial<Turn> = {}) => ({ said: "Hello", said_from_ms, ...rest }) as Turn;

it("finds the exchange under way", () => {
  const turns = [turn(200), turn(5000), turn(0, { said: "", heard_from_ms: 9000 })];
  expect(turnAt(turns, 0)).toBe(-1);
  expect(turnAt(turns, 4999)).toBe(0);
  expect(turnAt(turns, 5000)).toBe(1);
  expect(turnAt(turns, 60_000)).toBe(2);
});
