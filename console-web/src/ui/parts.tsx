// Small parts that every page uses.
import { type InputHTMLAttributes, type ReactNode, useId } from "react";
import { reason } from "../api/client";
import { t } from "../i18n";

type FieldProps = InputHTMLAttributes<HTMLInputElement> & { label: string; wrong?: string | undefined; hint?: string };

/** A labelled input that says what is wrong with it. */
export function Field({ label, wrong, hint, ...input }: FieldProps) {
  const id = useId();
  const said = wrong ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        aria-invalid={wrong ? true : undefined}
        aria-describedby={said ? `${id}-said` : undefined}
        {...input}
      />
      {said && (
        <span id={`${id}-said`} className={wrong ? "wrong" : "small muted"}>
          {said}
        </span>
      )}
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: { value: string; text: string }[];
}

export function Select({ label, value, onChange, options }: SelectProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={(e) => onChange(e.target.value)}>
        {options.map((o) => (
          <option key={o.value} value={o.value}>
            {o.text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className="row" style={{ cursor: "pointer" }}>
      <input type="checkbox" checked={checked} onChange={(e) => onChange(e.target.checked)} />
      {label}
    </label>
  );
}

/** What went wrong, with a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div className="note error row" role="alert">
      <span>{reason(error)}</span>
      {retry && (
        <button type="button" className="button plain" onClick={retry}>
          {t("common.retry")}
        </button>
      )}
    </div>
  );
}

export function Loading() {
  return (
    <p className="muted" role="status">
      {t("common.loading")}
    </p>
  );
}

export function Stat({ label, value, note }: { label: string; value: ReactNode; note?: string }) {
  return (
    <div className="stat">
      <dt>{label}</dt>
      <dd>
        {value} {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

/** The head of a page. */
export function Head({ title, crumb, children }: { title: ReactNode; crumb?: ReactNode; children?: ReactNode }) {
  return (
    <div className="head">
      <div>
        {crumb && <div className="crumb">{crumb}</div>}
        <h1>{title}</h1>
      </div>
      {children && <div className="head-actions">{children}</div>}
    </div>
  );
}
