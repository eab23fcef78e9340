import type { MessagePort } from 'node:worker_threads'
import { type ParquetFooter, type ParquetRow, ParquetTable } from './parquet-table.js'

/** What the reading thread is asked, one at a time. */
export type ParquetTask =
  | { readonly op: 'open'; readonly path: string }
  | { readonly op: 'group'; readonly index: number }
  | { readonly op: 'rows' }
  | { readonly op: 'close' }

export type ParquetReply =
  | { readonly ok: true; readonly footer?: ParquetFooter; readonly rows?: readonly ParquetRow[] }
  | { readonly ok: false; readonly message: string }

/** What the thread is started with: one int32 that it counts up when it has started, and whenever it has got on. */
export interface ParquetThreadData {
  readonly beats: SharedArrayBuffer
}

/** Answers the tasks that come by a port until it is closed. */
export function serveParquet(port: MessagePort, { beats }: ParquetThreadData): void {
  const count = new Int32Array(beats)
  const beat = () => void Atomics.add(count, 0, 1)
  beat()
  let table: ParquetTable | null = null
  const answer = async (task: ParquetTask): Promise<ParquetReply> => {
    switch (task.op) {
      case 'open':
        await table?.close()
        table = null
        table = await ParquetTable.open(task.path, beat)
        return { ok: true, footer: table.footer }
      case 'group':
        await table!.readRowGroup(task.index)
        return { ok: true }
      case 'rows':
        return { ok: true, rows: table!.takeRows() }
      case 'close':
        await table?.close()
        table = null
        return { ok: true }
    }
  }
  port.on('message', (task: ParquetTask) => {
    answer(task)
      .catch((error: unknown): ParquetReply => {
        return { ok: false, message: error instanceof Error ? error.message : String(error) }
      })
      .then((reply) => port.postMessage(reply))
  })
}
