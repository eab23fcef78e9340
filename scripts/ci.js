/** What continuous integration runs: checks, then every test by the commands of the README, with the coverage of the short ones, then one closing line of counts. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const scratch = mkdtempSync(join(tmpdir(), 'offgrid-ci-'))
const counts = { passed: 0, failed: 0, skipped: 0 }

function run(title, command, args) {
  const started = Date.now()
  process.stdout.write(`\n== ${title}: ${command} ${args.join(' ')}\n`)
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  process.stdout.write(
    `== ${title}: ${status === 0 ? 'ok' : `failed (${status})`}, ${Math.round((Date.now() - started) / 1000)} s\n`,
  )
  return status === 0
}

/** The tests of queues start a redis-server each, those of the page a browser; where there is none and it cannot be installed, they say that they are skipped. */
function installFromDebian(program) {
  if (spawnSync(program, ['--version']).status === 0) return
  if (process.platform !== 'linux' || process.getuid() !== 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', program]])
    if (spawnSync('apt-get', ['--quiet', '--quiet', ...args], { env, stdio: 'inherit' }).status !== 0) return
}

/** Runs a Vitest command with options of its own and adds its counts; a run that leaves no report counts as one failure. */
function test(title, script, ...options) {
  const report = join(scratch, `${script.replaceAll(':', '-')}.json`)
  const ok = run(title, 'npm', [
    'run',
    '--silent',
    script,
    '--',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...options,
  ])
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = JSON.parse(
      readFileSync(report, 'utf8'),
    )
    counts.passed += numPassedTests
    counts.skipped += numPendingTests + numTodoTests
    counts.failed += Math.max(numFailedTests, ok && success ? 0 : 1)
  } catch {
    counts.failed += 1
  }
}

/**
 * The packages that people use, of npm and of PyPI: a minute, and up to five more for what has to be installed. Those that cannot be are
 * skipped, with the reason.
 */
function clients() {
  const args = ['run', '--silent', 'test:clients']
  process.stdout.write(`\n== clients: npm ${args.join(' ')}\n`)
  const { status, stdout } = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  process.stdout.write(stdout)
  const [, passed = '0', failed = '1', skipped = '0'] =
    /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(stdout) ?? []
  counts.passed += Number(passed)
  counts.failed += Math.max(Number(failed), status === 0 ? 0 : 1)
  counts.skipped += Number(skipped)
}

for (const program of ['redis-server', 'chromium']) installFromDebian(program)
if (run('set-up', process.execPath, ['scripts/set-up.js'])) {
  if (!run('format, lint, types', 'npm', ['run', '--silent', 'check'])) counts.failed += 1
  test('tests', 'test', '--coverage', '--coverage.reporter=text-summary')
  test('long series', 'test:soak')
  clients()
} else {
  counts.failed += 1
}
rmSync(scratch, { recursive: true, force: true })
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exitCode = counts.failed === 0 ? 0 : 1
