import { toErrorRecord } from '../../error-record.js'
import { currentProcess } from '../../files/process-identity.js'
import { newRunId, type RunEvent, RunJournal } from './run-journal.js'
import type { EventOf, RunKey } from './run-records.js'

type WithoutTime<Event> = Event extends RunEvent ? Omit<Event, 'at'> : never

/** What is known when a session begins. */
export type SessionStart = Omit<EventOf<'session'>, 'kind' | 'at' | 'process'>

/** What this process writes into the journal of a run, each line with its time. Before it has begun nothing is written. */
export class RunSession {
  readonly #folder: string
  readonly #args: readonly string[]
  #journal: RunJournal | null = null
  #writing: Promise<void> = Promise.resolve()

  /** @param request folder of journals, and the arguments of the command line that continue the run */
  constructor({ folder, args }: { readonly folder: string; readonly args: readonly string[] }) {
    this.#folder = folder
    this.#args = args
  }

  /** The run's. */
  get id(): string {
    return this.#journal!.id
  }

  /** @param unfinished the run that goes on; null for a new one */
  async begin(key: RunKey, start: SessionStart, unfinished: string | null = null): Promise<void> {
    const now = new Date()
    const head = {
      version: 1,
      id: newRunId(now),
      started: now.toISOString(),
      args: this.#args,
      cwd: process.cwd(),
    } as const
    this.#journal =
      unfinished === null
        ? await RunJournal.create(this.#folder, { ...head, ...key })
        : await RunJournal.reopen(this.#folder, unfinished)
    await this.append({ kind: 'session', process: currentProcess(), ...start })
  }

  async append(event: WithoutTime<RunEvent>): Promise<void> {
    await this.#writing
    await this.#write(event)
  }

  /** Writes a line that nobody waits for: a failure is seen by the next one that is waited for. */
  note(event: WithoutTime<RunEvent>): void {
    this.#writing = this.#writing.then(() => this.#write(event))
    this.#writing.catch(() => {})
  }

  /** @param pruned points that were deleted, where that was asked for */
  async end(state: 'done' | 'interrupted', pruned?: number | null): Promise<void> {
    await this.append({ kind: 'end', state, ...(pruned !== undefined && { pruned }) })
    if (state === 'done') await this.#journal?.compact()
  }

  /** Does the work of the session and closes the journal. An error is written down as the run's end. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const { code, message } = toErrorRecord(error)
      await this.#writing.catch(() => {})
      // the error is what the caller gets to know; that it could not be written down as well is not
      await this.#write({ kind: 'end', state: 'failed', error: { code, message } }).catch(() => {})
      throw error
    } finally {
      await this.#journal?.close()
    }
  }

  async #write({ kind, ...event }: WithoutTime<RunEvent>): Promise<void> {
    await this.#journal?.append({ kind, at: new Date().toISOString(), ...event } as RunEvent)
  }
}
