// Plays a recording and says where it is, many times a second, so that the transcript can follow.
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { reason } from "../api/client";
import { Failure, Loading } from "../ui/parts";
import { useResource } from "../ui/use-resource";
import { format, t } from "../i18n";
import { readWav } from "./wav";
import { Waveform } from "./waveform";

const SPEEDS = [1, 1.25, 1.5, 2];

/** The sound of a call and where it is. */
export interface Sound {
  element: RefObject<HTMLAudioElement | null>;
  /** Seconds. */
  position: number;
  playing: boolean;
  setPlaying: (playing: boolean) => void;
  seek: (seconds: number) => void;
  toggle: () => void;
  setSpeed: (speed: number) => void;
}

export function useSound(): Sound {
  const element = useRef<HTMLAudioElement>(null);
  const [position, setPosition] = useState(0);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    // `timeupdate` comes four times a second, too seldom for a moving line: while playing, every frame asks.
    let frame = 0;
    const tick = () => {
      if (element.current) setPosition(element.current.currentTime);
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing]);

  const seek = useCallback((seconds: number) => {
    if (element.current) element.current.currentTime = seconds;
    setPosition(seconds);
  }, []);
  const toggle = useCallback(() => {
    if (element.current?.paused) void element.current.play();
    else element.current?.pause();
  }, []);
  const setSpeed = useCallback((speed: number) => {
    if (element.current) element.current.playbackRate = speed;
  }, []);
  return { element, position, playing, setPlaying, seek, toggle, setSpeed };
}

export function Player({ url, sound }: { url: string; sound: Sound }) {
  const { element, position, playing, setPlaying, seek, toggle, setSpeed } = sound;
  const recording = useResource(url, () => fetchWav(url));
  if (recording.error !== null) {
    return <Failure error={t("call.recordingFailed", { why: reason(recording.error) })} retry={recording.reload} />;
  }
  const wav = recording.value;
  const duration = wav ? (wav.channels[0]?.length ?? 0) / wav.rate : 0;
  return (
    <div className="player">
      <audio
        ref={element}
        src={url}
        preload="auto"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
      />
      {wav ? <Waveform wav={wav} position={position} duration={duration} onSeek={seek} /> : <Loading />}
      <div className="row" style={{ justifyContent: "space-between" }}>
        <div className="row">
          <button type="button" className="button primary" disabled={!wav} onClick={toggle}>
            {playing ? t("call.pause") : t("call.play")}
          </button>
          <span className="num muted">
            {format.clock(position)} / {format.clock(duration)}
          </span>
          <label className="row small muted">
            {t("call.speed")}
            <select
              className="input"
              style={{ width: "auto", minHeight: 32, paddingBlock: 2 }}
              defaultValue={1}
              onChange={(event) => setSpeed(Number(event.target.value))}
            >
              {SPEEDS.map((s) => (
                <option key={s} value={s}>
                  {s}×
                </option>
              ))}
            </select>
          </label>
        </div>
        <div className="wave-labels">
          <span className="key">{t("call.us")}</span>
          <span className="key them">{t("call.them")}</span>
        </div>
      </div>
    </div>
  );
}

async function fetchWav(url: string) {
  const response = await fetch(url);
  if (!response.ok) {
    const body = (await response.json().catch(() => null)) as { detail?: string } | null;
    throw new Error(body?.detail ?? response.statusText);
  }
  return readWav(await response.arrayBuffer());
}
