// Which exchange belongs to a moment of the recording.
import type { Turn } from "../api/client";

/** When an exchange begins: with the bot's words, or with the person's if the bot said nothing. */
export function startMs(turn: Turn): number {
  if (turn.said !== "") return turn.said_from_ms;
  return turn.heard_from_ms ?? turn.said_from_ms;
}

/** Index of the exchange that is under way at `ms`, or −1 before the first. */
export function turnAt(turns: Turn[], ms: number): number {
  let current = -1;
  for (const [i, turn] of turns.entries()) {
    if (startMs(turn) <= ms) current = i;
  }
  return current;
}
