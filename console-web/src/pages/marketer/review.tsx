import { useState } from "react";
import { api, ApiError, type Campaign, data, type Finding, type Trunk } from "../../api/client";
import { type Key, t } from "../../i18n";
import { navigate } from "../../router";
import { Check, Failure, Field, Loading, Select } from "../../ui/parts";
import { useMay } from "../../ui/session";
import { useResource } from "../../ui/use-resource";
import { Findings } from "./findings";

const HOURS = ["us", "florida", "indonesia", "any_time"] as const;

interface Settings {
  name: string;
  trunk: string;
  lines: string;
  cps: string;
  hours: string;
  consent: boolean;
  record: boolean;
  once: boolean;
}

interface ReviewProps {
  list: { id: number; name: string; contacts: number };
  template: string;
  onBack: () => void;
}

/** Step 3: settings, the check, and the start. */
export function Review({ list, template, onBack }: ReviewProps) {
  const trunks = useResource("trunks", () => data(api.GET("/api/trunks")));
  if (trunks.error !== null) return <Failure error={trunks.error} retry={trunks.reload} />;
  if (trunks.value === null) return <Loading />;
  return <ReviewForm list={list} template={template} onBack={onBack} trunks={trunks.value} />;
}

function ReviewForm({ list, template, onBack, trunks }: ReviewProps & { trunks: Trunk[] }) {
  const mayRun = useMay("campaigns_run");
  const [settings, setSettings] = useState<Settings>(() => ({
    name: `${template} – ${list.name}`,
    trunk: trunks[0]?.name ?? "",
    lines: "10",
    cps: "5",
    hours: "us",
    consent: true,
    record: true,
    once: false,
  }));
  const [created, setCreated] = useState<Campaign | null>(null);
  const [findings, setFindings] = useState<Finding[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const fields = error instanceof ApiError ? error : null;

  const change = (part: Partial<Settings>) => {
    setSettings((s) => ({ ...s, ...part }));
    setFindings(null);
  };
  const attempt = (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    work()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  const save = async (): Promise<Campaign> => {
    const body = request(settings, list.id, template);
    const saved = created
      ? await data(api.PUT("/api/campaigns/{id}", { params: { path: { id: created.id } }, body }))
      : await data(api.POST("/api/campaigns", { body }));
    setCreated(saved);
    return saved;
  };
  const check = () =>
    attempt(async () => {
      const { id } = await save();
      setFindings(await data(api.GET("/api/campaigns/{id}/check", { params: { path: { id } } })));
    });
  const launch = () =>
    attempt(async () => {
      const { id } = await save();
      await data(api.POST("/api/campaigns/{id}/start", { params: { path: { id } } }));
      navigate(`/campaigns/${id}`);
    });
  const keep = () =>
    attempt(async () => {
      const { id } = await save();
      navigate(`/campaigns/${id}`);
    });

  const blocked = findings?.some((f) => f.severity === "error") ?? false;
  return (
    <section className="card stack" aria-label={t("wizard.review")}>
      <p className="muted">
        {list.name} · {t("wizard.contacts", { n: list.contacts })} · {template}
      </p>
      <SettingsForm settings={settings} change={change} trunks={trunks} wrong={(name) => fields?.field(name)} />
      {error !== null && <Failure error={error} />}
      {busy && <p role="status">{t("wizard.checking")}</p>}
      {findings && <Findings findings={findings} />}
      <div className="row" style={{ justifyContent: "space-between" }}>
        <button type="button" className="button" disabled={busy} onClick={onBack}>
          {t("common.back")}
        </button>
        <div className="row">
          <button type="button" className="button plain" disabled={busy} onClick={keep}>
            {t("wizard.keep")}
          </button>
          <button type="button" className="button" disabled={busy} onClick={check}>
            {t("wizard.check")}
          </button>
          {mayRun && (
            <button
              type="button"
              className="button primary"
              disabled={busy || findings === null || blocked}
              title={blocked ? t("wizard.blocked") : undefined}
              onClick={launch}
            >
              {t("wizard.launch")}
            </button>
          )}
        </div>
      </div>
    </section>
  );
}

function request(settings: Settings, list: number, template: string) {
  return {
    name: settings.name,
    list,
    template,
    trunk: settings.trunk,
    most_in_flight: Number(settings.lines),
    calls_per_second: Number(settings.cps),
    hours: settings.hours,
    require_consent: settings.consent,
    record: settings.record,
    one_attempt: settings.once,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

interface FormProps {
  settings: Settings;
  change: (part: Partial<Settings>) => void;
  trunks: Trunk[];
  wrong: (field: string) => string | undefined;
}

function SettingsForm({ settings, change, trunks, wrong }: FormProps) {
  const trunkText = (trunk: Trunk) => t("wizard.trunkOption", { name: trunk.name, host: trunk.host, n: trunk.max_calls });
  return (
    <>
      <Field
        label={t("wizard.name")}
        value={settings.name}
        wrong={wrong("name")}
        onChange={(e) => change({ name: e.target.value })}
      />
      <div className="filters">
        <Select
          label={t("wizard.trunk")}
          value={settings.trunk}
          onChange={(trunk) => change({ trunk })}
          options={trunks.map((trunk) => ({ value: trunk.name, text: trunkText(trunk) }))}
        />
        <Field
          label={t("wizard.lines")}
          type="number"
          min={1}
          value={settings.lines}
          wrong={wrong("most_in_flight")}
          onChange={(e) => change({ lines: e.target.value })}
        />
        <Field
          label={t("wizard.cps")}
          type="number"
          min={0.1}
          step={0.1}
          value={settings.cps}
          wrong={wrong("calls_per_second")}
          onChange={(e) => change({ cps: e.target.value })}
        />
        <Select
          label={t("wizard.hours")}
          value={settings.hours}
          onChange={(hours) => change({ hours })}
          options={HOURS.map((name) => ({ value: name, text: t(`wizard.hours.${name}` satisfies Key) }))}
        />
      </div>
      <Check label={t("wizard.consent")} checked={settings.consent} onChange={(consent) => change({ consent })} />
      <Check label={t("wizard.record")} checked={settings.record} onChange={(record) => change({ record })} />
      <Check label={t("wizard.once")} checked={settings.once} onChange={(once) => change({ once })} />
    </>
  );
}
