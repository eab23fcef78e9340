import type { MessagePort } from 'node:worker_threads'
import { StoreError } from '../errors.js'
import { answerTask, STARTED } from './asked-thread.js'
import { openLocalStore } from './open-local.js'
import type { Store } from './store.js'

/** What a store in a thread can be asked: it is there to be read. */
export type ReadMethod = 'describeCollection' | 'listCollections' | 'count' | 'queryBatch' | 'retrieve' | 'scroll'
export type ReadStore = Pick<Store, ReadMethod | 'location' | 'close'>

/** What the thread is asked, of a store by its number. */
export type StoreTask = { readonly id: number; readonly store: number } & (
  | { readonly op: 'open'; readonly path: string; readonly maxConditions: number }
  | { readonly op: 'close' }
  | { readonly op: ReadMethod; readonly args: readonly unknown[] }
)

/** Answers tasks in a thread: opens embedded stores, reads from them, and closes them. */
export function serveStores(port: MessagePort): void {
  const stores = new Map<number, Store>()
  port.on('message', (task: StoreTask) => answerTask(port, task.id, () => doTask(stores, task)))
  port.postMessage(STARTED)
}

async function doTask(stores: Map<number, Store>, task: StoreTask): Promise<unknown> {
  if (task.op === 'open') {
    const store = await openLocalStore({ path: task.path, readOnly: true, maxConditions: task.maxConditions })
    stores.set(task.store, store)
    return store.location
  }
  const store = stores.get(task.store)
  if (store === undefined) throw new StoreError('STORE_CLOSED', 'The store is closed: open it again.')
  if (task.op === 'close') {
    stores.delete(task.store)
    return await store.close()
  }
  const read = store[task.op] as (...args: readonly unknown[]) => Promise<unknown>
  return await read.apply(store, [...task.args])
}
