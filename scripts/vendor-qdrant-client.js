/**
 * Copies the modules and types of @qdrant/js-client-rest, a development dependency, to vendor/qdrant-client, unchanged. As a dependency it
 * would bring TypeScript (24 MB) to everybody who installs offgrid: it declares it as a peer, which npm installs.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'node_modules', '@qdrant', 'js-client-rest')
const target = join(root, 'vendor', 'qdrant-client')

rmSync(target, { recursive: true, force: true })
for (const [from, to] of [
  ['dist/esm', 'esm'],
  ['dist/types', 'types'],
  ['LICENSE', 'LICENSE'],
]) {
  cpSync(join(source, from), join(target, to), { recursive: true })
}
// what it is stands beside it: the list of components (src/bundles/sbom.ts) names it
const { name, version, license, type } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
writeFileSync(join(target, 'package.json'), `${JSON.stringify({ name, version, license, type }, null, 2)}\n`)
