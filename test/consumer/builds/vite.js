import { ESM, makeApp, PRINT } from '../consumer.js'

/** Vite for a server, which leaves packages out by itself, and Rollup. */
export default async function vite() {
  const app = await makeApp('vite', { tools: ['vite@8', 'rollup@4'], files: { 'app.mjs': ESM + PRINT } })
  await app.npx(['vite', 'build', '--ssr', 'app.mjs', '--outDir', 'ssr'])
  await app.node([(await import('node:fs')).readdirSync(`${app.folder}/ssr`).map((file) => `ssr/${file}`)[0]])
  await app.npx(['rollup', 'app.mjs', '--external', 'offgrid', '--format', 'es', '--file', 'out/app.mjs'])
  await app.node(['out/app.mjs'])
  await app.npx(['rollup', 'app.mjs', '--external', 'offgrid', '--format', 'cjs', '--file', 'out/app.cjs'])
  await app.node(['out/app.cjs'])
}
