/**
 * The packages that people use, unmodified and in pinned versions, against `offgrid serve`: each script of js/ and python/, the two tutorials of
 * examples/python, and every snippet of docs/integrations.md that is a program. A script says what it saw; its vectors have to be the library's,
 * bit for bit. What has to be installed is kept in a cache folder, for each list of versions anew.
 *   node test/clients/run-clients.js [NAME…]     names, parts of them, or a language: js, python, examples, docs, openai, …
 * PYTHON names the interpreter. Without a registry of packages to install from, what needs it is skipped, with the reason.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openCacheFolder } from '../../dist/src/files/cache-folder.js'
import { readSnippets } from './read-snippets.js'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const TOKEN = 'a-token-of-the-clients'
/** Of one script, on a busy machine. */
const SCRIPT_MS = 300_000
const INSTALL_MS = 1_200_000
/** No client asks anybody but the service. */
const QUIET = {
  ...{ MEM0_TELEMETRY: 'False', HAYSTACK_TELEMETRY_ENABLED: 'False', HF_HUB_DISABLE_TELEMETRY: '1' },
  DO_NOT_TRACK: '1',
  ...{ LITELLM_LOCAL_MODEL_COST_MAP: 'True', PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' },
}
/** What npm and pip say where nothing can be reached, which is no failure of a client. */
const UNREACHABLE =
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|network request|NewConnectionError|NameResolutionError|Max retries exceeded|Temporary failure in name resolution|from versions: none/i

const say = (line) => process.stdout.write(`${line}\n`)
const run = (command, args, options = {}) =>
  promisify(execFile)(command, args, { maxBuffer: 2 ** 26, timeout: INSTALL_MS, ...options })

class Skipped extends Error {}

/**
 * A folder of the cache that `install` fills, found again by what the files say. A stamp is written when it is whole.
 * @throws Skipped where no registry can be reached
 */
async function installed(name, files, install) {
  const hash = createHash('sha256').update(process.versions.modules)
  for (const file of files) hash.update(await readFile(file))
  const folder = join(await openCacheFolder(), 'clients', `${name}-${hash.digest('hex').slice(0, 12)}`)
  const stamp = join(folder, '.installed')
  if (await stat(stamp).catch(() => null)) return folder
  say(`installing the ${name} packages into ${folder} …`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    await install(folder)
  } catch (error) {
    const output = `${error.stderr ?? ''}${error.stdout ?? ''}` || error.message
    if (error.code === 'ENOENT') throw new Skipped(`${error.path} is not on this machine`)
    if (UNREACHABLE.test(output)) throw new Skipped('no registry of packages can be reached')
    throw new Error(`The ${name} packages could not be installed:\n${output.slice(-4_000)}`)
  }
  await writeFile(stamp, '')
  return folder
}

/** Runs scripts of Node beside the packages, from a folder that looks like the project, which is `offgrid` there. */
async function prepareJs(scratch) {
  const files = ['package.json', 'package-lock.json'].map((name) => join(here, 'js', name))
  const folder = await installed('js', files, async (folder) => {
    for (const file of files) await cp(file, join(folder, file.slice(join(here, 'js').length)))
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'], { cwd: folder })
  })
  const project = await mkdtemp(join(folder, 'run-'))
  scratch.push(project)
  await mkdir(join(project, 'node_modules'))
  await symlink(root, join(project, 'node_modules', 'offgrid'))
  await symlink(join(root, 'dist'), join(project, 'dist'))
  await cp(join(here, 'js'), join(project, 'test', 'clients', 'js'), { recursive: true })
  return { command: process.execPath, folder: join(project, 'test', 'clients', 'js'), extension: 'mjs' }
}

async function preparePython(scratch) {
  const requirements = join(here, 'python', 'requirements.txt')
  const bin = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']
  const folder = await installed('python', [requirements], async (folder) => {
    await run(process.env.PYTHON || 'python3', ['-m', 'venv', folder])
    // every version is in the list, so that nothing has to be worked out
    const pip = [
      '-m',
      'pip',
      'install',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--disable-pip-version-check',
      '--quiet',
    ]
    await run(join(folder, ...bin), [...pip, '--retries', '1', '-r', requirements])
  })
  const snippets = await mkdtemp(join(tmpdir(), 'offgrid-snippets-'))
  scratch.push(snippets)
  return { command: join(folder, ...bin), folder: join(here, 'python'), snippets, extension: 'py' }
}

/** Starts a service with a store of its own. @returns its addresses, and how it is ended */
async function serve(folder, token) {
  const main = join(root, 'dist', 'src', 'cli', 'main.js')
  const flags = [
    '--port',
    '0',
    '--qdrant-port',
    '0',
    '--mcp',
    '--json',
    '--store',
    join(folder, `store-${token ?? 'open'}`),
  ]
  const alias = ['--alias', 'text-embedding-3-small=sentence-transformers/all-MiniLM-L6-v2']
  const guarded = token === undefined ? [] : ['--token-env', 'OFFGRID_TOKEN']
  const child = spawn(process.execPath, [main, 'serve', ...flags, ...alias, ...guarded], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(token !== undefined && { OFFGRID_TOKEN: token }) },
  })
  let log = ''
  child.stderr.on('data', (data) => {
    log = (log + data).slice(-10_000)
  })
  const { url, qdrantUrl } = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`offgrid serve ended with ${code}:\n${log}`)))
    let line = ''
    child.stdout.on('data', (data) => {
      line += data
      if (line.includes('\n')) resolve(JSON.parse(line.slice(0, line.indexOf('\n'))))
    })
  })
  const close = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null) return resolve()
      child.once('exit', resolve)
      child.kill('SIGTERM')
    })
  return { url, qdrantUrl, token, close }
}

