// The typed client: paths and bodies come from the OpenAPI document, errors are problems (RFC 9457).
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Session = Schemas["SessionView"];
export type Permission = Schemas["PermissionName"];
export type Campaign = Schemas["CampaignView"];
export type CampaignState = Schemas["CampaignStateName"];
export type Progress = Schemas["ProgressView"];
export type Outcome = Schemas["OutcomeName"];
export type Finding = Schemas["Finding"];
export type Trunk = Schemas["Trunk"];
export type List = Schemas["ListView"];
export type ImportResult = Schemas["ImportView"];
export type Template = Schemas["TemplateView"];
export type CallRow = Schemas["CallRow"];
export type CallDetail = Schemas["CallView"];
export type Turn = Schemas["TurnView"];
export type FeedMessage = Schemas["FeedMessage"];
export type ProblemBody = Schemas["Problem"];

/** A request that the server refused, or that did not reach it. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly kind: string,
    readonly fields: { field: string; message: string }[],
  ) {
    super(message);
  }

  /** What is wrong with one field, if anything. */
  field(name: string): string | undefined {
    return this.fields.find((f) => f.field === name)?.message;
  }
}

let csrf = "";
let onSignedOut: () => void = () => undefined;

/** Remembers the value that changes must carry. */
export function setCsrf(value: string): void {
  csrf = value;
}

/** Called when the server says that nobody is signed in any more. */
export function setSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

const guard: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("x-warmline-csrf", csrf);
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(guard);

/** The data of a response, or an ApiError. */
export async function data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw new ApiError("The server cannot be reached.", 0, "unreachable", []);
  });
  if (response.ok) return data as T;
  throw problem(error, response);
}

function problem(body: unknown, response: Response): ApiError {
  const given = (typeof body === "object" && body !== null ? body : {}) as Partial<ProblemBody>;
  const kind = given.type?.replace("urn:warmline:problem:", "") ?? "unknown";
  if (response.status === 401 && kind === "sign-in") onSignedOut();
  return new ApiError(given.detail ?? response.statusText, response.status, kind, given.errors ?? []);
}

/** Sends a CSV file as a new list. */
export async function importList(file: File, fields: Record<string, string>): Promise<ImportResult> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  // The generated client cannot send a form, so the request is made by hand.
  const response = await fetch("/api/lists", { method: "POST", body: form, headers: { "x-warmline-csrf": csrf } });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problem(body, response);
  return body as ImportResult;
}

/** Words for any failure. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
