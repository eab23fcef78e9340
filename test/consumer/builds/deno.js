import { ESM, makeApp, PRINT } from '../consumer.js'

export default async function deno() {
  const app = await makeApp('deno', { tools: ['deno@2'], files: { 'app.mjs': ESM + PRINT } })
  await app.npx(['deno', 'run', '--node-modules-dir=manual', '--no-remote', '-A', 'app.mjs'], app.expected)
}
