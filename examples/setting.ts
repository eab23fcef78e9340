import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { InferenceClient, LocalClient } from 'offgrid'

export interface Passage {
  readonly qa_id: string
  readonly question: string
  readonly passage_text: string
  readonly [field: string]: unknown
}

export interface Setting extends AsyncDisposable {
  readonly client: InferenceClient
  readonly passages: readonly Passage[]
  readonly collection: string
}

/** The compiled examples stand in dist/examples. */
const SAMPLE = fileURLToPath(new URL('../../bench/sample/medical-qa.jsonl', import.meta.url))

/**
 * Reads the command line, `[passages.jsonl] [--url URL | --store DIR] [--collection NAME]`, and the passages; opens a server (also QDRANT_URL, with
 * the key in QDRANT_API_KEY), a folder, or a store that lasts as long as the process.
 */
export async function openSetting(defaultCollection: string): Promise<Setting> {
  const { values, positionals } = parseArgs({
    options: { url: { type: 'string' }, store: { type: 'string' }, collection: { type: 'string' } },
    allowPositionals: true,
  })
  const { collection = defaultCollection } = values
  const lines = (await readFile(positionals[0] ?? SAMPLE, 'utf8')).split('\n').filter((line) => line.trim() !== '')
  const passages = lines.map((line) => JSON.parse(line) as Passage)

  const url = values.url ?? (values.store === undefined ? process.env.QDRANT_URL : undefined)
  const apiKey = process.env.QDRANT_API_KEY
  if (url !== undefined) {
    const client = new InferenceClient({ url, ...(apiKey === undefined ? {} : { apiKey }) })
    return { client, passages, collection, [Symbol.asyncDispose]: () => client.close() }
  }
  const local = values.store === undefined ? LocalClient.memory() : await LocalClient.open({ path: values.store })
  const client = new InferenceClient({ client: local })
  const close = async () => {
    await client.close()
    await local.close()
  }
  return { client, passages, collection, [Symbol.asyncDispose]: close }
}
