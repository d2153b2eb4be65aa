import { type SyntheticEvent, useState } from "react";
import { api, data, type Session } from "../../api/client";
import { t } from "../../i18n";
import { Failure, Field } from "../../ui/parts";

/** The door. */
export function SignInPage({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    data(api.POST("/api/session", { body: { name, password } }))
      .then(onSignedIn, setError)
      .finally(() => setBusy(false));
  };

  return (
    <main className="door">
      <div className="card">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          {t("app.name")}
        </div>
        <h1>{t("session.title")}</h1>
        <form onSubmit={submit}>
          <Field
            label={t("session.name")}
            autoComplete="username"
            autoCapitalize="none"
            autoFocus
            required
            value={name}
            onChange={(e) => setName(e.target.value)}
          />
          <Field
            label={t("session.password")}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
          {error !== null && <Failure error={error} />}
          <button className="button primary" disabled={busy}>
            {t("session.submit")}
          </button>
        </form>
        <p className="small muted">{t("session.first")}</p>
      </div>
    </main>
  );
}
