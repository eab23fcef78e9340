/**
 * Tries offgrid in every build of docs/bundlers.md, as it is installed from a tarball: each script of builds/ passes, or checks the error that
 * is documented. It needs a package registry and minutes, and so is not part of `npm test`.
 *   node test/consumer/run-consumers.js [NAME…]     OFFGRID_TARBALL names a package that is there already
 */
import { readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildNames, makeBase, root, runTo, scratch } from './consumer.js'

const names = process.argv.length > 2 ? process.argv.slice(2) : buildNames()
const unknown = names.filter((name) => !buildNames().includes(name))
if (unknown.length > 0) throw new Error(`Expected names of ${buildNames().join(', ')}, got ${unknown.join(', ')}.`)

async function tarballOf() {
  if (process.env.OFFGRID_TARBALL) return resolve(process.env.OFFGRID_TARBALL)
  await runTo('', root, 'npm', ['pack', '--pack-destination', scratch], { seconds: 600 })
  return join(
    scratch,
    readdirSync(scratch).find((name) => name.endsWith('.tgz')),
  )
}

async function hasRegistry() {
  return runTo(/\d/, scratch, 'npm', ['view', 'onnxruntime-common', 'version', '--fetch-retries=0'], {
    seconds: 60,
  }).then(
    () => true,
    () => false,
  )
}

const counts = { passed: 0, failed: 0, skipped: 0 }
const say = (line) => process.stdout.write(`${line}\n`)
try {
  if (await hasRegistry()) {
    const tarball = await tarballOf()
    await makeBase(tarball)
    for (const name of names) {
      const started = performance.now()
      const { default: build } = await import(`./builds/${name}.js`)
      let line = 'ok'
      try {
        const note = await build({ tarball })
        if (note) line = note
        counts[line.startsWith('skipped') ? 'skipped' : 'passed'] += 1
      } catch (error) {
        line = `FAILED\n${error.stack}`
        counts.failed += 1
      }
      say(`${name.padEnd(14)} ${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`)
      rmSync(join(scratch, name), { recursive: true, force: true })
    }
  } else {
    counts.skipped = names.length
    say('No registry of packages can be reached: nothing was tried.')
  }
} finally {
  if (!process.env.OFFGRID_KEEP) rmSync(scratch, { recursive: true, force: true })
}
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
