/**
 * Makes a release, and checks one.
 *
 *   node scripts/release.js prepare VERSION [--date YYYY-MM-DD]
 *   node scripts/release.js check
 *
 * "prepare" writes the version wherever it stands and turns "Unreleased" of the changelog into it, dated. Where the repository is known
 * (OFFGRID_REPOSITORY=https://…), package.json gets its address: npm's provenance needs it. "check", on the commit that is tagged, holds
 * all of that against the tag and has npm try the publication.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const UNRELEASED = '## Unreleased'
const MANIFESTS = 'deploy/kubernetes'
const IMAGE = /(image: offgrid:)\S+/g

class ReleaseError extends Error {}

const read = (path) => readFileSync(path, 'utf8')
const readJson = (path) => JSON.parse(read(path))
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
const manifests = () => readdirSync(MANIFESTS).map((name) => `${MANIFESTS}/${name}`)

/** The version's heading in the changelog, and what stands below it. */
function sectionOf(changelog, version) {
  const lines = changelog.split('\n')
  const start = lines.findIndex(
    (line) => line === UNRELEASED.replace('Unreleased', version) || line.startsWith(`## ${version},`),
  )
  if (start < 0) return null
  const end = lines.findIndex((line, i) => i > start && line.startsWith('## '))
  return {
    heading: lines[start],
    text: lines
      .slice(start + 1, end < 0 ? undefined : end)
      .join('\n')
      .trim(),
  }
}

/** Numbers of a version that is to be released: no pre-release, no build. */
function numbersOf(version) {
  const numbers = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version ?? '')
  if (numbers === null) throw new ReleaseError(`expected a version such as 0.2.0, got ${version ?? 'none'}.`)
  return numbers.slice(1).map(Number)
}

function isBehind(version, other) {
  const [a, b] = [numbersOf(version), numbersOf(other)]
  const i = a.findIndex((number, place) => number !== b[place])
  return i >= 0 && a[i] < b[i]
}

function addressesOf(repository) {
  if (!/^https:\/\/[^\s/]+\/\S+$/.test(repository)) {
    throw new ReleaseError(`OFFGRID_REPOSITORY: expected the https:// address of the repository, got ${repository}.`)
  }
  const page = repository.replace(/\.git$/, '')
  return {
    repository: { type: 'git', url: `git+${page}.git` },
    bugs: { url: `${page}/issues` },
    homepage: `${page}#readme`,
  }
}

function prepare(version, date) {
  numbersOf(version)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date))) {
    throw new ReleaseError(`--date: expected YYYY-MM-DD, got ${date}.`)
  }
  const packageJson = readJson('package.json')
  const changelog = read('CHANGELOG.md')
  if (isBehind(version, packageJson.version)) {
    throw new ReleaseError(`expected a version from ${packageJson.version} on, got ${version}.`)
  }
  if (sectionOf(changelog, version) !== null) throw new ReleaseError(`CHANGELOG.md has ${version} already.`)
  const unreleased = sectionOf(changelog, 'Unreleased')
  if (unreleased === null || unreleased.text === '') {
    throw new ReleaseError(`CHANGELOG.md: expected changes below "${UNRELEASED}", got none.`)
  }
  const lock = readJson('package-lock.json')
  const addresses = process.env.OFFGRID_REPOSITORY ? addressesOf(process.env.OFFGRID_REPOSITORY) : {}
  writeJson('package.json', { ...packageJson, version, ...addresses })
  lock.version = version
  lock.packages[''].version = version
  writeJson('package-lock.json', lock)
  writeFileSync(
    'CHANGELOG.md',
    changelog.replace(UNRELEASED, () => `${UNRELEASED}\n\n## ${version}, ${date}`),
  )
  for (const path of manifests()) writeFileSync(path, read(path).replaceAll(IMAGE, `$1${version}`))
  return `${version} is written. Commit it (chore(release): ${version}), tag it v${version}, then: npm run release:check`
}

/** What is wrong with the commit as a release, as a list of sentences. */
function findings(version) {
  const found = []
  const expect = (isRight, what) => {
    if (!isRight) found.push(what)
  }
  const packageJson = readJson('package.json')
  const lock = readJson('package-lock.json')
  expect(packageJson.version === version, `package.json: expected ${version}, got ${packageJson.version}`)
  const locked = [lock.version, lock.packages[''].version]
  expect(
    locked.every((each) => each === version),
    `package-lock.json: expected ${version}, got ${locked.join(', ')}`,
  )
  const section = sectionOf(read('CHANGELOG.md'), version)
  const isDated = section !== null && /^## \S+, \d{4}-\d{2}-\d{2}$/.test(section.heading)
  expect(isDated && section.text !== '', `CHANGELOG.md: expected "## ${version}, YYYY-MM-DD" with what changed`)
  const images = manifests().flatMap((path) => read(path).match(IMAGE) ?? [])
  expect(
    images.every((image) => image.endsWith(`:${version}`)),
    `${MANIFESTS}: expected images of ${version}, got ${images}`,
  )
  const { repository, bugs, homepage } = packageJson
  const hasAddresses = [repository?.url, bugs?.url, homepage].every((address) => address !== undefined)
  expect(
    hasAddresses,
    'package.json: expected repository, bugs and homepage; OFFGRID_REPOSITORY=https://… with "prepare" writes them',
  )
  expect(git('status', '--porcelain') === '', 'expected everything to be committed')
  return found
}

function check() {
  let tag
  try {
    tag = git('describe', '--tags', '--exact-match', '--match', 'v*')
  } catch {
    throw new ReleaseError('expected a commit that is tagged v0.2.0 or the like.')
  }
  const version = tag.slice(1)
  numbersOf(version)
  const found = findings(version)
  if (found.length > 0) throw new ReleaseError(`${tag} is no release:\n${found.map((each) => `  ${each}`).join('\n')}`)
  // for others than npm's own registry a scope's access may be private
  const args = ['publish', '--dry-run', '--json', '--access', 'public']
  const answer = JSON.parse(
    execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 }),
  )
  const { filename, entryCount, unpackedSize } = answer.filename === undefined ? Object.values(answer)[0] : answer
  return `${tag} is a release: ${filename}, ${entryCount} files, ${(unpackedSize / 1e6).toFixed(1)} MB unpacked`
}

try {
  const [command, version, option, date = new Date().toISOString().slice(0, 10)] = process.argv.slice(2)
  if (option !== undefined && option !== '--date') throw new ReleaseError(`expected --date, got ${option}.`)
  if (command !== 'prepare' && command !== 'check') throw new ReleaseError('expected "prepare VERSION" or "check".')
  process.stdout.write(`${command === 'check' ? check() : prepare(version, date)}\n`)
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error
  process.stderr.write(`release: ${error.message}\n`)
  process.exitCode = 1
}
