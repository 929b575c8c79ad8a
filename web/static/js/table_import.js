/* A file of rows that is too large to be read while one waits: imported as a job, with progress and cancel. */

import "./words/table_import.js";
import { requestJson } from "./api.js";
import { t } from "./i18n.js";
import { JobRun } from "./job_run.js";

const MOST_DIRECT_BYTES = 500_000; // as the server has it

export const isLarge = (file) => file !== undefined && file.size > MOST_DIRECT_BYTES;

/** Runs an import as a job of `path`; gives its outcome, or null when it was refused, failed or cancelled: that is told on the page. */
export async function importAsJob(path, body) {
  let done = null;
  const run = new JobRun({ prefix: "import-", ondone: (id) => { done = id; },
    words: { waiting: t("import.job.waiting"), cancelled: t("import.job.cancelled"), failed: t("import.job.failed"),
      working: (now) => t("import.job.working", { n: Math.round(100 * now.progress), words: now.message }) } });
  await run.start(path, body);
  return done === null ? null : requestJson(`/api/imports/${done}`);
}
