import { chmodSync } from 'node:fs'
import { ESM, makeApp, PRINT, scratch } from '../consumer.js'

/** A function's folder: another user, nothing but a temporary folder to write to, or not even that. */
export default async function lambda() {
  if (process.getuid?.() !== 0) return 'skipped: only the system administrator can run a program as another user'
  const app = await makeApp('lambda', { files: { 'app.mjs': ESM + PRINT } })
  chmodSync(scratch, 0o755)
  const script = `process.setgid(65534); process.setuid(65534); await import('./app.mjs')`
  const args = ['--input-type=module', '-e', script]
  await app.node(args, app.expected, { env: { HOME: '/nonexistent', TMPDIR: '/tmp' } })
  await app.node(args, app.expected, { env: { HOME: '/nonexistent', TMPDIR: '/proc' } })
}
