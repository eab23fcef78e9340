import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { InputError } from '../../errors.js'
import { STDIN } from '../../inputs/sources/resolve-sources.js'
import { DEFAULT_STORE } from '../../pipeline/collection/default-names.js'
import { listRuns, type RunRecord, runsFolder } from '../../pipeline/runs/run-records.js'
import { storeFolder } from '../../stores/open-store.js'
import { addQueueOption, type QueueFlags } from '../queue/queue-flags.js'
import { formatPlace } from '../report/rejection-log.js'
import { describeRecipe } from '../shared/describe-recipe.js'
import { storeLocation } from '../shared/flags.js'
import { addOutputOptions } from '../shared/output-options.js'
import { formatCommand } from '../shared/shell-command.js'
import { type CommonFlags, countOf, formatDuration, formatTable, Terminal } from '../shared/terminal.js'

interface RunsFlags extends CommonFlags, QueueFlags {
  readonly store?: string
  readonly url?: string
}

export function addRuns(runs: Command, setExitCode: (code: number) => void): void {
  const add = (nameAndArguments: string, description: string) =>
    runs
      .command(nameAndArguments)
      .description(description)
      .option('--store <dir>', 'embedded store (default .offgrid/store)')
      .option('--url <url>', 'Qdrant server (default QDRANT_URL); its runs are in .offgrid/runs')
  const addQueued = (nameAndArguments: string, description: string) =>
    addQueueOption(
      runs.command(nameAndArguments).description(description),
      'Redis or Valkey that the run is in, redis://HOST:PORT (default REDIS_URL)',
    )
  const ofQueue = 'the runs of a queue, redis://HOST:PORT, in place of those that this machine did alone'
  addQueueOption(add('list', 'all runs into a store, oldest first'), ofQueue).action(async (flags: RunsFlags) =>
    flags.queue === undefined ? printRuns(flags) : (await queuedRuns()).printQueuedRuns(flags),
  )
  addQueueOption(add('show <id>', 'what a run read, how far it came, and what it rejected'), ofQueue).action(
    async (id: string, flags: RunsFlags) =>
      flags.queue === undefined ? showRun(id, flags) : (await queuedRuns()).showQueuedRun(id, flags),
  )
  addQueued('retry <id>', 'give out again the parts of a run that were set aside').action(
    async (id: string, flags: RunsFlags) => (await queuedRuns()).retryQueuedRun(id, flags),
  )
  addQueued('cancel <id>', 'begin no more parts of a run; what is stored stays').action(
    async (id: string, flags: RunsFlags) => (await queuedRuns()).cancelQueuedRun(id, flags),
  )
  add('resume <id>', 'continue a run that was interrupted or failed').action((id: string, flags: RunsFlags) =>
    resumeRun(id, flags, setExitCode),
  )
}

function queuedRuns() {
  return import('../queue/queued-runs.js')
}

async function printRuns(flags: RunsFlags): Promise<void> {
  const runs = (await listRuns(folderOf(flags))).map(summarize)
  const rows = runs.map(({ id, state, pid, collection, documents, rejected, documentsPerSecond, resume }) => [
    id,
    pid === null ? state : `${state} (${pid})`,
    collection,
    documents,
    rejected,
    documentsPerSecond === null ? '' : documentsPerSecond.toFixed(1),
    resume ?? '',
  ])
  const table = formatTable(['run', 'state', 'collection', 'documents', 'rejected', 'per second', 'to continue'], rows)
  new Terminal(flags).result({ runs }, runs.length === 0 ? 'no runs' : table)
}

async function showRun(id: string, flags: RunsFlags): Promise<void> {
  const run = await requireRun(id, flags)
  const { started, sources, sessions, progress, rejected, end, fingerprint, reading } = run
  const summary = summarize(run)
  const lines = [
    `run         ${id}, begun ${started}`,
    `state       ${summary.pid === null ? summary.state : `${summary.state} in process ${summary.pid}`}${end?.error === undefined ? '' : `: ${end.error.message} [${end.error.code}]`}`,
    `sources     ${sources.join(', ')}`,
    ...(sessions.at(-1)?.input.first ?? []).map(
      ({ path, sizeBytes, modified }) =>
        `            ${path}${sizeBytes === null ? '' : `, ${sizeBytes} bytes, ${modified}`}`,
    ),
    `collection  ${summary.collection} (${summary.store})`,
    ...describeRecipe(fingerprint).map((line, i) => `${(i === 0 ? 'made with' : '').padEnd(12)}${line}`),
    `sessions    ${sessions.map(({ at }) => at).join(', ')}`,
    progress === null
      ? 'progress    none yet'
      : `progress    ${countOf(progress.documents, 'document')} (${progress.unchanged} unchanged), ${countOf(progress.points, 'point')}, ${progress.failed} rejected, ${countOf(progress.tokens, 'token')} in ${formatDuration(progress.seconds)}; the first ${countOf(progress.settledRecords, 'record is', 'records are')} done with`,
    ...rejected.map(({ place, reason, code }) => `rejected    ${formatPlace(place)}: ${reason} [${code}]`),
    ...(summary.resume === null ? [] : [`to continue ${summary.resume}`]),
  ]
  const details = { sources, fingerprint, reading, sessions, progress, rejected, end }
  new Terminal(flags).result({ ...summary, ...details }, lines.join('\n'))
}

