// The door, the frame around the pages, and which address shows which page.
import { useCallback, useEffect, useState } from "react";
import { api, ApiError, data, setCsrf, setSignedOut, type Session } from "./api/client";
import { useConnected, useFeed } from "./api/feed";
import { t } from "./i18n";
import { CampaignPage } from "./pages/marketer/campaign";
import { CampaignsPage } from "./pages/marketer/campaigns";
import { NewCampaignPage } from "./pages/marketer/new-campaign";
import { PasswordPage } from "./pages/session/password";
import { SignInPage } from "./pages/session/sign-in";
import { CallPage } from "./pages/supervisor/call";
import { CallsPage } from "./pages/supervisor/calls";
import { Link, match, navigate, useLocation } from "./router";
import { Failure, Loading } from "./ui/parts";
import { SessionContext, useMay } from "./ui/session";

type State = { at: "loading" } | { at: "out" } | { at: "in"; session: Session } | { at: "failed"; error: unknown };

export function App() {
  const [state, setState] = useState<State>({ at: "loading" });

  const enter = useCallback((session: Session) => {
    setCsrf(session.csrf);
    setState({ at: "in", session });
  }, []);
  const load = useCallback(() => {
    data(api.GET("/api/session")).then(enter, (error: unknown) =>
      setState(error instanceof ApiError && error.status === 401 ? { at: "out" } : { at: "failed", error }),
    );
  }, [enter]);

  useEffect(() => {
    setSignedOut(() => setState({ at: "out" }));
    load();
  }, [load]);

  if (state.at === "loading") return <Loading />;
  if (state.at === "failed") return <Failure error={state.error} retry={load} />;
  if (state.at === "out") return <SignInPage onSignedIn={enter} />;
  if (state.session.user.must_change_password) return <PasswordPage onChanged={load} />;
  return (
    <SessionContext value={state.session}>
      <Frame session={state.session} onOut={() => setState({ at: "out" })} />
    </SessionContext>
  );
}

function Frame({ session, onOut }: { session: Session; onOut: () => void }) {
  const { path } = useLocation();
  const mayCampaigns = useMay("campaigns_read");
  const home = mayCampaigns ? "/campaigns" : "/calls";
  useEffect(() => {
    if (path === "/") navigate(home, { replace: true });
  }, [path, home]);
  const signOut = () => {
    data(api.DELETE("/api/session")).then(onOut, onOut);
  };
  return (
    <div className="frame">
      <a className="skip button" href="#main">
        {t("app.skip")}
      </a>
      <header className="side">
        <Link href={home} className="brand">
          <img src="/icon.svg" alt="" />
          {t("app.name")}
        </Link>
        <nav className="nav" aria-label={t("nav.main")}>
          {mayCampaigns && (
            <NavLink href="/campaigns" path={path} icon="M4 19V9m5 10V5m5 14v-7m5 7V8" text={t("nav.campaigns")} />
          )}
          <NavLink
            href="/calls"
            path={path}
            icon="M6 4h3l1.5 4-2 1.5a11 11 0 0 0 6 6l1.5-2 4 1.5v3a2 2 0 0 1-2 2A15.5 15.5 0 0 1 4 6a2 2 0 0 1 2-2z"
            text={t("nav.calls")}
          />
        </nav>
        <div className="who small">
          <FeedBadge />
          <span className="muted">{session.user.name}</span>
          <button type="button" className="button plain" onClick={signOut}>
            {t("session.out")}
          </button>
        </div>
      </header>
      <main className="main" id="main">
        <Page path={path === "/" ? home : path} />
      </main>
    </div>
  );
}

function NavLink({ href, path, icon, text }: { href: string; path: string; icon: string; text: string }) {
  const here = path === href || path.startsWith(`${href}/`);
  return (
    <Link href={href} aria-current={here ? "page" : undefined}>
      <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" aria-hidden="true">
        <path d={icon} />
      </svg>
      {text}
    </Link>
  );
}

/** Listens on every page, so that the connection stays while pages change. */
function FeedBadge() {
  useFeed(() => undefined);
  const connected = useConnected();
  return (
    <span className={`badge ${connected ? "good" : "warn"}`} role="status">
      {connected ? t("feed.live") : t("feed.reconnecting")}
    </span>
  );
}

function Page({ path }: { path: string }) {
  if (path === "/campaigns") return <CampaignsPage />;
  if (path === "/campaigns/new") return <NewCampaignPage />;
  const campaign = match("/campaigns/:id", path);
  if (campaign) return <CampaignPage key={campaign["id"]} id={Number(campaign["id"])} />;
  if (path === "/calls") return <CallsPage />;
  const call = match("/calls/:id", path);
  if (call) return <CallPage key={call["id"]} id={call["id"] ?? ""} />;
  return <p className="empty">{t("common.notFound")}</p>;
}
