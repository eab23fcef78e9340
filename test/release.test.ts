import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const script = join(root, 'scripts', 'release.js')
const REPOSITORY = 'https://git.example.com/team/offgrid'

/** Nobody listens there: npm would ask for the versions that are published. */
const NO_REGISTRY = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' }

/** Repositories with what a release changes, and a package that is small: before a release, and with one that was prepared. */
let templates: string
/** A copy of one of them. */
let folder: string

beforeAll(() => {
  templates = mkdtempSync(join(tmpdir(), 'offgrid-release-'))
  folder = join(templates, 'plain')
  mkdirSync(join(folder, 'deploy'), { recursive: true })
  cpSync(join(root, 'deploy', 'kubernetes'), join(folder, 'deploy', 'kubernetes'), { recursive: true })
  writeFileSync(
    join(folder, 'CHANGELOG.md'),
    '# Changelog\n\n## Unreleased\n\n- One thing.\n\n## 0.1.0, 2026-01-01\n\nFirst version.\n',
  )
  writeFileSync(join(folder, 'package.json'), '{ "name": "offgrid", "version": "0.1.0" }\n')
  const lock = { name: 'offgrid', version: '0.1.0', packages: { '': { version: '0.1.0' } } }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
  git('init', '-q')
  commit()
  start('plain', 'prepared')
  expect(prepare('0.2.0')).toMatchObject({ status: 0, stdout: expect.stringContaining('tag it v0.2.0') })
  commit()
})
afterAll(() => rmSync(templates, { recursive: true, force: true }))

let copies = 0
function start(from: 'plain' | 'prepared', name = `copy-${++copies}`): void {
  folder = join(templates, name)
  cpSync(join(templates, from), folder, { recursive: true })
}

const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder, stdio: 'pipe' })
function commit(): void {
  git('add', '-A')
  git('commit', '-qm', 'x')
}
function release(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    ...{ cwd: folder, encoding: 'utf8' },
    env: { ...process.env, ...NO_REGISTRY, OFFGRID_REPOSITORY: '', ...env },
  })
  return { status, stdout, stderr }
}
const prepare = (version: string) =>
  release(['prepare', version, '--date', '2026-12-01'], { OFFGRID_REPOSITORY: REPOSITORY })

describe('a release', () => {
  test('is prepared: the version wherever it stands, the changes dated, the addresses of the repository', () => {
    start('prepared')
    expect(read('CHANGELOG.md')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0, 2026-12-01\n\n- One thing.\n\n## 0.1.0, 2026-01-01\n\nFirst version.\n',
    )
    expect(JSON.parse(read('package.json'))).toEqual({
      ...{ name: 'offgrid', version: '0.2.0', homepage: `${REPOSITORY}#readme` },
      repository: { type: 'git', url: `git+${REPOSITORY}.git` },
      bugs: { url: `${REPOSITORY}/issues` },
    })
    expect(JSON.parse(read('package-lock.json'))).toMatchObject({
      version: '0.2.0',
      packages: { '': { version: '0.2.0' } },
    })
    expect(read('deploy/kubernetes/serve.yaml')).toContain('image: offgrid:0.2.0\n')
  })

  test('that is tagged passes the check, npm trying to publish it', () => {
    start('prepared')
    git('tag', 'v0.2.0')
    expect(release(['check'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/v0\.2\.0 is a release: offgrid-0\.2\.0\.tgz, \d+ files/),
    })
  })

  test.each([
    ['no tag', () => {}, 'a commit that is tagged'],
    ['the tag of another version', () => git('tag', 'v0.3.0'), 'package.json: expected 0.3.0, got 0.2.0'],
    [
      'a change that is not committed',
      () => tagAnd(() => appendFileSync(join(folder, 'CHANGELOG.md'), 'x')),
      'to be committed',
    ],
    [
      'a changelog without it',
      () => changed('CHANGELOG.md', '## 0.2.0, 2026-12-01', '## 0.2'),
      'expected "## 0.2.0, YYYY-MM-DD"',
    ],
    [
      'a changelog without a date',
      () => changed('CHANGELOG.md', '2026-12-01', 'soon'),
      'expected "## 0.2.0, YYYY-MM-DD"',
    ],
    [
      'a lock file of another',
      () => changed('package-lock.json', '"version": "0.2.0"', '"version": "0.1.0"'),
      'package-lock.json',
    ],
    [
      'images of another',
      () => changed('deploy/kubernetes/serve.yaml', 'offgrid:0.2.0', 'offgrid:0.1.0'),
      'deploy/kubernetes',
    ],
    ['no address', () => changed('package.json', '"homepage"', '"page"'), 'OFFGRID_REPOSITORY'],
  ])('with %s does not pass', (_, act, reason) => {
    start('prepared')
    act()
    expect(release(['check'])).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(reason) })
  })

  test.each([
    [['prepare'], 'expected a version'],
    [['prepare', 'v0.2.0'], 'expected a version'],
    [['prepare', '0.0.9'], 'from 0.1.0 on'],
    [['prepare', '0.1.0'], 'has 0.1.0 already'],
    [['prepare', '0.2.0', '--date', 'today'], 'YYYY-MM-DD'],
    [['publish'], '"prepare VERSION" or "check"'],
  ])('is not made by %j, and nothing is written', (args, reason) => {
    start('plain')
    expect(release(args)).toMatchObject({ status: 1, stderr: expect.stringContaining(reason) })
    expect(git('status', '--porcelain').toString()).toBe('')
  })

  test('of no changes, or of an address that is none, is not made', () => {
    start('plain')
    expect(release(['prepare', '0.2.0'], { OFFGRID_REPOSITORY: 'git@example.com:x' }).stderr).toContain('https://')
    writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n## 0.1.0, 2026-01-01\n\nFirst.\n')
    expect(prepare('0.2.0').stderr).toContain('got none')
  })
})

function tagAnd(act: () => void): void {
  git('tag', 'v0.2.0')
  act()
}

function changed(path: string, from: string, to: string): void {
  expect(read(path)).toContain(from)
  writeFileSync(join(folder, path), read(path).replace(from, to))
  commit()
  git('tag', 'v0.2.0')
}
