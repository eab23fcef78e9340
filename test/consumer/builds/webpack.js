import { ESM, makeApp, PRINT } from '../consumer.js'

const config = (external) => `module.exports = {
  mode: 'production', entry: './app.mjs', target: 'node20', externalsPresets: { node: true },
  externals: { offgrid: '${external}' }, output: { path: __dirname + '/out', filename: 'app.cjs' },
}\n`

export default async function webpack() {
  const files = {
    'app.mjs': ESM + PRINT,
    'import.config.cjs': config('import offgrid'),
    'require.config.cjs': config('commonjs offgrid'),
  }
  const app = await makeApp('webpack', { tools: ['webpack@5', 'webpack-cli@6'], files })
  for (const kind of ['import', 'require']) {
    await app.npx(['webpack', '--config', `${kind}.config.cjs`])
    await app.node(['out/app.cjs'])
  }
}
