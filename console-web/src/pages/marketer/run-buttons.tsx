import { useState } from "react";
import { api, type Campaign, data, reason } from "../../api/client";
import { type Key, t } from "../../i18n";
import { useMay } from "../../ui/session";

type Action = "start" | "pause" | "stop";

/** Which buttons a state offers. */
function offered(state: Campaign["state"]): { action: Action; text: Key; style: string }[] {
  const start = (text: Key) => ({ action: "start" as const, text, style: "primary" });
  const pause = { action: "pause" as const, text: "campaign.pause" as const, style: "" };
  const stop = { action: "stop" as const, text: "campaign.stop" as const, style: "danger" };
  switch (state) {
    case "draft":
      return [start("campaign.start")];
    case "running":
      return [pause, stop];
    case "paused":
      return [start("campaign.resume"), stop];
    case "stopped":
    case "done":
      return [{ ...start("campaign.again"), style: "" }];
    case "stopping":
      return [];
  }
}

function run(action: Action, id: number) {
  const params = { params: { path: { id } } };
  if (action === "start") return data(api.POST("/api/campaigns/{id}/start", params));
  if (action === "pause") return data(api.POST("/api/campaigns/{id}/pause", params));
  return data(api.POST("/api/campaigns/{id}/stop", params));
}

/** Start, pause and stop, as the campaign's state and the person's role allow. */
export function RunButtons({ campaign, onChanged }: { campaign: Campaign; onChanged: () => void }) {
  const may = useMay("campaigns_run");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (!may) return null;

  const act = (action: Action) => {
    if (action === "stop" && !confirm(t("campaign.stopSure"))) return;
    setBusy(true);
    setError(null);
    run(action, campaign.id)
      .then(onChanged, setError)
      .finally(() => setBusy(false));
  };
  return (
    <div className="row">
      {error !== null && (
        <span className="small" role="alert" style={{ color: "var(--bad)" }}>
          {reason(error)}
        </span>
      )}
      {offered(campaign.state).map(({ action, text, style }) => (
        <button
          key={action}
          type="button"
          className={`button ${style}`}
          disabled={busy}
          aria-label={`${t(text)} – ${campaign.name}`}
          onClick={() => act(action)}
        >
          {t(text)}
        </button>
      ))}
    </div>
  );
}
