import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { listPackages } from '../../src/bundles/program-files.js'
import { createSbom, writeSbom } from '../../src/bundles/sbom.js'
import { listModels } from '../../src/onnx/model-files.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const models = async () =>
  (await listModels()).filter(({ modelsFolder }) => modelsFolder === BUNDLED_MODELS_FOLDER).map(({ entry }) => entry)

test('the list of components has every package that npm itself counts as needed, with npm’s own names', async () => {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const args = ['sbom', '--omit', 'dev', '--omit', 'peer', '--sbom-format', 'cyclonedx']
  const out = execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  const npm = JSON.parse(out) as { components: { purl: string }[] }
  const { components, metadata } = createSbom(await listPackages(), [])
  const purls = components.map(({ purl }) => purl)
  expect(npm.components.length).toBeGreaterThan(20)
  expect(npm.components.map(({ purl }) => purl).filter((purl) => !purls.includes(purl))).toEqual([])
  // what is carried in vendor/ npm does not see
  expect(purls).toContainEqual(expect.stringMatching(/^pkg:npm\/%40qdrant\/js-client-rest@1\./))
  expect(metadata?.component.purl).toBe(`pkg:npm/offgrid@${version}`)
})

test('the list of components names each model with licence, source and the SHA-256 of every file', async () => {
  const entries = await models()
  const { components } = createSbom([], entries)
  expect(components.map(({ name, type }) => [name, type])).toEqual(
    entries.map(({ name }) => [name, 'machine-learning-model']).sort(),
  )
  for (const { name, files } of entries) {
    const found = components.find((each) => each.name === name)!
    const sums = found.components!.map((file) => [file.name, file.hashes![0]!.content])
    expect(sums).toEqual(files.map(({ path, sha256 }) => [path, sha256]))
    expect(found.licenses).toHaveLength(1)
  }
})

test('every reference of the list leads to a component of it, once, and equal contents are equal bytes', async () => {
  const packages = await listPackages()
  const sbom = createSbom(packages, await models())
  const refs = [sbom.metadata!.component, ...sbom.components].map((component) => component['bom-ref'])
  expect(new Set(refs).size).toBe(refs.length)
  const named = sbom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
  expect(named.filter((ref) => !refs.includes(ref))).toEqual([])
  expect(refs.filter((ref) => !sbom.dependencies.some((each) => each.ref === ref))).toEqual([])
  const [program, ...libraries] = packages
  const again = createSbom([program!, ...libraries.toReversed()], (await models()).toReversed())
  expect(writeSbom(again)).toEqual(writeSbom(sbom))
})

test.each([
  ['MIT', { license: { id: 'MIT' } }],
  ['apache-2.0', { license: { id: 'Apache-2.0' } }],
  ['(MIT OR CC0-1.0)', { expression: '(MIT OR CC0-1.0)' }],
  ['see the model card', { license: { name: 'see the model card' } }],
])('the licence %j is written as CycloneDX takes it', (licence, expected) => {
  const { metadata } = createSbom([{ name: 'p', version: '1.0.0', licence, needs: [] }], [])
  expect(metadata!.component.licenses).toEqual([expected])
})