/** Gives the run's own command again, in its own folder. */
async function resumeRun(id: string, flags: RunsFlags, setExitCode: (code: number) => void): Promise<void> {
  const run = await requireRun(id, flags)
  if (run.state !== 'interrupted' && run.state !== 'failed') {
    const next = run.state === 'running' ? 'stop it first, or wait' : 'there is nothing to continue'
    throw new InputError('RUN_NOT_OPEN', `Run ${id} is ${run.state}: ${next}.`)
  }
  if (run.sources.includes(STDIN)) {
    throw new InputError(
      'RUN_READS_STDIN',
      `Run ${id} reads stdin; give it the input again: … | ${formatCommand(run.args)}`,
    )
  }
  requireOwnStore(run, flags)
  // QDRANT_URL of now is not where the run went
  const isPlaced = run.args.includes('--store') || run.args.includes('--url')
  const again = [
    ...run.args,
    ...(isPlaced ? [] : ['--store', DEFAULT_STORE]),
    ...(flags.json === true ? ['--json'] : []),
    ...(flags.quiet === true ? ['--quiet'] : []),
  ]
  try {
    process.chdir(run.cwd)
  } catch (cause) {
    throw new InputError(
      'RUN_FOLDER_MISSING',
      `Run ${id} was begun in ${run.cwd}, which cannot be entered now (${(cause as Error).message}). Its command: ${formatCommand(run.args)}`,
      { cause },
    )
  }
  const program = new Command('offgrid').exitOverride()
  const ingest = addOutputOptions(program.command('ingest [source...]'))
  const { addIngest } = await import('./ingest-command.js')
  addIngest(ingest, setExitCode)
  await program.parseAsync(again, { from: 'user' })
}

/**
 * A journal in a store's folder is about that store: one that came with a copy of it, or was written by somebody else, does not lead to another.
 * @throws InputError `RUN_ELSEWHERE`
 */
function requireOwnStore({ id, args, cwd }: RunRecord, flags: RunsFlags): void {
  const folder = storeFolder(storeLocation(flags, process.env))
  if (folder === null) return
  const named = args.includes('--store') ? args[args.indexOf('--store') + 1] : DEFAULT_STORE
  const writesTo = resolve(cwd, String(named))
  if (!args.includes('--url') && isSameFolder(writesTo, resolve(folder))) return
  throw new InputError(
    'RUN_ELSEWHERE',
    `Run ${id} is kept in ${resolve(folder)}, but its command writes to another store (${args.includes('--url') ? 'a server' : writesTo}). ` +
      `To run it all the same, in ${cwd}: ${formatCommand(args)}`,
  )
}

function isSameFolder(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    return false
  }
}

function folderOf(flags: RunsFlags): string {
  return runsFolder(storeLocation(flags, process.env))
}

async function requireRun(id: string, flags: RunsFlags): Promise<RunRecord> {
  const folder = folderOf(flags)
  const run = (await listRuns(folder)).find((found) => found.id === id)
  if (run !== undefined) return run
  throw new InputError('RUN_UNKNOWN', `Expected the id of a run in ${folder}, got ${id}. See: offgrid runs list`)
}

function summarize({ id, started, state, sessions, collection, store, progress, args, cwd }: RunRecord) {
  const isOpen = state === 'interrupted' || state === 'failed'
  return {
    id,
    started,
    state,
    /** The process that works on it now. */
    pid: state === 'running' ? (sessions.at(-1)?.process.pid ?? null) : null,
    collection,
    store,
    documents: progress?.documents ?? 0,
    rejected: progress?.failed ?? 0,
    documentsPerSecond: progress === null ? null : rateOf(progress),
    /** What continues it, in `cwd`. */
    resume: isOpen ? formatCommand(args) : null,
    cwd,
  }
}

/** Documents that were encoded in a second; null where none was. */
function rateOf({ documents, unchanged, seconds, ...later }: NonNullable<RunRecord['progress']>): number | null {
  // journals of earlier versions hold neither
  const { encoded = documents - unchanged, encodingSeconds = seconds } = later
  return encoded === 0 || encodingSeconds === 0 ? null : encoded / encodingSeconds
}
