// Both sides of a call as a picture: what we said above the line, what they said below it.
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { format, t } from "../i18n";
import { peaks, type Wav } from "./wav";

interface WaveformProps {
  wav: Wav;
  /** Seconds. */
  position: number;
  duration: number;
  onSeek: (seconds: number) => void;
}

const STEP_S = 5;

/** A slider: click, drag, arrows, Home and End move the position. */
export function Waveform({ wav, position, duration, onSeek }: WaveformProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const theme = useTheme();
  const bars = Math.max(1, Math.floor(size.width / 3));
  const sides = useMemo(() => wav.channels.slice(0, 2).map((channel) => scaled(peaks(channel, bars))), [wav, bars]);

  useEffect(() => {
    if (canvas.current) draw(canvas.current, size, sides, duration > 0 ? position / duration : 0);
  }, [size, sides, position, duration, theme]);

  const seekTo = (event: PointerEvent<HTMLDivElement>) => {
    const rect = event.currentTarget.getBoundingClientRect();
    onSeek(Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width)) * duration);
  };
  const key = (event: KeyboardEvent) => {
    const to = { ArrowLeft: position - STEP_S, ArrowRight: position + STEP_S, Home: 0, End: duration }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSeek(Math.min(duration, Math.max(0, to)));
  };
  return (
    <div
      ref={box}
      className="wave"
      role="slider"
      tabIndex={0}
      aria-label={t("call.position")}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={Math.round(position)}
      aria-valuetext={t("call.positionValue", { at: format.clock(position), all: format.clock(duration) })}
      onKeyDown={key}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) seekTo(event);
      }}
    >
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}

/** Quiet lines are still to be seen: scaled to the loudest, with the square root for the ear's sake. */
function scaled(side: Float32Array): Float32Array {
  const top = Math.max(0.05, ...side);
  return side.map((v) => Math.sqrt(v / top));
}

function draw(canvas: HTMLCanvasElement, size: { width: number; height: number }, sides: Float32Array[], played: number) {
  const context = canvas.getContext("2d");
  if (!context || size.width === 0) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const colours = [style.getPropertyValue("--us"), style.getPropertyValue("--them")];
  const middle = size.height / 2;
  const reach = middle - 8;
  const head = played * size.width;
  for (const [side, levels] of sides.entries()) {
    context.fillStyle = colours[side] ?? "#888";
    const step = size.width / levels.length;
    for (const [i, level] of levels.entries()) {
      const x = i * step;
      const height = Math.max(1, level * reach);
      context.globalAlpha = x <= head ? 1 : 0.42;
      context.fillRect(x, side === 0 ? middle - 1 - height : middle + 1, Math.max(1, step - 1), height);
    }
  }
  context.globalAlpha = 1;
  context.fillStyle = style.getPropertyValue("--text");
  context.fillRect(Math.min(size.width - 2, head), 0, 2, size.height);
}

function useSize(box: React.RefObject<HTMLDivElement | null>) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return size;
}

/** Changes when the system turns dark or light, so that the canvas is drawn in the new colours. */
function useTheme(): boolean {
  const [dark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setDark(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return dark;
}
