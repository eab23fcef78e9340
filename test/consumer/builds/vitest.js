import { ESM, makeApp } from '../consumer.js'

/** In processes, and in threads, where a pool works in processes of its own. */
export default async function vitest() {
  const app = await makeApp('vitest', { tools: ['vitest@4'] })
  const { writeFileSync } = await import('node:fs')
  const { join } = await import('node:path')
  const test = `import { expect, test } from 'vitest'\n${ESM}test('vectors', async () => { expect(await vectors()).toBe(${JSON.stringify(app.expected)}) }, 120000)\n`
  writeFileSync(join(app.folder, 'app.test.js'), test)
  await app.npx(['vitest', 'run', '--pool=forks'], /1 passed/)
  await app.npx(['vitest', 'run', '--pool=threads'], /1 passed/)
}
