import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FeedMessage } from "./client";
import { backoff, Feed } from "./feed";

class Socket {
  onmessage: ((event: { data: string }) => void) | null = null;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly after: number | null) {}
  close() {
    this.onclose?.();
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let sockets: Socket[];
let feed: Feed;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  feed = new Feed((after) => {
    const socket = new Socket(after);
    sockets.push(socket);
    return socket as unknown as WebSocket;
  });
});
afterEach(() => vi.useRealTimers());

const event = (id: number) => ({ type: "event", id, at: "2025-01-01T00:00:00Z", campaign: 1, call: null, change: "ended", data: {} });

it("asks for what it missed after the connection broke", () => {
  const heard: FeedMessage[] = [];
  feed.listen((message) => heard.push(message));
  sockets[0]?.onopen?.();
  sockets[0]?.say({ type: "ready", last: 3 });
  sockets[0]?.say(event(4));
  sockets[0]?.close();
  expect(feed.connected).toBe(false);
  vi.advanceTimersByTime(backoff(0));
  expect(sockets[1]?.after).toBe(4);
  sockets[1]?.say(event(4));
  sockets[1]?.say(event(5));
  expect(heard.filter((m) => m.type === "event").map((m) => m.id)).toEqual([4, 5]);
});

it("closes with its last listener and stays closed", () => {
  const stop = feed.listen(() => undefined);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
});

it("waits longer each time, but not forever", () => {
  expect([0, 1, 2, 20].map(backoff)).toEqual([250, 500, 1000, 8000]);
});
