/**
 * Writes sbom.cdx.json: the program, every package that it loads and the models that come with it, as CycloneDX. The same list, of what it
 * carries, is in every bundle that "models bundle" writes. Needs a built program (npm run set-up).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listPackages } from '../dist/src/bundles/program-files.js'
import { createSbom, SBOM_FILE, writeSbom } from '../dist/src/bundles/sbom.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { models } = JSON.parse(readFileSync(join(root, 'models', 'manifest.json'), 'utf8'))
const sbom = createSbom(await listPackages(), models)
writeFileSync(join(root, SBOM_FILE), writeSbom(sbom))
process.stderr.write(`${SBOM_FILE}: ${sbom.components.length} components\n`)
