import { useEffect, useState } from "react";
import { api, type CallRow, data } from "../../api/client";
import { useFeed } from "../../api/feed";
import { t } from "../../i18n";
import { navigate, useLocation } from "../../router";
import { OUTCOMES } from "../../ui/campaign-parts";
import { Check, Failure, Field, Head, Loading, Select } from "../../ui/parts";
import { useMay } from "../../ui/session";
import { useResource, useThrottled } from "../../ui/use-resource";
import { CallTable } from "./call-table";

const PAGE = 50;

interface Filters {
  campaign: string;
  outcome: string;
  search: string;
  handed: boolean;
}

/** Filters live in the address, so that a search can be sent to a colleague. */
function readFilters(query: URLSearchParams): Filters {
  return {
    campaign: query.get("campaign") ?? "",
    outcome: query.get("outcome") ?? "",
    search: query.get("search") ?? "",
    handed: query.get("handed") === "1",
  };
}

function writeFilters(filters: Filters): void {
  const query = new URLSearchParams();
  if (filters.campaign) query.set("campaign", filters.campaign);
  if (filters.outcome) query.set("outcome", filters.outcome);
  if (filters.search) query.set("search", filters.search);
  if (filters.handed) query.set("handed", "1");
  const text = query.toString();
  navigate(text ? `/calls?${text}` : "/calls", { replace: true });
}

function load(filters: Filters, before: string | null) {
  const outcome = OUTCOMES.find((o) => o === filters.outcome);
  return data(
    api.GET("/api/calls", {
      params: {
        query: {
          limit: PAGE,
          ...(filters.campaign && { campaign: Number(filters.campaign) }),
          ...(outcome && { outcome }),
          ...(filters.search && { search: filters.search }),
          ...(filters.handed && { handed_over: true }),
          ...(before && { before }),
        },
      },
    }),
  );
}

/** Every call, newest first. */
export function CallsPage() {
  const { query } = useLocation();
  const filters = readFilters(query);
  const page = useResource(`calls-${query.toString()}`, () => load(filters, null));
  const reload = useThrottled(page.reload, 800);
  useFeed((message) => {
    if (message.type === "event" && message.change === "ended") reload();
  });
  return (
    <>
      <Head title={t("calls.title")} />
      <FilterBar filters={filters} />
      {page.error !== null && <Failure error={page.error} retry={page.reload} />}
      {page.value === null && page.error === null && <Loading />}
      {page.value?.calls.length === 0 && <p className="card empty muted">{t("calls.empty")}</p>}
      {page.value && page.value.calls.length > 0 && (
        <Pages key={query.toString()} filters={filters} first={page.value.calls} next={page.value.next ?? null} />
      )}
    </>
  );
}

/** The first page, and the older ones that were asked for. */
function Pages({ filters, first, next }: { filters: Filters; first: CallRow[]; next: string | null }) {
  const [older, setOlder] = useState<{ calls: CallRow[]; next: string | null }>({ calls: [], next: null });
  const [error, setError] = useState<unknown>(null);
  const cursor = older.calls.length > 0 ? older.next : next;
  const more = () => {
    load(filters, cursor).then(
      (page) => setOlder((old) => ({ calls: [...old.calls, ...page.calls], next: page.next ?? null })),
      setError,
    );
  };
  const known = new Set(first.map((call) => call.id));
  const calls = [...first, ...older.calls.filter((call) => !known.has(call.id))];
  return (
    <>
      <section className="card flush" aria-label={t("calls.title")}>
        <CallTable calls={calls} showCampaign />
      </section>
      {error !== null && <Failure error={error} retry={more} />}
      {cursor && (
        <button type="button" className="button" style={{ justifySelf: "center" }} onClick={more}>
          {t("calls.more")}
        </button>
      )}
    </>
  );
}

function FilterBar({ filters }: { filters: Filters }) {
  const mayCampaigns = useMay("campaigns_read");
  const campaigns = useResource("filter-campaigns", async () =>
    mayCampaigns ? await data(api.GET("/api/campaigns")) : [],
  );
  const change = (part: Partial<Filters>) => writeFilters({ ...filters, ...part });
  const any = { value: "", text: t("common.all") };
  return (
    <search className="filters">
      {mayCampaigns && (
        <Select
          label={t("calls.campaign")}
          value={filters.campaign}
          onChange={(campaign) => change({ campaign })}
          options={[any, ...(campaigns.value ?? []).map((c) => ({ value: String(c.id), text: c.name }))]}
        />
      )}
      <Select
        label={t("calls.outcome")}
        value={filters.outcome}
        onChange={(outcome) => change({ outcome })}
        options={[any, ...OUTCOMES.map((o) => ({ value: o, text: t(`outcome.${o}`) }))]}
      />
      <SearchField value={filters.search} onChange={(search) => change({ search })} />
      <div style={{ alignSelf: "end", paddingBottom: 8 }}>
        <Check label={t("calls.handed")} checked={filters.handed} onChange={(handed) => change({ handed })} />
      </div>
    </search>
  );
}

/** Searches when typing has paused. */
function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 300);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return <Field label={t("calls.search")} type="search" value={text} onChange={(e) => setText(e.target.value)} />;
}
