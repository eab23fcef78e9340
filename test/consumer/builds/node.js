import { CJS, ESM, makeApp, PRINT } from '../consumer.js'

/** Modules and CommonJS, by `require` and by `import()`. */
export default async function node() {
  const files = { 'app.mjs': ESM + PRINT, 'app.cjs': CJS + PRINT }
  const app = await makeApp('node', { files })
  await app.node(['app.mjs'])
  await app.node(['app.cjs'])
}
