import { CJS, ESM, makeApp, PRINT } from '../consumer.js'

export default async function esbuild() {
  const app = await makeApp('esbuild', {
    tools: ['esbuild@0.28'],
    files: { 'app.mjs': ESM + PRINT, 'old.cjs': CJS + PRINT },
  })
  const external = ['--bundle', '--platform=node', '--external:offgrid']
  await app.npx(['esbuild', 'app.mjs', ...external, '--format=esm', '--outfile=out/app.mjs'])
  await app.node(['out/app.mjs'])
  await app.npx(['esbuild', 'app.mjs', ...external, '--format=cjs', '--outfile=out/app.cjs'])
  await app.node(['out/app.cjs'])
  await app.npx(['esbuild', 'old.cjs', ...external, '--outfile=out/old.cjs'])
  await app.node(['out/old.cjs'])
  // the whole in one file: nothing fails before something of the package is needed, and then the message says what to do
  for (const format of ['esm', 'cjs']) {
    await app.npx([
      'esbuild',
      'app.mjs',
      '--bundle',
      '--platform=node',
      `--format=${format}`,
      `--outfile=out/whole.${format}.js`,
    ])
  }
}
