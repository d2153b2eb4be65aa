import { api, data } from "../../api/client";
import { t } from "../../i18n";
import { Failure, Loading } from "../../ui/parts";
import { useResource } from "../../ui/use-resource";
import type { Choose, Draft } from "./new-campaign";

/** Step 2: which conversation. A template with errors is shown, with its errors, but cannot be picked. */
export function ChooseTemplate({ draft, choose }: { draft: Draft; choose: Choose }) {
  const templates = useResource("templates", () => data(api.GET("/api/templates")));
  return (
    <section className="card stack" aria-label={t("wizard.template")}>
      {templates.error !== null && <Failure error={templates.error} retry={templates.reload} />}
      {templates.value === null && templates.error === null && <Loading />}
      {templates.value?.length === 0 && <p className="muted">{t("wizard.noTemplates")}</p>}
      <fieldset className="stack" style={{ gap: 8 }}>
        <legend className="visually-hidden">{t("wizard.template")}</legend>
        {templates.value?.map((template) => (
          <label key={template.name} className="choice">
            <input
              type="radio"
              name="template"
              checked={draft.template === template.name}
              disabled={template.errors.length > 0}
              onChange={() => choose({ template: template.name })}
            />
            <span>
              <b>{template.title}</b> <span className="small muted">{template.name}</span>
              {template.description && (
                <>
                  <br />
                  {template.description}
                </>
              )}
              {template.required_variables.length > 0 && (
                <>
                  <br />
                  <span className="small muted">{t("wizard.needs", { names: template.required_variables.join(", ") })}</span>
                </>
              )}
              {template.errors.map((error, i) => (
                <span key={i} className="small" style={{ display: "block", color: "var(--bad)" }}>
                  {t("wizard.templateInvalid", { why: error })}
                </span>
              ))}
            </span>
          </label>
        ))}
      </fieldset>
      <div className="row" style={{ justifyContent: "space-between" }}>
        <button type="button" className="button" onClick={() => choose({ step: "list" })}>
          {t("common.back")}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={draft.template === null}
          onClick={() => choose({ step: "review" })}
        >
          {t("common.next")}
        </button>
      </div>
    </section>
  );
}
