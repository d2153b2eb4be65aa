import { api, data } from "../../api/client";
import { useFeed } from "../../api/feed";
import { t } from "../../i18n";
import { Link } from "../../router";
import { ProgressBar, ProgressLine, StateBadge } from "../../ui/campaign-parts";
import { Failure, Head, Loading } from "../../ui/parts";
import { useMay } from "../../ui/session";
import { useResource } from "../../ui/use-resource";
import { RunButtons } from "./run-buttons";

/** Every campaign, moving as its calls do. */
export function CampaignsPage() {
  const campaigns = useResource("campaigns", () => data(api.GET("/api/campaigns")));
  const mayEdit = useMay("campaigns_edit");

  useFeed((message) => {
    if (message.type !== "progress") return;
    const { campaign: id, state, progress } = message;
    campaigns.set((all) => all.map((c) => (c.id === id ? { ...c, state, progress } : c)));
    if (campaigns.value && !campaigns.value.some((c) => c.id === id)) campaigns.reload();
  });

  const create = mayEdit && (
    <Link className="button primary" href="/campaigns/new">
      {t("campaigns.new")}
    </Link>
  );
  return (
    <>
      <Head title={t("campaigns.title")}>{create}</Head>
      {campaigns.error !== null && <Failure error={campaigns.error} retry={campaigns.reload} />}
      {campaigns.value === null && campaigns.error === null && <Loading />}
      {campaigns.value?.length === 0 && (
        <div className="card empty">
          <p className="muted">{t("campaigns.empty")}</p>
          {create}
        </div>
      )}
      <div className="stack">
        {campaigns.value?.map((campaign) => (
          <article key={campaign.id} className="card campaign-card" aria-label={campaign.name}>
            <div className="head">
              <div>
                <div className="row">
                  <h2>
                    <Link href={`/campaigns/${campaign.id}`}>{campaign.name}</Link>
                  </h2>
                  <StateBadge state={campaign.state} />
                </div>
                <p className="small muted">
                  {campaign.list_name} · {campaign.template}
                </p>
              </div>
              <RunButtons campaign={campaign} onChanged={campaigns.reload} />
            </div>
            <ProgressBar campaign={campaign} />
            <ProgressLine progress={campaign.progress} />
          </article>
        ))}
      </div>
    </>
  );
}
