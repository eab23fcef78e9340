/**
 * Makes a clone ready to run: installs the dependencies when node_modules does not match the lock file,
 * builds when dist is not made from the present sources. Prints nothing when there is nothing to do.
 * Plain JavaScript on Node's own modules, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'dist', '.built-from')

function say(line) {
  process.stderr.write(`set-up: ${line}\n`)
}

function run(command, args, what) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    // onnxruntime-node's install script must not fetch anything, whatever the lock file says of it
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    shell: process.platform === 'win32' && command === 'npm',
  })
  if (status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
  say(
    `${what} failed (${error?.message ?? `exit code ${status}`}). Expected: ${command} ${args.join(' ')} to succeed in ${root}.`,
  )
  process.exit(1)
}

/** npm as it was called, else the one on the PATH. */
function npm(args, what) {
  const path = process.env.npm_execpath
  if (path?.endsWith('.js')) run(process.execPath, [path, ...args], what)
  else run('npm', args, what)
}

/** Every package of the lock file is installed in its version, and no other; optional ones (of other platforms) may be absent. */
function isInstalled() {
  const installedFile = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  // what an earlier lock file had is still found by an import
  if (!Object.keys(installed).every((path) => path in wanted)) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const there = installed[path]
    if (there === undefined) return entry.optional === true || entry.peer === true
    return there.version === entry.version && existsSync(join(root, path, 'package.json'))
  })
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

/** Changes when a source file is added, removed or changed. */
function sourcesStamp() {
  const hash = createHash('sha256')
  const files = ['src', 'workers', 'examples', 'page'].flatMap((folder) => filesBelow(join(root, folder)))
  files.push(join(root, 'tsconfig.json'), join(root, 'tsconfig.build.json'), join(root, 'package-lock.json'))
  for (const file of files.sort()) {
    const { mtimeMs, size } = statSync(file)
    hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  say(`expected Node 20.19 or newer, got ${process.versions.node}.`)
  process.exit(1)
}

if (!isInstalled()) {
  say('installing dependencies (npm ci) …')
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], 'the installation')
}

const stamp = sourcesStamp()
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  say('building (tsc) …')
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  run(process.execPath, [join(root, 'scripts', 'build.js')], 'the build')
  writeFileSync(stampFile, stamp)
}
