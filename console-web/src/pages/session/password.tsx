import { type SyntheticEvent, useState } from "react";
import { api, ApiError, data } from "../../api/client";
import { t } from "../../i18n";
import { Failure, Field } from "../../ui/parts";

/** A one-time password opens only this page. */
export function PasswordPage({ onChanged }: { onChanged: () => void }) {
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const differ = again !== "" && again !== fresh;
  const fields = error instanceof ApiError ? error : null;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (differ) return;
    setBusy(true);
    setError(null);
    data(api.PUT("/api/session/password", { body: { current, new: fresh } }))
      .then(onChanged, setError)
      .finally(() => setBusy(false));
  };

  return (
    <main className="door">
      <div className="card">
        <h1>{t("password.title")}</h1>
        <p className="muted">{t("password.why")}</p>
        <form onSubmit={submit}>
          <Field
            label={t("password.current")}
            type="password"
            autoComplete="current-password"
            required
            wrong={fields?.field("current")}
            value={current}
            onChange={(e) => setCurrent(e.target.value)}
          />
          <Field
            label={t("password.new")}
            type="password"
            autoComplete="new-password"
            required
            hint={t("password.hint")}
            wrong={fields?.field("new")}
            value={fresh}
            onChange={(e) => setFresh(e.target.value)}
          />
          <Field
            label={t("password.again")}
            type="password"
            autoComplete="new-password"
            required
            wrong={differ ? t("password.differ") : undefined}
            value={again}
            onChange={(e) => setAgain(e.target.value)}
          />
          {fields !== null && fields.fields.length === 0 && <Failure error={error} />}
          <button className="button primary" disabled={busy || differ}>
            {t("password.submit")}
          </button>
        </form>
      </div>
    </main>
  );
}
