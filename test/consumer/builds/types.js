import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DYNAMIC, expectText, makeApp, PRINT, root, run } from '../consumer.js'

const VERSIONS = ['5.4', '5.9', '6.0']
const options = (module) =>
  JSON.stringify({
    compilerOptions: {
      ...{ module, target: 'es2022', lib: ['es2023', 'esnext.disposable'], types: ['node'] },
      ...{ strict: true, skipLibCheck: false, noEmit: true },
    },
    include: ['*.ts'],
  })

/** Declarations that compile whole, as modules and from CommonJS. */
export default async function types() {
  const publicTypes = readFileSync(join(root, 'test', 'consumer', 'public-types.ts'), 'utf8')
  const app = await makeApp('types', {
    tools: ['@types/node@20', ...VERSIONS.map((version) => `typescript-${version}@npm:typescript@~${version}`)],
    files: {
      'esm/package.json': '{ "type": "module" }',
      'esm/public-types.ts': publicTypes,
      'esm/tsconfig.json': options('nodenext'),
      'cjs/package.json': '{ "type": "commonjs" }',
      'cjs/app.ts': DYNAMIC + PRINT,
      'cjs/tsconfig.json': options('node16'),
      'static/package.json': '{ "type": "commonjs" }',
      'static/app.ts': "import { embedAll } from 'offgrid'\nvoid embedAll(['a'])\n",
      'static/tsconfig.json': options('nodenext'),
    },
  })
  for (const version of VERSIONS) {
    const tsc = (folder) => [`node_modules/typescript-${version}/bin/tsc`, '-p', folder]
    await app.node(tsc('esm'), '')
    await app.node(tsc('cjs'), '')
    // an import that becomes a require: known to compilers from 5.8 on
    const { code, output } = await run(app.folder, process.execPath, tsc('static'))
    if (version === '5.4') expectText(output, 'TS1479')
    else if (code !== 0) throw new Error(`TypeScript ${version}:\n${output}`)
  }
}
