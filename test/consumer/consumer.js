/**
 * What the scripts in builds/ share: an application that has offgrid installed as a user installs it, tools beside it from the registry, and a
 * program whose vectors must be the same bits in every build.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** Removed at the end, by run-consumers.js. */
export const scratch = mkdtempSync(join(tmpdir(), 'offgrid-consumers-'))

/** Dense vectors from a thread, and BM25: models, workers, the native library and JavaScript packages are all needed. */
const BODY = `
  const [dense] = await embedAll(['Gout hurts in the big toe.'], { workers: 1 })
  const bm25 = await SparseTextEmbedding.create({ model: 'Qdrant/bm25' })
  const [sparse] = await bm25.queryEmbed(['Gout hurts in the big toe.'])
  await bm25.close()
  return 'VECTORS ' + Buffer.from(dense.buffer, dense.byteOffset, dense.byteLength).toString('hex') + ' ' + sparse.indices.join()`

/** The program as a function \`vectors\`, by how it gets at offgrid. */
const FUNCTION = `async function vectors() {${BODY}\n}\n`
export const ESM = `import { embedAll, SparseTextEmbedding } from 'offgrid'\n${FUNCTION}`
export const CJS = `const { embedAll, SparseTextEmbedding } = require('offgrid')\n${FUNCTION}`
export const DYNAMIC = `async function vectors() {\n  const { embedAll, SparseTextEmbedding } = await import('offgrid')${BODY}\n}\n`
export const PRINT = 'vectors().then((line) => console.log(line))\n'

/** A program's end: its exit code and what it wrote. It is ended after a while. */
export function run(cwd, command, args, { env = {}, seconds = 300 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', CI: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    child.on('error', (error) => chunks.push(Buffer.from(String(error))))
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output: Buffer.concat(chunks).toString() })
    })
  })
}

/** @throws Error with the output, unless the program ended well and printed what is expected */
export async function runTo(expected, cwd, command, args, options) {
  const { code, output } = await run(cwd, command, args, options)
  expectText(output, expected)
  if (code !== 0) throw new Error(`Expected exit code 0, got ${code}:\n${output.slice(-3000)}`)
  return output
}

export function expectText(output, expected) {
  const isThere = typeof expected === 'string' ? output.includes(expected) : expected.test(output)
  if (!isThere) throw new Error(`Expected ${String(expected).slice(0, 90)}, got:\n${output.slice(-3000)}`)
}

/** Environment of somebody who has just got the machine: no configuration of npm but its registry. */
export function freshHome(name) {
  const home = join(scratch, `home-${name}`)
  mkdirSync(home, { recursive: true })
  return home
}

let base
/** The folder with offgrid alone, and the line that every build must print. */
export async function makeBase(tarball) {
  const folder = join(scratch, 'base')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "app", "version": "1.0.0", "private": true }')
  await runTo('added', folder, 'npm', ['install', tarball])
  writeFileSync(join(folder, 'reference.mjs'), ESM + PRINT)
  const output = await runTo(/^VECTORS [0-9a-f]{3072} [0-9,]+$/m, folder, 'node', ['reference.mjs'])
  rmSync(join(folder, 'reference.mjs'))
  base = { folder, expected: output.trim().split('\n').at(-1) }
}

/** An application with offgrid, tools and files; a tool is a package of the registry with its version. */
export async function makeApp(name, { tools = [], files = {}, manifest = {} } = {}) {
  const folder = join(scratch, name)
  cpSync(base.folder, folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  const path = join(folder, 'package.json')
  const { dependencies } = JSON.parse((await import('node:fs')).readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ name, version: '1.0.0', private: true, dependencies, ...manifest }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  if (tools.length > 0)
    await runTo(/added|changed|up to date/, folder, 'npm', ['install', '--save-dev', '--no-audit', ...tools])
  return {
    folder,
    expected: base.expected,
    /** Runs a tool of the application to the line of vectors, or to another text. */
    node: (args, expected = base.expected, options = {}) => runTo(expected, folder, process.execPath, args, options),
    npx: (args, expected = '', options = {}) => runTo(expected, folder, 'npx', ['--no-install', ...args], options),
  }
}

/** The names of the scripts in builds/. */
export function buildNames() {
  return readdirSync(join(root, 'test', 'consumer', 'builds'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -3))
    .sort()
}
