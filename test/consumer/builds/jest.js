import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DYNAMIC, ESM, expectText, makeApp, run } from '../consumer.js'

/** Jest loads modules itself: it needs Node's option for them. */
export default async function jest() {
  const app = await makeApp('jest', { tools: ['jest@30'] })
  const end = `test('vectors', async () => { expect(await vectors()).toBe(${JSON.stringify(app.expected)}) }, 120000)\n`
  writeFileSync(join(app.folder, 'module.test.mjs'), ESM + end)
  writeFileSync(join(app.folder, 'common.test.cjs'), DYNAMIC + end)
  const args = ['jest', '--testMatch', '**/*.test.*js']
  await app.npx(args, /Tests:\s+2 passed/, { env: { NODE_OPTIONS: '--experimental-vm-modules' } })
  const { code, output } = await run(app.folder, 'npx', ['--no-install', ...args])
  expectText(output, '--experimental-vm-modules')
  if (code === 0) throw new Error('Expected Jest to fail without the option: docs/bundlers.md says so.')
}
