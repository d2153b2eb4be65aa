import { api, type Campaign, data, type Progress } from "../../api/client";
import { useFeed } from "../../api/feed";
import { format, t, tOr } from "../../i18n";
import { Link } from "../../router";
import { OUTCOMES, outcomeTone, ProgressBar, StateBadge } from "../../ui/campaign-parts";
import { Failure, Head, Loading, Stat } from "../../ui/parts";
import { useResource, useThrottled } from "../../ui/use-resource";
import { CallTable } from "../supervisor/call-table";
import { Findings } from "./findings";
import { RunButtons } from "./run-buttons";

const RECENT = 12;

/** One campaign, live. */
export function CampaignPage({ id }: { id: number }) {
  const campaign = useResource(`campaign-${id}`, () => data(api.GET("/api/campaigns/{id}", { params: { path: { id } } })));
  const calls = useResource(`recent-${id}`, () =>
    data(api.GET("/api/calls", { params: { query: { campaign: id, limit: RECENT } } })),
  );
  const reloadCalls = useThrottled(calls.reload, 400);

  useFeed((message) => {
    if (message.type === "progress" && message.campaign === id) {
      const { state, progress } = message;
      campaign.set((c) => ({ ...c, state, progress }));
    }
    if (message.type === "event" && message.campaign === id && message.change !== "turn") reloadCalls();
  });

  if (campaign.error !== null) return <Failure error={campaign.error} retry={campaign.reload} />;
  if (campaign.value === null) return <Loading />;
  const shown = campaign.value;
  return (
    <>
      <Head
        title={
          <span className="row">
            {shown.name} <StateBadge state={shown.state} />
          </span>
        }
        crumb={<Link href="/campaigns">{t("campaigns.title")}</Link>}
      >
        <RunButtons campaign={shown} onChanged={campaign.reload} />
      </Head>
      <ProgressBar campaign={shown} />
      <Counters progress={shown.progress} />
      <div className="columns">
        <section className="card" aria-labelledby="outcomes">
          <header>
            <h2 id="outcomes">{t("campaign.outcomes")}</h2>
          </header>
          <OutcomeBars progress={shown.progress} />
        </section>
        <section className="card" aria-labelledby="settings">
          <header>
            <h2 id="settings">{t("campaign.settings")}</h2>
          </header>
          <Settings campaign={shown} />
        </section>
      </div>
      {shown.state === "draft" && <Check id={id} />}
      <section className="card flush" aria-labelledby="recent">
        <header>
          <h2 id="recent">{t("campaign.recent")}</h2>
          <Link href={`/calls?campaign=${id}`}>{t("campaign.allCalls")}</Link>
        </header>
        {calls.value && calls.value.calls.length > 0 ? (
          <CallTable calls={calls.value.calls} showCampaign={false} />
        ) : (
          <p className="muted empty">{t("campaign.notRun")}</p>
        )}
      </section>
    </>
  );
}

function Counters({ progress }: { progress: Progress }) {
  const { outcomes } = progress;
  const persons = outcomes.person;
  return (
    <dl className="stats">
      <Stat label={t("stat.dialled")} value={format.number(progress.attempts)} />
      <Stat label={t("stat.inProgress")} value={format.number(progress.in_flight)} />
      <Stat
        label={t("stat.answered")}
        value={format.number(progress.answered)}
        note={format.share(progress.answered, progress.attempts)}
      />
      <Stat label={t("stat.machine")} value={format.number(outcomes.machine)} />
      <Stat label={t("stat.busy")} value={format.number(outcomes.busy)} />
      <Stat
        label={t("stat.handedOver")}
        value={format.number(progress.handed_over)}
        note={format.share(progress.handed_over, persons)}
      />
      <Stat
        label={t("stat.left")}
        value={format.number(progress.contacts - progress.finished)}
        note={`/ ${format.number(progress.contacts)}`}
      />
    </dl>
  );
}

function OutcomeBars({ progress }: { progress: Progress }) {
  const counts = OUTCOMES.map((outcome) => ({ outcome, n: progress.outcomes[outcome] }));
  const most = Math.max(1, ...counts.map((c) => c.n));
  const all = counts.reduce((sum, c) => sum + c.n, 0);
  return (
    <ul className="bars">
      {counts.map(({ outcome, n }) => (
        <li key={outcome}>
          <span>{t(`outcome.${outcome}`)}</span>
          <span className="bar" aria-hidden="true">
            <span className={outcomeTone(outcome)} style={{ width: `${(100 * n) / most}%` }} />
          </span>
          <span className="num count">
            {format.number(n)} <span className="small muted">{format.share(n, all)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Settings({ campaign }: { campaign: Campaign }) {
  const flags = [campaign.require_consent && t("campaign.consent"), campaign.record && t("campaign.recorded")];
  const rows: [string, string][] = [
    [t("campaign.list"), campaign.list_name],
    [t("campaign.template"), campaign.template],
    [t("campaign.trunk"), campaign.trunk],
    [t("campaign.pace"), t("campaign.paceValue", { lines: campaign.most_in_flight, cps: campaign.calls_per_second })],
    [t("campaign.hours"), tOr("wizard.hours", campaign.hours)],
    [t("campaign.attempts"), String(campaign.most_attempts)],
  ];
  return (
    <div className="stack">
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="tags">
        {flags.filter(Boolean).map((flag) => (
          <span key={String(flag)} className="badge plain">
            {flag}
          </span>
        ))}
      </div>
    </div>
  );
}

function Check({ id }: { id: number }) {
  const check = useResource(`check-${id}`, () => data(api.GET("/api/campaigns/{id}/check", { params: { path: { id } } })));
  return (
    <section className="card" aria-labelledby="check">
      <header>
        <h2 id="check">{t("campaign.check")}</h2>
      </header>
      {check.error !== null && <Failure error={check.error} retry={check.reload} />}
      {check.value ? <Findings findings={check.value} /> : check.error === null && <Loading />}
    </section>
  );
}
