// Something that is loaded from the server and may be loaded again.
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";

export interface Resource<T> {
  value: T | null;
  error: unknown;
  /** Loads again; what is shown stays until the answer is here. */
  reload: () => void;
  /** Replaces what is shown, as when the feed brings a newer version. */
  set: (change: (value: T) => T) => void;
}

/** Loads when `key` changes. An answer that comes after a newer question is dropped. */
export function useResource<T>(key: string, load: () => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ key: string; value: T | null; error: unknown }>({ key, value: null, error: null });
  const question = useRef(0);
  const ask = useEffectEvent(load);

  const run = useEffectEvent((forKey: string) => {
    const mine = ++question.current;
    ask().then(
      (value) => mine === question.current && setState({ key: forKey, value, error: null }),
      (error: unknown) => mine === question.current && setState((s) => ({ ...s, key: forKey, error })),
    );
  });

  const [again, setAgain] = useState(0);
  useEffect(() => run(key), [key, again]);
  const reload = useCallback(() => setAgain((n) => n + 1), []);
  const set = useCallback(
    (change: (value: T) => T) => setState((s) => (s.value === null ? s : { ...s, value: change(s.value) })),
    [],
  );
  const current = state.key === key;
  return { value: current ? state.value : null, error: current ? state.error : null, reload, set };
}

/** Calls back once for a burst of requests, `ms` after the first. */
export function useThrottled(action: () => void, ms: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, ms);
  }, [ms]);
}
