import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import type { StoredPoint } from '../../../src/stores/store.js'
import { RedisServer } from '../../queue/redis-server.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { type CliResult, runCli } from '../run-cli.js'

/** Words of which texts are made. */
const WORDS =
  'gout fever heart liver acute chronic pain therapy dose child adult trial risk blood bone skin lung'.split(' ')

/** Records of JSONL: every 40th has the id of the one 1,000 before it or so, and every 97th is broken. */
export function corpusLines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    if (i % 97 === 96) return `broken ${i}`
    const text = Array.from({ length: 6 + (i % 9) }, (_, j) => WORDS[(i * 7 + j * j * 3) % WORDS.length]).join(' ')
    const id = i % 40 === 39 ? Math.floor(i / 2) : i
    return JSON.stringify({ id, text: `${text} ${i}`, year: 1990 + (i % 30) })
  })
}

/** A folder, a Redis and a Qdrant-speaking server, which are there until `close`. */
export class QueueSetup {
  readonly folder = mkdtempSync(join(tmpdir(), 'offgrid-queued-'))
  readonly redis: RedisServer
  readonly #client: LocalClient
  #qdrant: QdrantTestServer

  private constructor(redis: RedisServer, client: LocalClient, qdrant: QdrantTestServer) {
    this.redis = redis
    this.#client = client
    this.#qdrant = qdrant
  }

  static async start(): Promise<QueueSetup> {
    const client = LocalClient.memory()
    return new QueueSetup(await RedisServer.start(), client, await QdrantTestServer.start({ client }))
  }

  get url(): string {
    return this.#qdrant.url
  }

  writeCorpus(lines: readonly string[], name = 'corpus.jsonl'): void {
    writeFileSync(join(this.folder, name), lines.join('\n'))
  }

  /** Small parts and short leases, so that small inputs have many parts and the dead are noticed soon. */
  readonly env = { OFFGRID_PART_BYTES: '8000', OFFGRID_QUEUE_LEASE_MS: '1000' }

  run(...args: string[]): Promise<CliResult> {
    return runCli(args, { cwd: this.folder, env: this.env })
  }

  /** Arguments of an ingest into the server. */
  ingestArgs(collection: string, vectors = 'bm25'): string[] {
    return ['ingest', 'corpus.jsonl', '--url', this.url, '--collection', collection, '--vectors', vectors]
  }

  get queueArgs(): string[] {
    return ['--queue', this.redis.url]
  }

  /** Everything a collection holds, in the order of the ids. */
  async pointsOf(collection: string): Promise<StoredPoint[]> {
    await using store = await openQdrantStore({ url: this.url })
    const all: StoredPoint[] = []
    for (let offset: StoredPoint['id'] | null | undefined; offset !== null; ) {
      const page = await store.scroll(collection, {
        limit: 1000,
        vectors: true,
        ...(offset !== undefined && { offset }),
      })
      all.push(...page.points)
      offset = page.next
    }
    return all
  }

  /** Neighbours of a node of each graph, as the collection is configured now. */
  async graphLinks(collection: string): Promise<unknown> {
    await using store = await openQdrantStore({ url: this.url })
    const info = (await store.describeCollection(collection))!
    if (Object.keys(info.metadata).some((key) => key.startsWith('offgrid.load')))
      throw new Error('a load is still open')
    return info.config.hnsw_config?.m
  }

  /** The server is away for some time. */
  async outage(ms: number): Promise<void> {
    const port = Number(new URL(this.url).port)
    await this.#qdrant.close()
    await new Promise((resolve) => setTimeout(resolve, ms))
    this.#qdrant = await QdrantTestServer.start({ client: this.#client, port })
  }

  async close(): Promise<void> {
    await this.redis.stop()
    await this.#qdrant.close()
    await this.#client.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
