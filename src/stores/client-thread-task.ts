import { AsyncLocalStorage } from 'node:async_hooks'
import type { MessagePort } from 'node:worker_threads'
import type { Side } from '../encoders/encoder.js'
import { type ErrorRecord, fromErrorRecord } from '../error-record.js'
import { InputError, StoreError } from '../errors.js'
import { parseExactJson } from '../inputs/json/exact-json.js'
import { answerTask, STARTED } from './asked-thread.js'
import { boundedJson } from './local-client/bounded-json.js'
import { type RestCall, runRestRoute } from './local-client/rest-routes.js'
import { ServedClient } from './local-client/served-client.js'
import type { RequestText } from './local-client/text-inference.js'
import { malformed } from './request/refusal.js'
import type { VectorInput } from './store.js'

/** A REST request by its route; the body as it came, empty where there is none. */
export type RestTask = Omit<RestCall, 'body'> & { readonly route: string; readonly body: Uint8Array }

/** What the thread is asked. */
export type ClientTask = { readonly id: number } & (
  | { readonly op: 'open'; readonly path: string; readonly maxConditions: number; readonly maxAnswer: number }
  | ({ readonly op: 'rest' } & RestTask)
  /** A method of the client that only reads, its answer as an object. */
  | { readonly op: 'read'; readonly method: ReadingMethod; readonly args: readonly unknown[] }
  | { readonly op: 'close' }
)

export type ReadingMethod = 'getCollections' | 'getCollection' | 'count' | 'queryBatch' | 'retrieve' | 'scroll'

/** Texts that the thread wants the vectors of, for the task of that number. */
export interface WantedTexts {
  readonly embed: number
  readonly task: number
  readonly texts: readonly RequestText[]
  readonly side: Side
}

/** The vectors of the texts that were wanted by that number. */
export type EmbeddedTexts = { readonly embedded: number } & (
  | { readonly vectors: readonly VectorInput[] }
  | { readonly error: ErrorRecord }
)

interface Wanted {
  readonly resolve: (vectors: readonly VectorInput[]) => void
  readonly reject: (error: Error) => void
}

/** Answers tasks in a thread that has an embedded store open for writing. */
export function serveClient(port: MessagePort): void {
  const tasks = new AsyncLocalStorage<number>()
  const wanted = new Map<number, Wanted>()
  let client: ServedClient | null = null
  let maxAnswer = 0

  const embedTexts = (texts: readonly RequestText[], side: Side) =>
    new Promise<readonly VectorInput[]>((resolve, reject) => {
      const embed = wanted.size === 0 ? 1 : Math.max(...wanted.keys()) + 1
      wanted.set(embed, { resolve, reject })
      port.postMessage({ embed, task: tasks.getStore()!, texts, side } satisfies WantedTexts)
    })

  const doTask = async (task: ClientTask): Promise<unknown> => {
    if (task.op === 'open') {
      maxAnswer = task.maxAnswer
      client = await ServedClient.openServed(task.path, task.maxConditions, embedTexts)
      return null
    }
    if (client === null) throw new StoreError('STORE_CLOSED', 'The store is closed: open it again.')
    switch (task.op) {
      case 'rest': {
        const { route, body, ...call } = task
        const result = await runRestRoute(client, route, { ...call, body: parseBody(body) })
        return new TextEncoder().encode(boundedJson(result, maxAnswer))
      }
      case 'read':
        return await (client[task.method] as (...args: readonly unknown[]) => Promise<unknown>)(...task.args)
      case 'close':
        return await client.close()
    }
  }

  port.on('message', async (message: ClientTask | EmbeddedTexts) => {
    if ('embedded' in message) {
      const asker = wanted.get(message.embedded)
      wanted.delete(message.embedded)
      if ('error' in message) asker?.reject(fromErrorRecord(message.error))
      else asker?.resolve(message.vectors)
      return
    }
    await answerTask(port, message.id, () => tasks.run(message.id, () => doTask(message)))
  })
  port.postMessage(STARTED)
}

/** @throws StoreError `REQUEST_REFUSED` with the server's text */
function parseBody(body: Uint8Array): unknown {
  if (body.length === 0) return undefined
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw malformed((error as Error).message)
  }
}
