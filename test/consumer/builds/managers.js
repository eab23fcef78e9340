import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ESM, freshHome, makeApp, PRINT, runTo, scratch } from '../consumer.js'

/** Installs by pnpm and both kinds of Yarn, without a flag, from an empty home. */
export default async function managers({ tarball }) {
  const tools = await makeApp('managers', { tools: ['pnpm@10', 'yarn@1', '@yarnpkg/cli-dist@4'] })
  const at = (path) => join(tools.folder, 'node_modules', path)
  const notes = []
  for (const [name, script, args] of [
    ['pnpm', at('pnpm/bin/pnpm.cjs'), ['add', tarball]],
    ['yarn 1', at('yarn/bin/yarn.js'), ['add', `file:${tarball}`]],
    ['yarn 4', at('@yarnpkg/cli-dist/bin/yarn.js'), ['add', `offgrid@file:${tarball}`]],
  ]) {
    const folder = join(scratch, name.replace(' ', '-'))
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{ "name": "app", "version": "1.0.0", "private": true }')
    writeFileSync(join(folder, 'app.mjs'), ESM + PRINT)
    if (name === 'yarn 4')
      writeFileSync(join(folder, '.yarnrc.yml'), 'nodeLinker: node-modules\nenableTelemetry: false\n')
    if (name === 'yarn 4') writeFileSync(join(folder, 'yarn.lock'), '')
    const started = performance.now()
    const env = { HOME: freshHome(name.replace(' ', '-')), CI: '', XDG_DATA_HOME: '', XDG_CACHE_HOME: '' }
    await runTo('', folder, process.execPath, [script, ...args], { env, seconds: 600 })
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    await runTo(tools.expected, folder, process.execPath, ['app.mjs'])
    const size = (await runTo(/^\d+/, folder, 'du', ['-sm', 'node_modules'])).split('\t')[0]
    notes.push(`${name} ${seconds} s ${size} MB`)
  }
  return `ok, ${notes.join(', ')}`
}
