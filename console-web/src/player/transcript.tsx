// What was said and heard, each exchange with what was made of it.
import { useEffect, useRef } from "react";
import type { Turn } from "../api/client";
import { format, t, tOr } from "../i18n";
import { turnAt } from "./timeline";

interface TranscriptProps {
  turns: Turn[];
  /** Seconds. */
  position: number;
  /** Absent when there is nothing to play. */
  onSeek: ((seconds: number) => void) | undefined;
  /** Keep the exchange that is playing in view. */
  follow: boolean;
}

export function Transcript({ turns, position, onSeek, follow }: TranscriptProps) {
  // Before it was played nothing is current.
  const current = onSeek && position > 0 ? turnAt(turns, position * 1000) : -1;
  if (turns.length === 0) return <p className="muted">{t("call.noTurns")}</p>;
  return (
    <ol className="turns">
      {turns.map((turn, i) => (
        <TurnItem key={turn.turn} turn={turn} current={i === current} follow={follow} onSeek={onSeek} />
      ))}
    </ol>
  );
}

type TurnProps = Pick<TranscriptProps, "onSeek" | "follow"> & { turn: Turn; current: boolean };

function TurnItem({ turn, current, follow, onSeek }: TurnProps) {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (current && follow) item.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [current, follow]);
  return (
    <li ref={item} className={`turn ${current ? "current" : ""}`} aria-current={current || undefined}>
      {turn.said !== "" && (
        <div className="line">
          <Time ms={turn.said_from_ms} onSeek={onSeek} />
          <div className="bubble">
            <span className="visually-hidden">{t("call.us")}: </span>
            {turn.said}
            {turn.interrupted && <span className="small muted"> — {t("call.interrupted")}</span>}
          </div>
        </div>
      )}
      {(turn.heard !== "" || turn.heard_from_ms != null || turn.understood) && (
        <div className="line">
          <Time ms={turn.heard_from_ms ?? turn.said_to_ms} onSeek={onSeek} />
          <div className={`bubble them ${turn.heard === "" ? "silent" : ""}`}>
            <span className="visually-hidden">{t("call.them")}: </span>
            {heard(turn)}
          </div>
        </div>
      )}
      <Why turn={turn} />
    </li>
  );
}

function Time({ ms, onSeek }: { ms: number; onSeek: TranscriptProps["onSeek"] }) {
  const at = format.clock(ms / 1000);
  if (!onSeek) return <span className="time">{at}</span>;
  return (
    <button type="button" className="time" aria-label={t("call.seek", { at })} onClick={() => onSeek(ms / 1000)}>
      {at}
    </button>
  );
}

/** Understood what, how surely, by which rule, and how long the answer took. */
function Why({ turn }: { turn: Turn }) {
  const two = (n: number) => n.toFixed(2);
  const ms = (n: number) => String(Math.round(n));
  const latency = turn.latency;
  if (turn.heard === "" && !turn.understood && !latency) return null;
  return (
    <div className="why">
      <span>
        {t("call.understood")} <b>{turn.understood ? tOr("intent", turn.understood.replace(/^slot:/, "")) : t("call.nothing")}</b>
      </span>
      {typeof turn.score === "number" && <span className="num">{t("call.score", { score: two(turn.score) })}</span>}
      {typeof turn.confidence === "number" && (
        <span className="num">{t("call.heardConfidence", { score: two(turn.confidence) })}</span>
      )}
      {turn.why && <span>{quoted(turn.why)}</span>}
      {latency && (
        <span
          className="num"
          title={t("call.latencyDetail", {
            endpointing: ms(latency.endpointing_ms),
            asr: ms(latency.asr_ms),
            nlu: ms(latency.nlu_dialog_ms),
            tts: ms(latency.tts_ms),
          })}
        >
          {t("call.latency", { ms: ms(latency.total_ms) })}
        </span>
      )}
    </div>
  );
}

/** The person's words, a key, sounds that were no words, or nothing. */
function heard(turn: Turn): string {
  if (/^[0-9*#A-D]$/.test(turn.heard)) return t("call.key", { key: turn.heard });
  if (turn.heard !== "") return turn.heard;
  return turn.heard_from_ms != null ? t("call.unclear") : t("call.silence");
}

/** The dialog quotes with backticks; people do not. */
function quoted(text: string): string {
  return text.replace(/`([^`]*)`/g, "“$1”");
}
