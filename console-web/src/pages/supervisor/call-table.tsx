import type { CallRow } from "../../api/client";
import { format, t, tOr } from "../../i18n";
import { Link } from "../../router";
import { OutcomeBadge } from "../../ui/campaign-parts";

/** Calls, newest first; on a phone each becomes two lines. */
export function CallTable({ calls, showCampaign }: { calls: CallRow[]; showCampaign: boolean }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{t("calls.who")}</th>
          <th scope="col">{t("calls.outcome")}</th>
          <th scope="col">{t("calls.number")}</th>
          <th scope="col">{t("calls.when")}</th>
          {showCampaign && <th scope="col">{t("calls.campaign")}</th>}
          <th scope="col">{t("calls.intent")}</th>
          <th scope="col" className="right">
            {t("calls.talk")}
          </th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <tr key={call.id}>
            <td>
              <Link href={`/calls/${call.id}`}>{call.name || t("call.unnamed")}</Link>
            </td>
            <td>
              {call.outcome ? (
                <OutcomeBadge outcome={call.outcome} />
              ) : (
                <span className="badge live">{t("call.live")}</span>
              )}
            </td>
            <td className="num muted">{call.number}</td>
            <td className="num muted">{format.moment(call.started_at)}</td>
            {showCampaign && <td className="muted optional">{call.campaign_name}</td>}
            <td className="optional">
              {call.intent ? tOr("intent", call.intent) : ""}{" "}
              {call.handed_over && <span className="badge plain live">{t("calls.handed")}</span>}
            </td>
            <td className="num right optional">{call.talk_ms > 0 ? format.clock(call.talk_ms / 1000) : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
