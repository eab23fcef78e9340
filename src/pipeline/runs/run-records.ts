import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { PointId } from '../../document.js'
import { isRunning } from '../../files/process-identity.js'
import { type StoreLocation, storeFolder } from '../../stores/open-store.js'
import { isRunFile, type RunEvent, type RunHead, readRunFile, runFileName } from './run-journal.js'

export type RunState = 'running' | 'interrupted' | 'done' | 'failed' | 'replaced'

export type EventOf<K extends RunEvent['kind']> = Extract<RunEvent, { readonly kind: K }>

/** What a run's journal says. */
export interface RunRecord extends RunHead {
  readonly state: RunState
  /** Processes that worked on it. */
  readonly sessions: readonly EventOf<'session'>[]
  /** The newest of the last session; null before its first. */
  readonly progress: EventOf<'progress'> | null
  /** The first documents of each session that were rejected. */
  readonly rejected: readonly EventOf<'rejected'>[]
  readonly repeated: readonly EventOf<'repeated'>[]
  readonly end: EventOf<'end'> | null
  /** ISO 8601 time of its last line. */
  readonly lastActive: string
}

/** Where the journals of runs into a store are: in its folder, or in `.offgrid/runs` for one that has none. */
export function runsFolder(location: StoreLocation): string {
  return join(storeFolder(location) ?? '.offgrid', 'runs')
}

/** All runs of a folder, oldest first; a file that is no journal is passed over. */
export async function listRuns(folder: string): Promise<RunRecord[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const runs: RunRecord[] = []
  for (const name of names.filter(isRunFile)) {
    const found = await readRunFile(join(folder, name))
    // a journal that gives another name would lead to another file when its run goes on
    if (found !== null && runFileName(found.head.id) === name) runs.push(toRecord(found.head, found.events))
  }
  // ids tell seconds only, and two runs may begin within one
  return runs.sort((a, b) => (a.started < b.started ? -1 : a.started > b.started ? 1 : 0))
}

/** What two runs must share for one to go on with the other. */
export type RunKey = Pick<RunHead, 'sources' | 'store' | 'collection' | 'fingerprint' | 'reading'>

/** The newest run that was begun by the same command and is not done. */
export function findUnfinished(runs: readonly RunRecord[], wanted: RunKey): RunRecord | null {
  const found = runs.findLast((run) => isSameCommand(run, wanted))
  return found !== undefined && (found.state === 'interrupted' || found.state === 'failed') ? found : null
}

/** The last known record of each id that comes more than once in the input of a command. */
export function findRepeated(runs: readonly RunRecord[], wanted: RunKey, digest: string): Map<PointId, number> {
  const last = new Map<PointId, number>()
  for (const run of runs.filter((each) => isSameCommand(each, wanted))) {
    for (const [key, record] of run.repeated.filter((each) => each.digest === digest).flatMap((each) => each.documents))
      last.set(key, Math.max(record, last.get(key) ?? 0))
  }
  return last
}

function isSameCommand(run: RunKey, wanted: RunKey): boolean {
  const keyOf = ({ sources, store, collection, fingerprint, reading }: RunKey) =>
    JSON.parse(JSON.stringify({ sources, store, collection, fingerprint, reading })) as unknown
  return isDeepStrictEqual(keyOf(run), keyOf(wanted))
}

/** The runs, those that were given a name of the collection under its own: so journals were written of runs through an alias, and of one that is an alias by now. */
export function byCollection(
  runs: readonly RunRecord[],
  collection: string,
  aliases: readonly string[],
): readonly RunRecord[] {
  return runs.map((run) => (aliases.includes(run.collection) ? { ...run, collection } : run))
}

/** Runs into the same collection. */
export function runsInto(runs: readonly RunRecord[], { store, collection }: Pick<RunHead, 'store' | 'collection'>) {
  return runs.filter((run) => run.store === store && run.collection === collection)
}

function toRecord(head: RunHead, events: readonly RunEvent[]): RunRecord {
  const sessions: EventOf<'session'>[] = []
  const rejected: EventOf<'rejected'>[] = []
  const repeated: EventOf<'repeated'>[] = []
  let progress: EventOf<'progress'> | null = null
  let end: EventOf<'end'> | null = null
  for (const event of events) {
    if (event.kind === 'session') {
      sessions.push(event)
      progress = null
      end = null
    } else if (event.kind === 'progress') progress = event
    else if (event.kind === 'rejected') rejected.push(event)
    else if (event.kind === 'repeated') repeated.push(event)
    else end = event
  }
  const lastActive = events.at(-1)?.at ?? head.started
  return { ...head, state: stateOf(sessions, end), sessions, progress, rejected, repeated, end, lastActive }
}

function stateOf(sessions: readonly EventOf<'session'>[], end: EventOf<'end'> | null): RunState {
  if (end !== null) return end.state
  const last = sessions.at(-1)
  return last !== undefined && isRunning(last.process) ? 'running' : 'interrupted'
}
