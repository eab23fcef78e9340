import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastStage, parseDockerfile } from './deploy-rules.js'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const script = join(dirname(fileURLToPath(import.meta.url)), 'image-tree.sh')
const NAMESPACES = ['--mount', '--net', '--pid', '--fork', '--propagation', 'private']

/** Root changes to the image's user; somebody else is root in a namespace of their own alone, and has no other user to change to. */
const isRoot = process.getuid?.() === 0
const probe = isRoot ? spawnSync('unshare', [...NAMESPACES, 'mount', '-t', 'tmpfs', 'none', '/mnt']) : { status: 1 }
const isPermitted = probe.status === 0

/** Of the sample corpus. */
const DOCUMENTS = 20

const instructions = parseDockerfile(readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8'))
const stage = lastStage(instructions)
const textOf = (name: string) => stage.filter((each) => each.name === name).map(({ text }) => text)
const [user] = textOf('USER').at(-1)!.split(':') as [string]
const environment = Object.fromEntries(
  Array.from(
    textOf('ENV')
      .join(' ')
      .matchAll(/(\w+)=(\S+)/g),
    ([, name, value]) => [name!, value!],
  ),
)

let folder: string
let tree: string
let data: string

beforeAll(() => {
  if (!isPermitted) return
  folder = mkdtempSync(join(tmpdir(), 'offgrid-image-'))
  // the image's user walks through it
  chmodSync(folder, 0o755)
  const built = join(folder, 'build', 'opt', 'offgrid')
  mkdirSync(built, { recursive: true })
  execFileSync(
    process.execPath,
    [join(root, 'dist', 'src', 'cli', 'main.js'), 'models', 'bundle', join(folder, 'offgrid.tgz'), '--with-program'],
    { stdio: 'pipe' },
  )
  execFileSync('tar', ['-xzf', join(folder, 'offgrid.tgz'), '-C', built])
  const env = { ...process.env, OFFGRID_CACHE: join(built, 'cache'), OFFGRID_MODELS: '', QDRANT_URL: '' }
  execFileSync(join(built, 'offgrid'), ['doctor', '--store', join(folder, 'doctor')], { env, stdio: 'pipe' })
  execFileSync('chmod', ['-R', 'a+rX,go-w', built])
  // what npm would bring for the queue is in the clone
  for (const name of ['bullmq', 'ioredis'])
    cpSync(join(root, 'node_modules', name), join(folder, 'build', 'opt', 'queue', 'node_modules', name), {
      recursive: true,
    })
  tree = join(folder, 'image')
  for (const copy of textOf('COPY')) {
    const [, from, to] = /^--from=build (\S+) (\S+)$/.exec(copy)!
    cpSync(join(folder, 'build', from!), join(tree, to!), { recursive: true, verbatimSymlinks: true })
  }
  mkdirSync(join(tree, 'data'))
  data = join(folder, 'volume')
  mkdirSync(data)
  chownSync(data, Number(user), Number(user))
}, 300_000)
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** Runs JavaScript in the image, with its environment and user; gives what it prints as JSON. */
function runInside(code: string): unknown {
  const file = join(data, 'probe.mjs')
  writeFileSync(file, code)
  const args = [...NAMESPACES, 'sh', script, tree, data, user, process.execPath, '/data/probe.mjs']
  const env = { ...environment, PATH: '/node:/usr/bin:/bin:/usr/sbin:/sbin', OFFGRID_TOKEN: 'a-token-of-this-test' }
  const { status, stdout, stderr } = spawnSync('unshare', args, { env, encoding: 'utf8', timeout: 240_000 })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return JSON.parse(stdout)
}

test.skipIf(!isPermitted)(
  'the tree of the image ingests, searches and serves as its user, with a read-only root and without a network (skipped unless root may unshare)',
  () => {
    const entrypoint = JSON.parse(textOf('ENTRYPOINT')[0]!)
    const command = JSON.parse(textOf('CMD')[0]!)
    const health = JSON.parse(textOf('HEALTHCHECK')[0]!.replace(/^.*?CMD\s+/, ''))
    const sample = readFileSync(join(root, 'bench', 'sample', 'medical-qa.jsonl'), 'utf8').split('\n')
    writeFileSync(join(data, 'corpus.jsonl'), sample.slice(0, DOCUMENTS).join('\n'))
    const result = runInside(`
      import { spawn, spawnSync } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      import { connect } from 'node:net'
      process.chdir('/data')
      const [program] = ${JSON.stringify(entrypoint)}
      const run = (...args) => {
        const { status, stdout, stderr } = spawnSync(program, [...args, '--json'], { encoding: 'utf8' })
        return { status, answer: stdout === '' ? null : JSON.parse(stdout), stderr }
      }
      const codeOf = (act) => { try { act(); return 'done' } catch (error) { return error.code } }
      const network = await new Promise((resolve) => connect(53, '192.0.2.1').on('connect', () => resolve('connected')).on('error', (error) => resolve(error.code)))
      const ingested = run('ingest', 'corpus.jsonl', '--store', '/data/store', '--vectors', 'dense,bm25', '--quiet')
      const found = run('search', 'What is relapsing polychondritis?', '--store', '/data/store', '--quiet')
      const server = spawn(program, ${JSON.stringify(command)}, { stdio: ['ignore', 'ignore', 'pipe'] })
      let log = ''
      server.stderr.on('data', (text) => { log += text })
      const ended = new Promise((resolve) => server.on('close', resolve))
      const [healthCommand, ...healthArgs] = ${JSON.stringify(health)}
      const ready = new Promise((resolve) => server.stderr.on('data', () => log.includes('ready after') && resolve()))
      await Promise.race([ready, ended])
      const healthy = spawnSync(healthCommand, healthArgs).status
      const ask = async (path, body, token) => {
        const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) }
        const answer = await fetch('http://127.0.0.1:6380' + path, { method: 'POST', headers, body: JSON.stringify(body) })
        return { status: answer.status, body: await answer.json() }
      }
      const input = { data: 'What is gout?', data_type: 'text', model: 'sentence-transformers/all-minilm-l6-v2', options: null }
      const token = process.env.OFFGRID_TOKEN
      const inferred = await ask('/infer', { inputs: [input], inference: 'search', token }).catch((error) => ({ status: String(error), body: log }))
      const refused = await ask('/infer', { inputs: [input], inference: 'search' }).catch(String)
      const searched = await ask('/search', { query: 'What is gout?', limit: 3 }, token).catch(String)
      server.kill('SIGTERM')
      process.stdout.write(JSON.stringify({
        user: process.getuid(), network, healthy,
        written: [codeOf(() => writeFileSync('/file', '')), codeOf(() => writeFileSync('/opt/offgrid/file', '')), codeOf(() => writeFileSync('/tmp/file', ''))],
        ingested: { status: ingested.status, documents: ingested.answer?.documents, stderr: ingested.stderr },
        found: { status: found.status, first: found.answer?.hits?.[0]?.documentId },
        inferred: { status: inferred.status, floats: inferred.body?.embeddings?.[0]?.length, log },
        refused: refused.status, searched: searched.status, exit: await ended,
      }))
    `)
    expect(result).toEqual({
      ...{ user: Number(user), network: 'ENETUNREACH', healthy: 0, written: ['EROFS', 'EROFS', 'EROFS'] },
      ingested: { status: 0, documents: DOCUMENTS, stderr: '' },
      found: { status: 0, first: 'relapsing-polychondritis' },
      inferred: { status: 200, floats: 384, log: expect.any(String) },
      ...{ refused: 401, searched: 200, exit: 0 },
    })
  },
  300_000,
)
