import { type DragEvent, useId, useRef, useState } from "react";
import { api, data, importList, type ImportResult } from "../../api/client";
import { t } from "../../i18n";
import { Failure, Field, Select } from "../../ui/parts";
import { useResource } from "../../ui/use-resource";
import type { Choose, Draft } from "./new-campaign";

const PROBLEMS_SHOWN = 100;

/** Step 1: a CSV file, or a list that is already here. */
export function ChooseList({ draft, choose }: { draft: Draft; choose: Choose }) {
  const lists = useResource("lists", () => data(api.GET("/api/lists")));
  const [numbers, setNumbers] = useState("international");
  const [region, setRegion] = useState("US");
  const [importing, setImporting] = useState<string | null>(null);
  const [result, setResult] = useState<ImportResult | null>(null);
  const [error, setError] = useState<unknown>(null);

  const take = (file: File) => {
    setImporting(file.name);
    setError(null);
    setResult(null);
    const fields = { name: listName(file.name), numbers, ...(numbers === "international" ? { region } : {}) };
    importList(file, fields)
      .then((imported) => {
        setResult(imported);
        choose({ list: { id: imported.list.id, name: imported.list.name, contacts: imported.list.contacts } });
        lists.reload();
      }, setError)
      .finally(() => setImporting(null));
  };

  return (
    <section className="card stack" aria-label={t("wizard.list")}>
      <div className="filters">
        <Select
          label={t("wizard.numbers")}
          value={numbers}
          onChange={setNumbers}
          options={[
            { value: "international", text: t("wizard.numbers.international") },
            { value: "local", text: t("wizard.numbers.local") },
          ]}
        />
        {numbers === "international" && (
          <Field
            label={t("wizard.region")}
            value={region}
            maxLength={2}
            onChange={(e) => setRegion(e.target.value.toUpperCase())}
          />
        )}
      </div>
      <DropZone onFile={take} busy={importing !== null} />
      {importing !== null && <p role="status">{t("wizard.importing", { file: importing })}</p>}
      {error !== null && <Failure error={error} />}
      {result && <Imported result={result} />}
      {lists.value && lists.value.length > 0 && (
        <fieldset className="stack" style={{ gap: 8 }}>
          <legend className="legend">{t("wizard.existing")}</legend>
          {lists.value.map((list) => (
            <label key={list.id} className="choice">
              <input
                type="radio"
                name="list"
                checked={draft.list?.id === list.id}
                disabled={!list.complete}
                onChange={() => choose({ list: { id: list.id, name: list.name, contacts: list.contacts } })}
              />
              <span>
                <b>{list.name}</b>
                <br />
                <span className="small muted">
                  {t("wizard.contacts", { n: list.contacts })} · {list.columns.join(", ")}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <button
          type="button"
          className="button primary"
          disabled={!draft.list || draft.list.contacts === 0}
          onClick={() => choose({ step: "template" })}
        >
          {t("common.next")}
        </button>
      </div>
    </section>
  );
}

/** `contacts.csv` imported twice must not collide: the name carries the local time, as Swedes write it. */
function listName(file: string): string {
  const stamp = new Date().toLocaleString("sv");
  return `${file.replace(/\.(csv|txt|tsv)$/i, "")} ${stamp}`;
}

function DropZone({ onFile, busy }: { onFile: (file: File) => void; busy: boolean }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const help = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !busy) onFile(file);
  };
  return (
    <div
      className={`drop ${over ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <b>{t("wizard.drop")}</b>
      <span className="muted">{t("wizard.dropOr")}</span>
      <button type="button" className="button" disabled={busy} aria-describedby={help} onClick={() => input.current?.click()}>
        {t("wizard.choose")}
      </button>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        accept=".csv,.tsv,.txt,text/csv"
        tabIndex={-1}
        aria-label={t("wizard.choose")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) onFile(file);
        }}
      />
      <span id={help} className="small muted">
        {t("wizard.dropHelp")}
      </span>
    </div>
  );
}

function Imported({ result }: { result: ImportResult }) {
  return (
    <>
      <p className="note good" role="status">
        {t("wizard.imported", { n: result.imported, list: result.list.name })}
      </p>
      {result.problem_count > 0 && (
        <details className="note warning" open={result.problem_count <= 10}>
          <summary>{t("wizard.problems", { n: result.problem_count })}</summary>
          <table className="table plain-table small">
            <thead>
              <tr>
                <th scope="col">{t("wizard.problem.line")}</th>
                <th scope="col">{t("wizard.problem.field")}</th>
                <th scope="col">{t("wizard.problem.reason")}</th>
              </tr>
            </thead>
            <tbody>
              {result.problems.slice(0, PROBLEMS_SHOWN).map((problem, i) => (
                <tr key={i}>
                  <td className="num">{problem.line}</td>
                  <td>{problem.field}</td>
                  <td>{problem.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  );
}
