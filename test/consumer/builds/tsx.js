import { DYNAMIC, ESM, makeApp, PRINT } from '../consumer.js'

/** TypeScript without a build, as modules and as CommonJS. */
export default async function tsx() {
  const app = await makeApp('tsx', { tools: ['tsx@4'], files: { 'app.mts': ESM + PRINT, 'app.cts': DYNAMIC + PRINT } })
  await app.npx(['tsx', 'app.mts'], app.expected)
  await app.npx(['tsx', 'app.cts'], app.expected)
}
