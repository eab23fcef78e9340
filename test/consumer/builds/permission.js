import { join } from 'node:path'
import { ESM, expectText, makeApp, PRINT, run } from '../consumer.js'

/** Node's own permissions; what is missing is named. */
export default async function permission() {
  const app = await makeApp('permission', { files: { 'app.mjs': ESM + PRINT } })
  const cache = join(app.folder, 'cache')
  process.env.OFFGRID_CACHE = cache
  const [major] = process.versions.node.split('.').map(Number)
  const model = [
    major < 22 ? '--experimental-permission' : '--permission',
    `--allow-fs-read=${app.folder}`,
    `--allow-fs-write=${cache}`,
  ]
  await app.node([...model, '--allow-worker', '--allow-addons', 'app.mjs'])
  const withoutAddons = await run(app.folder, process.execPath, [...model, '--allow-worker', 'app.mjs'])
  expectText(withoutAddons.output, '--allow-addons')
  const withoutWorkers = await run(app.folder, process.execPath, [...model, '--allow-addons', 'app.mjs'])
  expectText(withoutWorkers.output, '--allow-worker')
}
