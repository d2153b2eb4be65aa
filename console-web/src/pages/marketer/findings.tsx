import type { Finding } from "../../api/client";
import { t } from "../../i18n";

/** What a check found, worst first. */
export function Findings({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) return <p className="note good">{t("wizard.checkClean")}</p>;
  const rank = { error: 0, warning: 1, info: 2 };
  const sorted = [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]);
  return (
    <ul className="stack" style={{ listStyle: "none", padding: 0, margin: 0, gap: 8 }}>
      {sorted.map((finding, i) => (
        <li key={i} className={`note ${finding.severity === "info" ? "" : finding.severity}`}>
          {finding.message}
        </li>
      ))}
    </ul>
  );
}