/** What is tried: a name, the language it is in, and its file, or the text of a snippet. */
async function listClients() {
  const scripts = async (folder, extension, language) =>
    (await readdir(folder))
      .filter((name) => name.endsWith(extension) && !name.startsWith('offgrid'))
      .sort()
      .map((file) => ({ name: file.slice(0, -extension.length), language, path: join(folder, file), file }))
  const [js, python, examples, snippets] = await Promise.all([
    scripts(join(here, 'js'), '.mjs', 'js'),
    scripts(join(here, 'python'), '.py', 'python'),
    scripts(join(root, 'examples', 'python'), '.py', 'python'),
    readSnippets(),
  ])
  return [
    ...js.map((each) => ({ ...each, name: `js/${each.name}` })),
    ...python.map((each) => ({ ...each, name: `python/${each.name}` })),
    ...examples.map((each) => ({
      ...each,
      name: `examples/python/${each.name}`,
      prints: /polychondritis\?\n.*polychondritis/i,
    })),
    ...snippets
      .filter(({ language }) => language === 'js' || language === 'python')
      .map(({ name, language, code, prints }) => ({ name: `docs/${name}`, language, code, prints })),
  ]
}

/** A snippet as a file beside the packages, with the addresses of the service in place of those of the page. */
async function writeSnippet({ name, code }, { folder, snippets = folder, extension }, { url, qdrantUrl }, store) {
  const path = join(snippets, `snippet-${name.replaceAll(/\W+/g, '-')}.${extension}`)
  const moved = code
    .replaceAll('http://127.0.0.1:6380', url)
    .replaceAll('http://127.0.0.1:6333', qdrantUrl)
    .replaceAll("'.offgrid/store'", JSON.stringify(store))
  await writeFile(path, moved)
  return path
}

async function tryClient(client, runtime, services, store) {
  const service = client.code === undefined ? services.guarded : services.open
  const path =
    client.code === undefined
      ? client.language === 'js'
        ? join(runtime.folder, client.file)
        : client.path
      : await writeSnippet(client, runtime, service, store)
  const env = { ...process.env, ...QUIET, OFFGRID_URL: service.url, OFFGRID_QDRANT_URL: service.qdrantUrl }
  if (service.token !== undefined) env.OFFGRID_TOKEN = service.token
  const { stdout } = await run(runtime.command, [path], { env, cwd: dirname(path), timeout: SCRIPT_MS })
  const { prints = '' } = client
  if (typeof prints === 'string' ? !stdout.includes(prints) : !prints.test(stdout)) {
    throw new Error(`expected it to print ${prints}, got:\n${stdout}`)
  }
  return stdout.trimEnd().split('\n').at(-1)
}

const wanted = process.argv.slice(2)
const clients = (await listClients()).filter(
  ({ name, language }) => wanted.length === 0 || wanted.some((part) => language === part || name.includes(part)),
)
if (clients.length === 0) throw new Error(`Expected names of clients, got ${wanted.join(', ')}.`)

const counts = { passed: 0, failed: 0, skipped: 0 }
const scratch = [await mkdtemp(join(tmpdir(), 'offgrid-clients-'))]
const opened = []
const report = (name, ms, line) =>
  say(`${name.padEnd(44)} ${ms === null ? '' : (ms / 1000).toFixed(1).padStart(6)} s  ${line}`)
try {
  const open = async (token) => {
    const service = await serve(scratch[0], token)
    opened.push(service)
    return service
  }
  const services = { guarded: await open(TOKEN), open: undefined }
  if (clients.some(({ code }) => code !== undefined)) services.open = await open(undefined)
  const store = join(scratch[0], 'sample')
  const main = join(root, 'dist', 'src', 'cli', 'main.js')
  await run(process.execPath, [main, 'ingest', join(root, 'bench', 'sample', 'medical-qa.jsonl'), '--store', store])

  for (const [language, prepare] of Object.entries({ js: prepareJs, python: preparePython })) {
    const ours = clients.filter((client) => client.language === language)
    if (ours.length === 0) continue
    const runtime = await prepare(scratch).catch((error) => error)
    for (const client of ours) {
      const started = performance.now()
      try {
        if (runtime instanceof Error) throw runtime
        const last = await tryClient(client, runtime, services, store)
        counts.passed += 1
        report(client.name, performance.now() - started, `ok: ${last}`)
      } catch (error) {
        if (error instanceof Skipped) {
          counts.skipped += 1
          report(client.name, null, `skipped: ${error.message}`)
          continue
        }
        counts.failed += 1
        const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.slice(-3_000) || error.message
        report(client.name, performance.now() - started, `FAILED\n${output.trimEnd().replaceAll(/^/gm, '    ')}`)
      }
    }
  }
} finally {
  for (const service of opened) await service.close()
  for (const folder of scratch) await rm(folder, { recursive: true, force: true })
}
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
