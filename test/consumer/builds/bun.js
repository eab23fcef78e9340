import { ESM, makeApp, PRINT } from '../consumer.js'

export default async function bun() {
  const app = await makeApp('bun', { tools: ['bun@1'], files: { 'app.mjs': ESM + PRINT } })
  await app.npx(['bun', 'app.mjs'], app.expected)
}
