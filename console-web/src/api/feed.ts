// The server's feed of events: one WebSocket for the page, resumed where it broke off.
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import type { FeedMessage } from "./client";

type Listener = (message: FeedMessage) => void;

/** Milliseconds before the n-th attempt to connect again. */
export function backoff(attempt: number): number {
  return Math.min(8000, 250 * 2 ** attempt);
}

/** A connection that comes back by itself and misses nothing: it asks for what followed the last event seen. */
export class Feed {
  private socket: WebSocket | null = null;
  private last: number | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<() => void>();
  connected = false;

  constructor(private readonly open: (after: number | null) => WebSocket) {}

  /** Hears every message until the returned function is called. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.connect();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.close();
    };
  }

  /** Hears changes of `connected`. */
  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private connect(): void {
    const socket = this.open(this.last);
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => this.receive(JSON.parse(event.data) as FeedMessage);
    socket.onopen = () => {
      this.attempt = 0;
      this.setConnected(true);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.setConnected(false);
      this.timer = setTimeout(() => this.connect(), backoff(this.attempt++));
    };
  }

  private receive(message: FeedMessage): void {
    if (message.type === "ready") this.last ??= message.last;
    if (message.type === "event") {
      if (this.last !== null && message.id <= this.last) return;
      this.last = message.id;
    }
    for (const listener of this.listeners) listener(message);
  }

  private close(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.setConnected(false);
  }

  private setConnected(connected: boolean): void {
    this.connected = connected;
    for (const watcher of this.watchers) watcher();
  }
}

const feed = new Feed((after) => {
  const url = new URL("/api/feed", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (after !== null) url.searchParams.set("after", String(after));
  return new WebSocket(url);
});

/** Hears the feed while the component is shown. */
export function useFeed(listener: Listener): void {
  const heard = useEffectEvent(listener);
  useEffect(() => feed.listen((message) => heard(message)), []);
}

/** Is the feed connected? */
export function useConnected(): boolean {
  return useSyncExternalStore(feed.watch, () => feed.connected);
}
