/* Talks to the server: JSON in and out, CSRF, problems, and the way to the sign-in page. */

import { lang, t } from "./i18n.js";

/** A failed request, with words for the user: what happened and what to do. */
export class Problem extends Error {
  constructor({ status = 0, title, detail = "", body = null }) {
    super(title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.body = body;
  }
}

const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** Leaves for the sign-in page and comes back to the same map afterwards; a wall asks for its token. */
export function goToSignIn() {
  if (window.location.pathname === "/wall") {
    window.location.assign("/wall/enter");
    return;
  }
  const here = window.location.pathname + window.location.search + window.location.hash;
  window.location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}

/** The response of a request that succeeded; any other becomes a Problem. Aborted requests stay AbortErrors. */
export async function request(path, { method = "GET", body = null, signal = undefined, accept = "application/json" } = {}) {
  const headers = { Accept: `${accept}, application/problem+json`, "Accept-Language": lang };
  if (method !== "GET") {
    headers["X-CSRF-Token"] = csrfToken();
  }
  const isForm = body instanceof FormData; // the browser names its boundary itself
  if (body !== null && !isForm) {
    headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, { method, headers, signal, body: body === null || isForm ? body : JSON.stringify(body), credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Problem({ title: t("error.network.title"), detail: t("error.network.detail") });
  }
  if (response.ok) {
    return response;
  }
  if (response.status === 401) {
    goToSignIn();
  }
  throw await problemFrom(response);
}

async function problemFrom(response) {
  const { status } = response;
  const fallback = status === 403 ? t("error.forbidden") : t("error.retry");
  const kind = response.headers.get("Content-Type") ?? "";
  const body = kind.includes("json") ? await response.json().catch(() => null) : null;
  return new Problem({
    status,
    body,
    title: body?.title || t("error.status", { status }),
    detail: body?.detail || fallback
  });
}

/** The JSON of an answer, or null of an empty one. */
export async function requestJson(path, options = {}) {
  const response = await request(path, options);
  if (response.status === 204) {
    return null;
  }
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Problem({ status: response.status, title: t("error.answer.title"), detail: t("error.answer.detail") });
  }
}

/** A query string of the values that are set. */
export function query(values) {
  const pairs = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return new URLSearchParams(pairs).toString();
}

export const isAbort = (error) => error?.name === "AbortError";
