import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeTinyModel } from '../encoders/tiny-dense-models.js'
import { type CliResult, runCli } from './run-cli.js'

const PRELOAD = fileURLToPath(new URL('deny-network.cjs', import.meta.url))

let folder: string
let connections: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-no-network-'))
  connections = join(folder, 'connections.txt')
  const documents = '{"_id":"1","text":"Gout hurts."}\n{"_id":"2","text":"Asthma wheezes."}\n'
  await mkdir(join(folder, 'beir'))
  await writeFile(join(folder, 'beir', 'corpus.jsonl'), documents)
  await writeFile(join(folder, 'beir', 'queries.jsonl'), '{"_id":"q","text":"wheezing"}\n')
  await writeFile(join(folder, 'beir', 'qrels.tsv'), 'query-id\tcorpus-id\tscore\nq\t2\t1\n')
  await writeTinyModel(folder, 'static')
})

afterAll(() => rm(folder, { recursive: true }))

/**
 * Every command, in two rows that run beside each other, each in an order in which they build on one another. `bench`, which takes
 * minutes, computes as `ingest` does.
 */
const ROWS: readonly (readonly (readonly string[])[])[] = [
  [
    ['ingest', 'beir/corpus.jsonl', '--workers', '1'],
    ['search', 'wheezing', '--rerank'],
    ['export', '--out', 'points.jsonl'],
    ['compare', 'points.jsonl', '.offgrid/store'],
    ['runs', 'list'],
    ['store', 'verify'],
    ['ingest', 'beir/corpus.jsonl', '--store', 'isolated', '--isolate', '--workers', '1', '--vectors', 'bm25'],
  ],
  [
    ['doctor'],
    ['embed', 'beir/corpus.jsonl', '--model', 'Qdrant/bm25', '--out', 'vectors.jsonl'],
    ['eval', 'beir', '--methods', 'bm25', '--workers', '1'],
    ['models', 'import', 'static', '--as', 'tiny/static'],
    ['models', 'bundle', 'out.tgz', 'tiny/static'],
    ['models', 'unbundle', 'out.tgz'],
    ['models', 'verify', 'tiny/static'],
  ],
]

function run(args: readonly string[]): Promise<CliResult> {
  const env = {
    NODE_OPTIONS: `--require=${PRELOAD}`,
    OFFGRID_CONNECTIONS: connections,
    OFFGRID_CACHE: join(folder, 'cache'),
    OFFGRID_MODELS: '',
    XDG_DATA_HOME: join(folder, 'data'),
    HF_ENDPOINT: '',
    HF_HUB_OFFLINE: '',
  }
  return runCli(args, { cwd: folder, env })
}

async function readConnections(): Promise<string> {
  return existsSync(connections) ? readFile(connections, 'utf8') : ''
}

it('no command but "models pull" asks for a connection, a name or a port, in any of its threads and processes', async () => {
  const runRow = async (commands: (typeof ROWS)[number]) => {
    for (const args of commands) {
      const { code, stderr } = await run(args)
      expect({ command: args.join(' '), code, stderr: code === 0 ? '' : stderr }).toMatchObject({ code: 0 })
      expect({ command: args.join(' '), connections: await readConnections() }).toMatchObject({ connections: '' })
    }
  }
  await Promise.all(ROWS.map(runRow))
  // the trap works: this one asks, and is told how else to bring the model in
  const { code, stderr } = await run(['models', 'pull', 'BAAI/bge-small-en', '--quiet'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/models unbundle/)
  expect(await readConnections()).toContain('huggingface.co')
})

it('the trap is set in worker threads too', async () => {
  await rm(connections, { force: true })
  const script = `import { Worker } from 'node:worker_threads'
    new Worker("require('node:net').connect(9, '127.0.0.1')", { eval: true }).on('error', () => {})`
  await writeFile(join(folder, 'worker.mjs'), script)
  execFileSync(process.execPath, [`--require=${PRELOAD}`, join(folder, 'worker.mjs')], {
    env: { ...process.env, OFFGRID_CONNECTIONS: connections },
  })
  expect(await readConnections()).toMatch(/^socket\.connect/)
})
