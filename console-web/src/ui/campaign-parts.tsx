// How a campaign's state and progress look, the same everywhere.
import type { Campaign, CampaignState, Outcome, Progress } from "../api/client";
import { format, t } from "../i18n";

const TONES: Record<CampaignState, string> = {
  draft: "",
  running: "live",
  paused: "warn",
  stopping: "warn",
  stopped: "",
  done: "good",
};

export function StateBadge({ state }: { state: CampaignState }) {
  return <span className={`badge ${TONES[state]}`}>{t(`campaign.state.${state}`)}</span>;
}

const OUTCOME_TONES: Record<Outcome, string> = {
  person: "good",
  machine: "",
  busy: "warn",
  no_answer: "warn",
  declined: "warn",
  invalid_number: "bad",
  congestion: "bad",
  failed: "bad",
};

export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  return <span className={`badge ${OUTCOME_TONES[outcome]}`}>{t(`outcome.${outcome}`)}</span>;
}

export const OUTCOMES = Object.keys(OUTCOME_TONES) as Outcome[];

/** Colour of an outcome in bars. */
export function outcomeTone(outcome: Outcome): string {
  if (outcome === "person" || outcome === "machine") return `tone-${outcome}`;
  return OUTCOME_TONES[outcome] === "bad" ? "tone-failed" : "tone-missed";
}

/** Contacts that have had their last call, by what it came to, and those being called now. */
export function ProgressBar({ campaign }: { campaign: Pick<Campaign, "name" | "progress"> }) {
  const { progress, name } = campaign;
  const all = Math.max(1, progress.contacts);
  const share = (n: number) => ({ width: `${(100 * n) / all}%` });
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={t("campaign.progress", { name })}
      aria-valuemin={0}
      aria-valuemax={progress.contacts}
      aria-valuenow={progress.finished}
      aria-valuetext={t("campaigns.of", { done: progress.finished, all: progress.contacts })}
    >
      {segments(progress).map(([tone, n]) => (
        <span key={tone} className={tone} style={share(n)} />
      ))}
    </div>
  );
}

/** The bar's parts: finished contacts split like the calls' outcomes, then the open calls. */
export function segments(progress: Progress): [string, number][] {
  const groups = new Map<string, number>();
  let calls = 0;
  for (const outcome of OUTCOMES) {
    const n = progress.outcomes[outcome];
    calls += n;
    groups.set(outcomeTone(outcome), (groups.get(outcomeTone(outcome)) ?? 0) + n);
  }
  const scale = calls > 0 ? progress.finished / calls : 0;
  const parts: [string, number][] = [...groups].map(([tone, n]) => [tone, n * scale]);
  return [...parts, ["tone-open", progress.in_flight]];
}

/** The few numbers worth a line. */
export function ProgressLine({ progress }: { progress: Progress }) {
  const answered = progress.answered;
  return (
    <div className="legend-row">
      <span>{t("campaigns.of", { done: progress.finished, all: progress.contacts })}</span>
      <span>
        {t("stat.inProgress")} <b>{format.number(progress.in_flight)}</b>
      </span>
      <span>
        {t("stat.answerRate")} <b>{format.share(answered, progress.attempts)}</b>
      </span>
      <span>
        {t("stat.transferRate")} <b>{format.share(progress.handed_over, progress.outcomes.person)}</b>
      </span>
    </div>
  );
}
