import type { ReactNode } from "react";
import { api, type CallDetail, data } from "../../api/client";
import { useFeed } from "../../api/feed";
import { format, t, tOr } from "../../i18n";
import { Player, useSound } from "../../player/player";
import { Transcript } from "../../player/transcript";
import { Link } from "../../router";
import { OutcomeBadge } from "../../ui/campaign-parts";
import { Failure, Head, Loading } from "../../ui/parts";
import { useMay } from "../../ui/session";
import { useResource } from "../../ui/use-resource";

/** One call: its transcript beside its sound, and what came of it. */
export function CallPage({ id }: { id: string }) {
  const mayCampaigns = useMay("campaigns_read");
  const call = useResource(`call-${id}`, () => data(api.GET("/api/calls/{id}", { params: { path: { id } } })));
  useFeed((message) => {
    if (message.type === "event" && message.call === id) call.reload();
  });
  if (call.error !== null) return <Failure error={call.error} retry={call.reload} />;
  if (call.value === null) return <Loading />;
  const shown = call.value;
  return (
    <>
      <Head
        title={
          <span className="row">
            {t("call.title", { name: shown.name || t("call.unnamed") })}
            {shown.outcome ? <OutcomeBadge outcome={shown.outcome} /> : <span className="badge live">{t("call.live")}</span>}
          </span>
        }
        crumb={
          <>
            <Link href="/calls">{t("calls.title")}</Link> ·{" "}
            {mayCampaigns ? <Link href={`/campaigns/${shown.campaign}`}>{shown.campaign_name}</Link> : shown.campaign_name}
          </>
        }
      >
        <span className="muted num">
          {shown.number} · {format.moment(shown.started_at)}
        </span>
      </Head>
      <div className="call-grid">
        <Conversation call={shown} />
        <Facts call={shown} />
      </div>
    </>
  );
}

function Conversation({ call }: { call: CallDetail }) {
  const mayPlay = useMay("recordings_play");
  const sound = useSound();
  const playFrom = (seconds: number) => {
    sound.seek(seconds);
    if (!sound.playing) sound.toggle();
  };
  // A recording is drawn whole, so it is loaded when the call has ended.
  const playable = call.recorded && mayPlay && call.outcome != null;
  return (
    <div className="stack">
      <section className="card" aria-label={t("call.recording")}>
        {playable ? (
          <Player url={`/api/calls/${call.id}/recording`} sound={sound} />
        ) : (
          <p className="muted">{unplayable(call, mayPlay)}</p>
        )}
      </section>
      <section className="card" aria-labelledby="transcript">
        <header>
          <h2 id="transcript">{t("call.transcript")}</h2>
        </header>
        <Transcript turns={call.exchanges} position={sound.position} onSeek={playable ? playFrom : undefined} follow={sound.playing} />
      </section>
    </div>
  );
}

function unplayable(call: CallDetail, mayPlay: boolean): string {
  if (!call.recorded) return t("call.noRecording");
  return mayPlay ? t("call.live") : t("call.noPermission");
}

function Facts({ call }: { call: CallDetail }) {
  const rows: [string, ReactNode][] = [
    [t("call.intent"), call.intent && tOr("intent", call.intent)],
    [t("call.ended"), call.end_reason && tOr("end", call.end_reason)],
    [t("call.handoff"), handoff(call)],
    [t("call.ring"), call.ring_ms != null && format.seconds(call.ring_ms / 1000)],
    [t("call.talk"), call.talk_ms > 0 && format.clock(call.talk_ms / 1000)],
    [t("call.sip"), call.sip_status],
    [t("campaign.template"), call.template],
    [t("campaign.trunk"), call.trunk],
  ];
  return (
    <div className="stack">
      <section className="card" aria-labelledby="facts">
        <header>
          <h2 id="facts">{t("call.facts")}</h2>
        </header>
        <Pairs rows={rows} />
        {call.cause && <p className="small muted" style={{ marginTop: 12 }}>{call.cause}</p>}
      </section>
      <Box title={t("call.tags")} empty={call.tags.length === 0}>
        <div className="tags">
          {call.tags.map((tag) => (
            <span key={tag} className="badge plain">
              {tag}
            </span>
          ))}
        </div>
      </Box>
      <Box title={t("call.slots")} empty={Object.keys(call.slots).length === 0}>
        <Pairs rows={Object.entries(call.slots)} />
      </Box>
      <Box title={t("call.data")} empty={Object.keys(call.variables).length === 0}>
        <Pairs rows={Object.entries(call.variables)} />
      </Box>
    </div>
  );
}

function handoff(call: CallDetail): string | null {
  const { handoff } = call;
  if (!handoff) return null;
  if (handoff.agent) {
    return t("call.handoffAgent", { agent: handoff.agent, seconds: ((handoff.wait_ms ?? 0) / 1000).toFixed(1) });
  }
  return handoff.failed ? t("call.handoffFailed", { why: handoff.failed }) : t("call.handoffOpen");
}

function Box({ title, empty, children }: { title: string; empty: boolean; children: ReactNode }) {
  if (empty) return null;
  return (
    <section className="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      {children}
    </section>
  );
}

/** Names and values; those without a value are left out. */
function Pairs({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "")
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
