import { join } from 'node:path'
import { ESM, makeApp, PRINT, runTo } from '../consumer.js'

/** Electron's program comes from another host than the registry. What can be tried is that the files which stay outside of the archive are all. */
export default async function electron() {
  const app = await makeApp('electron', { tools: ['@electron/asar@3'], files: { 'app.mjs': ESM + PRINT } })
  const archive = join(app.folder, 'out', 'app.asar')
  await app.npx(['asar', 'pack', '.', archive, '--unpack-dir', '{node_modules,node_modules/**}'])
  const script = `${ESM}${PRINT}`
  await runTo(app.expected, `${archive}.unpacked`, process.execPath, ['--input-type=module', '-e', script])
  return 'ok, but in Node: the program of Electron cannot be had from the registry'
}
