import { type Dispatch, useReducer } from "react";
import { t } from "../../i18n";
import { Link } from "../../router";
import { Head } from "../../ui/parts";
import { ChooseList } from "./choose-list";
import { ChooseTemplate } from "./choose-template";
import { Review } from "./review";

/** What has been chosen so far. */
export interface Draft {
  step: "list" | "template" | "review";
  list: { id: number; name: string; contacts: number } | null;
  template: string | null;
}

export type Choose = Dispatch<Partial<Draft>>;

const STEPS = ["list", "template", "review"] as const;

/** Three steps: whom, with what, and a look before it starts. */
export function NewCampaignPage() {
  const [draft, choose] = useReducer((old: Draft, change: Partial<Draft>) => ({ ...old, ...change }), {
    step: "list",
    list: null,
    template: null,
  });
  const at = STEPS.indexOf(draft.step);
  return (
    <>
      <Head title={t("wizard.title")} crumb={<Link href="/campaigns">{t("campaigns.title")}</Link>} />
      <ol className="steps" aria-label={t("wizard.steps")}>
        {STEPS.map((step, i) => (
          <li key={step} aria-current={i === at ? "step" : undefined} className={i < at ? "done" : ""}>
            {t(`wizard.${step}`)}
          </li>
        ))}
      </ol>
      {draft.step === "list" && <ChooseList draft={draft} choose={choose} />}
      {draft.step === "template" && <ChooseTemplate draft={draft} choose={choose} />}
      {draft.step === "review" && draft.list && draft.template && (
        <Review list={draft.list} template={draft.template} onBack={() => choose({ step: "template" })} />
      )}
    </>
  );
}
